//! A message for the agent.

use super::interaction::Interaction;
use super::turn::{Attachment, CommandFacts, HistoryEntry, ParentMessage, SessionFacts};
use serde::{Deserialize, Serialize};

/// Somebody said something that the agent should answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboundMessage {
    /// The same message has the same id, also when it is delivered again.
    pub event_id: String,
    /// The account that heard it.
    pub account_id: String,
    /// True when the host may have seen this event before (after a crash or a `nack`).
    #[serde(default)]
    pub redelivered: bool,
    /// When the plugin heard of it, in milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// The remote id of the message; of the last one when a burst was merged.
    pub message_id: String,
    /// The remote ids of all messages of a merged burst, oldest first; empty for a single message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_ids: Vec<String>,
    /// When it was written, in milliseconds since 1970 UTC by the server's clock.
    pub timestamp_ms: i64,
    /// What the agent should read: without the mention of the bot, trimmed.
    pub text: String,
    /// What the person wrote.
    pub raw_text: String,
    /// The whole prompt as text, for agents that take nothing else: a header with sender, place and time, the text, the
    /// ids; before it what was said since the last answer.
    #[serde(default)]
    pub body: String,
    /// It became a message for the agent by an edit.
    #[serde(default)]
    pub edited: bool,
    /// Who wrote it.
    pub sender: Sender,
    /// Where.
    pub conversation: Conversation,
    /// Whether the bot was meant, and why.
    pub mention: MentionFacts,
    /// How to answer: pass these to `send` unchanged.
    pub reply: Reply,
    /// The agent's session that it belongs to.
    #[serde(default)]
    pub session: SessionFacts,
    /// What was said in this conversation since the last answer and was not for the agent, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
    /// The first message of the thread, for a message inside one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentMessage>,
    /// Its files, in their order, also those that could not be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Attachment>,
    /// Whether it is a command, and whether its sender may give one.
    #[serde(default)]
    pub command: CommandFacts,
    /// How it came about, when nobody wrote it as a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Interaction>,
    /// Why its sender is heard: a reason code like `dm_policy_open` or `group_policy_allowlisted`.
    #[serde(default)]
    pub access: String,
}

/// Who wrote a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sender {
    /// The remote user id.
    pub id: String,
    /// The name without `@`, when known. People can change it; do not decide rights by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The sender is a program: a bot or a webhook, as far as the server says.
    #[serde(default)]
    pub is_bot: bool,
}

/// The kind of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChatKind {
    /// One person and the bot.
    #[default]
    Direct,
    /// A closed group: a group message or a private channel.
    Group,
    /// A public channel.
    Channel,
}

/// Where a message was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// The kind.
    pub kind: ChatKind,
    /// The remote channel id.
    pub channel_id: String,
    /// The channel's short name (`town-square`), when known. Not set for direct conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// The channel's name for people, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The team that the channel belongs to, when it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// The first post of the thread that the message was written in, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_root_id: Option<String>,
    /// What people would call it: `#town-square`, or the sender's name in a direct conversation.
    #[serde(default)]
    pub label: String,
}

/// Whether the bot was meant, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MentionFacts {
    /// The bot was meant: it was named, or one of the other reasons stands for its name. Never set in direct
    /// conversations, where nobody has to say whom he means.
    pub was_mentioned: bool,
    /// Why the message is for the agent.
    #[serde(default)]
    pub reason: MentionReason,
}

/// Why a message is for the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MentionReason {
    /// Every message of the conversation is: no mention is asked for there.
    #[default]
    Always,
    /// It is a direct conversation.
    Direct,
    /// The bot's name stands in it.
    Name,
    /// It matches one of the configured mention patterns.
    Pattern,
    /// It begins with a trigger prefix.
    Prefix,
    /// It is a command of somebody who may give one.
    Command,
    /// The bot took part in the thread.
    Thread,
    /// Somebody clicked on a button of it, or gave one of its slash commands.
    Interaction,
}

/// How to answer a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reply {
    /// The target, `channel:<id>`.
    pub target: String,
    /// The thread to answer in; missing: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_root_id: Option<String>,
}
