//! Who and what there is on the other side.

use super::error::Error;
use serde::{Deserialize, Serialize};

/// Whom or what to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DirectoryQuery {
    /// The account to ask; missing: all that are enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Only what has this in a name, and people of whom the server finds a name that begins so; upper and lower case are
    /// alike. Missing or empty: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// At most so many entries; missing: 10 000, which is also the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Whose members to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DirectoryMembers {
    /// The account to ask; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The channel or group, as a target.
    pub group: String,
    /// At most so many entries; missing: 10 000, which is also the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Directory {
    /// The entries, by name, each once.
    pub entries: Vec<DirectoryEntry>,
    /// There are more than were asked for.
    #[serde(default)]
    pub more: bool,
    /// The accounts that could not be asked. When none could the request itself fails.
    #[serde(default)]
    pub failures: Vec<DirectoryFailure>,
}

/// A person, a channel or a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryEntry {
    /// What it is.
    pub kind: DirectoryKind,
    /// A target: `user:<id>` or `channel:<id>`.
    pub id: String,
    /// The unique name: the user's behind the `@`, the channel's in URLs.
    pub name: String,
    /// The name that people see, when there is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The teams that it was found in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// A program speaks there, not a person.
    #[serde(default)]
    pub is_bot: bool,
    /// The accounts that reach it.
    pub accounts: Vec<String>,
}

/// What an entry or a target is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DirectoryKind {
    /// A person or a bot.
    #[default]
    User,
    /// A channel that everybody in its team may join.
    Channel,
    /// A channel for those who were invited, or a conversation of several people.
    Group,
}

/// An account that could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryFailure {
    /// The account.
    pub account_id: String,
    /// Why.
    pub error: Error,
}

/// Which target is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResolveTarget {
    /// As a person or an agent writes it: `channel:<id>`, `user:<id>`, `@name`, ...
    pub target: String,
    /// The account that would speak; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// What a target is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolvedTarget {
    /// The account that would speak.
    pub account_id: String,
    /// What it is.
    pub kind: DirectoryKind,
    /// The same target by its id: `user:<id>` or `channel:<id>`.
    pub id: String,
    /// Where messages go. Missing for a person to whom nobody has written yet: a message makes the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// The unique name: the user's behind the `@`, the channel's in URLs.
    pub name: String,
    /// The name that people see, when there is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The name of the channel's team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// For a person to read: `@alice (direct)`, `#town-square in team main`.
    pub words: String,
}
