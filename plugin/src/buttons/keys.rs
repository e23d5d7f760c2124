//! What the context of a button may hold besides what its author put there.
//!
//! A context is the only thing that a click brings back: the server shows it to nobody, and keeps it with the post. The
//! names without a comment of their own are those of OpenClaw's page on Mattermost, "Interactive buttons".

/// The signature over everything else, 64 hexadecimal digits.
pub const TOKEN: &str = "_token";
/// The button's id. Whoever clicks without it is answered by 400.
pub const ACTION_ID: &str = "action_id";
/// The value that the agent gave the button.
pub const CALLBACK_DATA: &str = "callback_data";
/// The channel that the button was posted to: a click that comes from another one is refused.
pub const CHANNEL_ID: &str = "__openclaw_channel_id";
/// The delivery that the button belongs to, as the mark of its post names it
/// ([`Mark::delivery`](crate::outbox::Mark::delivery)): a context that was copied into another post is refused. This
/// plugin's own.
pub const DELIVERY: &str = "__openclaw_delivery";
/// When the button is too old to be clicked, in milliseconds since 1970 UTC. This plugin's own.
pub const EXPIRES_AT: &str = "__openclaw_expires_at";
/// `true`: the button answers a question of the agent (`ask_user`).
pub const QUESTION: &str = "oc_question";
/// The question, as the host named it.
pub const QUESTION_ID: &str = "question_id";
/// Which of the question's options, from 0.
pub const OPTION_INDEX: &str = "option_index";

/// Keys that no author of a button can set.
pub(crate) const RESERVED: [&str; 5] = [TOKEN, ACTION_ID, CHANNEL_ID, DELIVERY, EXPIRES_AT];
