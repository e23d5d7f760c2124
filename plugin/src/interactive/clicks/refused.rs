//! Why a click has no effect, and what its caller is answered.
//!
//! Callers who prove nothing get a status; people who clicked a real button get a 200 with words, because servers show
//! them nothing but "Action integration error." for everything else.

use super::super::answer::json;
use super::claims::Winner;
use host_sdk::protocol::HttpResponse;
use serde_json::json as value;

/// Why a click has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It comes from an address that may not call.
    Source,
    /// The body is too long.
    TooLarge,
    /// The body did not come in time.
    Timeout,
    /// The body is not what a server sends.
    Body,
    /// It has no context.
    NoContext,
    /// Its context has no signature.
    NoToken,
    /// The signature is not ours, or the context is not the one that was signed.
    WrongToken,
    /// The context does not name the button.
    NoAction,
    /// The button was made for another channel.
    Channel,
    /// The post could not be looked at.
    NotValidated,
    /// The post is in another channel than the click.
    PostChannel,
    /// The button was made for another post.
    Post,
    /// The post has no such button.
    Unknown,
    /// The account does not run.
    NotRunning,
    /// It could not be found out whether the clicker is heard.
    NotAuthorised,
    /// The buttons are too old.
    Expired,
    /// The clicker is not heard here: the room's label.
    NotHeard(String),
    /// Somebody else was first.
    Late(Winner),
    /// It could not be written down; nothing has happened.
    NotWritten,
}

impl Refused {
    /// The response.
    pub(super) fn response(&self) -> HttpResponse {
        let error = |status: u16, text: &str| json(status, &value!({ "error": text }));
        let told = |text: String| json(200, &value!({ "ephemeral_text": text }));
        match self {
            Self::Source => error(403, "Forbidden origin"),
            Self::TooLarge => super::super::answer::closing(error(413, "Payload too large")),
            Self::Timeout => super::super::answer::closing(error(408, "Request body timeout")),
            Self::Body => error(400, "Invalid request body"),
            Self::NoContext => error(400, "Missing context"),
            Self::NoToken => error(403, "Missing token"),
            Self::WrongToken => error(403, "Invalid token"),
            Self::NoAction => error(400, "Missing action_id in context"),
            Self::Channel => error(403, "Channel mismatch"),
            Self::NotValidated => error(500, "Failed to validate interaction"),
            Self::PostChannel => error(403, "Post/channel mismatch"),
            Self::Post => error(403, "Post mismatch"),
            Self::Unknown => error(403, "Unknown action"),
            Self::NotRunning => error(503, "Account not running"),
            Self::NotAuthorised => error(500, "Interaction authorization failed"),
            Self::Expired => told("These buttons are too old: ask again.".to_owned()),
            Self::NotHeard(room) => {
                told(format!("OpenClaw ignored this action: you are not allowed to use it in {room}."))
            }
            Self::Late(winner) => told(late(winner)),
            Self::NotWritten => told("That could not be taken right now: please click again.".to_owned()),
        }
    }
}

fn late(winner: &Winner) -> String {
    match (winner.username.as_str(), winner.label.as_str()) {
        ("", _) => "Somebody has chosen here already.".to_owned(),
        (name, label) => {
            format!("@{name} was first: **{}** is chosen already.", super::confirm::quiet(label))
        }
    }
}
