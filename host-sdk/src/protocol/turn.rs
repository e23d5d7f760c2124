//! What an agent should know of a message besides its text.

use super::inbound::ChatKind;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The agent's session that a message belongs to, as OpenClaw's routing rules give it. A host with routing of its own
/// takes `peer` and `thread_id` and makes its own key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionFacts {
    /// The agent that `bindings` choose, or the default one.
    pub agent_id: String,
    /// The session: `agent:<agent>:...`.
    pub key: String,
    /// The session of the conversation around a thread, for a thread's session outside of direct conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_key: Option<String>,
    /// Whom the route belongs to: the sender in direct conversations, else the channel.
    pub peer: Peer,
    /// The first post of the thread that the session belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// The main session should remember this conversation as the one that it was used in last.
    #[serde(default)]
    pub updates_last_route: bool,
}

/// Whom a route belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Peer {
    /// The kind of the conversation.
    pub kind: ChatKind,
    /// A user's id in direct conversations, else a channel's.
    pub id: String,
}

/// Something that was said and was not for the agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryEntry {
    /// The remote id of the message.
    pub message_id: String,
    /// Who said it: a name when one is known, else the id.
    pub sender: String,
    /// What was said; files as `<media:attachment>` with their number.
    pub text: String,
    /// When, in milliseconds since 1970 UTC by the server's clock.
    pub timestamp_ms: i64,
}

/// The message that a thread began with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParentMessage {
    /// Its remote id.
    pub message_id: String,
    /// Who wrote it: a name when one is known, else the id.
    pub sender: String,
    /// Its text.
    pub text: String,
}

/// A file of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// The remote id of the file.
    pub file_id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its MIME type.
    #[serde(default)]
    pub mime_type: String,
    /// What it is.
    #[serde(default)]
    pub kind: MediaKind,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
    /// Where it lies, under the channel's state directory. Missing when it could not be had. The plugin removes it
    /// again some days later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Why it could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a file is, by its MIME type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Text, an office document, an archive.
    Document,
    /// Not known.
    #[default]
    Unknown,
}

/// Whether a message is a command, and whether its sender may give one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandFacts {
    /// It is one of the host's control commands, or a word that stops the agent.
    #[serde(default)]
    pub is_control: bool,
    /// Its sender may give commands.
    #[serde(default)]
    pub authorized: bool,
    /// It was given as one of the server's slash commands, or chosen by a button that stands for one.
    #[serde(default)]
    pub native: bool,
}
