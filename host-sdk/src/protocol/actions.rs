//! What an agent or a person may do with messages that stand already: `action.*`.

use serde::{Deserialize, Serialize};

/// Who asks for an action, and what he may reach by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Caller {
    /// The person who runs the host, at the command line. What the bot may do on the server, he may.
    Operator {},
    /// An agent, on behalf of whoever talks to it. It stays in its conversation; other public and private channels only
    /// where the configuration opens them, other people's direct messages never.
    Agent {
        /// The conversation that it works for; missing: none, and then nothing is allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        current: Option<CurrentConversation>,
    },
}

/// The conversation that an agent works for, as its inbound message named it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CurrentConversation {
    /// The account that heard it.
    pub account_id: String,
    /// The remote channel id.
    pub channel_id: String,
    /// The remote user id of whoever asked the agent, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_id: Option<String>,
}

/// Put an emoji on a message, or take it off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReactAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// Where the message stands, `channel:<id>` or `user:<id>`; missing: wherever it stands, for an agent its
    /// conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The remote id of the message.
    pub message_id: String,
    /// A name, with or without colons, or the character itself.
    pub emoji: String,
    /// Take it off. Only the bot's own.
    #[serde(default)]
    pub remove: bool,
    /// Check everything and say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Something about one message: list its reactions, delete it, pin it or take the pin off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// Where the message stands, `channel:<id>` or `user:<id>`; missing: wherever it stands, for an agent its
    /// conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The remote id of the message.
    pub message_id: String,
    /// Check everything and say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Change the text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EditAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// Where the message stands, `channel:<id>` or `user:<id>`; missing: wherever it stands, for an agent its
    /// conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The remote id of the message.
    pub message_id: String,
    /// The new text. It is never cut: one that is too long for one message is refused.
    pub text: String,
    /// Check everything and say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Read a part of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// The channel; missing for an agent: its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How many messages, 1 to 200; more than 200 count as 200. Missing: 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those before this message. Not together with `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Only those after this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Check everything and say what would be read.
    #[serde(default)]
    pub dry_run: bool,
}

/// Read a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ThreadAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// Where the thread is, `channel:<id>` or `user:<id>`; missing: wherever it is, for an agent its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Any message of the thread.
    pub message_id: String,
    /// How many messages, 1 to 200, the first one included; more than 200 count as 200. Missing: 60. Of a longer thread the
    /// first message and the latest ones are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Check everything and say what would be read.
    #[serde(default)]
    pub dry_run: bool,
}

/// Look for messages by their text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks. An agent finds only what it may read.
    pub caller: Caller,
    /// Only in this channel; missing: in all that the bot is a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What to look for, as it is written into the server's own search.
    pub query: String,
    /// How many messages at most, 1 to 100; more than 100 count as 100. Missing: 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Check everything and say what would be looked for.
    #[serde(default)]
    pub dry_run: bool,
}

/// Something about one channel: list what is pinned there, tell what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelAction {
    /// The account that acts; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// The channel; missing for an agent: its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Check everything and say what would be asked.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of an action that changes something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionDone {
    /// The account that acted.
    pub account_id: String,
    /// Where, `channel:<id>`.
    pub target: String,
    /// The remote id of the message.
    pub message_id: String,
    /// For a reaction: the emoji's name on the server, without colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Something is another way now. False for a dry run, and where it was so already.
    pub changed: bool,
    /// Nothing was done: the request was a dry run.
    #[serde(default)]
    pub dry_run: bool,
    /// In a sentence, for the agent: `Reacted with :x: on <id>`.
    pub text: String,
}

/// Everybody's reactions to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReactionList {
    /// The account that asked.
    pub account_id: String,
    /// Where, `channel:<id>`.
    pub target: String,
    /// The remote id of the message.
    pub message_id: String,
    /// By emoji, in the order in which they were put there first.
    pub reactions: Vec<ReactionCount>,
    /// Nothing was asked but where the message stands: the request was a dry run.
    #[serde(default)]
    pub dry_run: bool,
}

/// One emoji on a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReactionCount {
    /// Its name without colons.
    pub emoji: String,
    /// Who put it there, first come first.
    pub users: Vec<ActionUser>,
}

/// A person or a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionUser {
    /// The remote user id.
    pub id: String,
    /// The name without `@`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// Messages that were read, found, or are pinned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageList {
    /// It worked.
    pub ok: bool,
    /// The account that read.
    pub account_id: String,
    /// The remote channel id; empty where several channels were searched.
    pub channel_id: String,
    /// The messages: newest first, those of a thread oldest first.
    pub messages: Vec<ReadMessage>,
    /// There are more of them.
    pub has_more: bool,
    /// Nothing was read: the request was a dry run.
    #[serde(default)]
    pub dry_run: bool,
}

/// A message as it stands on the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadMessage {
    /// Its remote id.
    pub id: String,
    /// The remote id of its channel.
    pub channel_id: String,
    /// The remote id of its author.
    pub user_id: String,
    /// The author's name without `@`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The first message of its thread; empty when it is none's reply.
    pub root_id: String,
    /// Its text.
    pub message: String,
    /// The server's own kind of message; empty for what people and bots write.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What programs wrote beside the text: attachments, for example.
    #[serde(default)]
    pub props: serde_json::Map<String, serde_json::Value>,
    /// The remote ids of its files.
    #[serde(default)]
    pub file_ids: Vec<String>,
    /// When it was written, in milliseconds since 1970 UTC by the server's clock.
    pub create_at: i64,
    /// When anything about it changed last.
    pub update_at: i64,
    /// When its text was edited last; 0: never.
    pub edit_at: i64,
    /// It is pinned to its channel.
    pub is_pinned: bool,
    /// How many answers its thread has, as far as the server says.
    pub reply_count: i64,
    /// The same as `create_at`.
    pub timestamp_ms: i64,
    /// The same for people: `2026-01-31T12:00:00.000Z`.
    pub timestamp_utc: String,
}

/// What a channel is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChannelInfo {
    /// The account that asked.
    pub account_id: String,
    /// The remote channel id.
    pub id: String,
    /// The target that reaches it, `channel:<id>`.
    pub target: String,
    /// `public`, `private`, `direct` or `group`; what the server calls it where it is none of them.
    pub kind: String,
    /// The name in URLs.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What stands at its top.
    pub header: String,
    /// What it is for.
    pub purpose: String,
    /// The team that it belongs to, when it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// How many people are in it, when the server said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_count: Option<u64>,
    /// When it was made, in milliseconds since 1970 UTC.
    pub create_at: i64,
    /// When the last message was written, in milliseconds since 1970 UTC.
    pub last_post_at: i64,
    /// It was archived: it can be read, but nobody writes there any more.
    pub archived: bool,
    /// Nothing was asked but where it is: the request was a dry run.
    #[serde(default)]
    pub dry_run: bool,
}
