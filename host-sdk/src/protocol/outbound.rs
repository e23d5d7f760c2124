//! A message of the agent.

use super::error::Error;
use super::read::read;
use super::speaker::Speaker;
use serde::{Deserialize, Serialize};

/// The argument of `openclaw_send`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Where to: `channel:<id>`, `user:<id>`, `@name`, ...
    pub target: String,
    /// What to say, as Markdown.
    #[serde(default)]
    pub text: String,
    /// Which account speaks; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The thread to write in, by its first post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_root_id: Option<String>,
    /// The message that this answers, anywhere in a thread; its thread is looked up. `thread_root_id` wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<String>,
    /// The inbound event that this answers; ends its typing indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The host's own id of this delivery, unique per account. The same id again is the same delivery: it is not
    /// posted twice, also after a crash. Missing: made from `event_id` and the number of this delivery among those that
    /// name that event, so that a host that answers a redelivered event again answers it once; without an `event_id`
    /// every delivery is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
    /// What part of a turn this is. Default: `final`.
    #[serde(default)]
    pub kind: DeliveryKind,
    /// Who speaks, for the variables of `responsePrefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Speaker>,
    /// The turn that it is part of, for what is shown while the turn goes on; missing: `event_id`. A host that streams
    /// without an event names a turn here and ends it by `turn.end`. The id of a turn is never used for another one: what
    /// was posted of it already is not posted again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_id: Option<String>,
    /// For the kind `tool`: what the agent does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolProgress>,
    /// For the kind `plan`: the whole plan as it stands now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlanStep>,
    /// The text tells of a failure: it is a message of its own, never a preview that became the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failure: bool,
    /// Files to attach, at most 50: paths, `file:`, `http:` and `https:` URLs. A post takes ten; further ones follow in posts
    /// of their own in the same thread. What can be sent of this machine says [`Init::media_roots`](super::Init). A URL is
    /// downloaded, from the public internet only, and stands in the text when that fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// Rows of buttons: `[[{"text", "callback_data", "style"?}]]`, at most 50. They stand on the first post; `text` may be
    /// empty then. A button without a text or a `callback_data` is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buttons: Option<serde_json::Value>,
    /// What stands above the buttons, in their card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_text: Option<String>,
    /// A presentation object (`{"blocks": [...]}`): buttons and text in OpenClaw's own form. What it says is appended to
    /// `text`, unless it has `"textMode": "fallback"`: then `text` says it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<serde_json::Value>,
    /// Resolve the target and check everything, but post nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What part of a turn a delivery is. Everything but `final` is a sign of life: it is shown as the account's `streaming`
/// says, or not at all, and completes at once. Its receipt names in `message_id` the post that shows it, if one does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeliveryKind {
    /// The answer, or a message of its own.
    #[default]
    Final,
    /// The answer as far as it is written: the whole text so far, not what was added.
    Partial,
    /// A finished part of the answer, which may be posted before the rest. The final text holds it too, or goes on after it.
    Block,
    /// A tool that the agent uses: `tool`, or a line of `text`.
    Tool,
    /// The agent's plan: `plan`.
    Plan,
    /// What the agent thinks on the way. It is never posted as a message.
    Reasoning,
}

/// A tool that the agent uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToolProgress {
    /// Unique in the turn; the same id again is news of the same use. Missing: one use for each name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tool, such as `web_search`.
    pub name: String,
    /// What it is used on, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The command that is run, which is shown only where `commandText` is `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// How far it is.
    #[serde(default)]
    pub phase: ToolPhase,
}

/// How far the use of a tool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ToolPhase {
    /// It began, or goes on.
    #[default]
    Running,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
}

/// A step of the agent's plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanStep {
    /// What is to be done.
    pub text: String,
    /// How far it is.
    #[serde(default)]
    pub status: StepStatus,
}

/// How far a step of a plan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Being done.
    InProgress,
    /// Done.
    Completed,
}

/// What became of an outbound message: the completion's result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The account that spoke.
    pub account_id: String,
    /// The channel that it went to.
    pub channel_id: String,
    /// The id of the first post; empty when nothing was posted.
    pub message_id: String,
    /// The ids of all posts, in order.
    pub message_ids: Vec<String>,
    /// The thread that it was written in, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_root_id: Option<String>,
    /// When the server took it, in milliseconds since 1970 UTC by the server's clock; 0 for a dry run.
    pub sent_at_ms: i64,
    /// The delivery had been sent before: this is its first receipt, and nothing was posted now.
    #[serde(default)]
    pub repeated: bool,
    /// Nothing was posted: the request was a dry run.
    #[serde(default)]
    pub dry_run: bool,
    /// Nothing was posted as a message, and nothing of it will be: it was reasoning, or a sign of life.
    #[serde(default)]
    pub suppressed: bool,
    /// The target as it was understood, `channel:<id>`; in a dry run `user:<id>` for a person to whom nobody has written
    /// yet.
    #[serde(default)]
    pub target: String,
    /// The target in words, for a dry run: `@alice (direct)`, `#town-square in team main`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target_words: String,
    /// The text as it is posted.
    #[serde(default)]
    pub text: String,
    /// What stands on its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
}

/// What is known of a delivery: the result of `delivery.reconcile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Reconciliation {
    /// It stands on the server.
    Sent {
        /// Its receipt.
        receipt: Box<Receipt>,
    },
    /// It was accepted and will go out; there is nothing to do.
    Pending {},
    /// Nothing is known of it: it was never accepted, it failed for good, or it is older than what is kept. Sending it
    /// again under the same id is safe: what stands on the server already is looked up before.
    Unknown {},
}

impl Outbound {
    /// Read an outbound message.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub fn parse(json: &str) -> Result<Self, Error> {
        read(json, "outbound message")
    }
}
