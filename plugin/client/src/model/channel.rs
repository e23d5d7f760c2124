//! Channels, direct and group messages.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::or_default;

/// A channel, or a direct or group message. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// 26 characters, unique on the server.
    pub id: String,
    /// Public, private, direct or group.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub channel_type: ChannelType,
    /// The team it belongs to; empty for direct and group messages.
    #[serde(default, deserialize_with = "or_default")]
    pub team_id: String,
    /// The name in URLs. For a direct message the two user ids joined by `__`.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The name that people see; empty for direct messages.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    /// Markdown shown at the top.
    #[serde(default, deserialize_with = "or_default")]
    pub header: String,
    /// What the channel is for.
    #[serde(default, deserialize_with = "or_default")]
    pub purpose: String,
    /// Who made it; empty for channels made by the server.
    #[serde(default, deserialize_with = "or_default")]
    pub creator_id: String,
    /// When it was made.
    #[serde(default, deserialize_with = "or_default")]
    pub create_at: i64,
    /// When its settings changed last.
    #[serde(default, deserialize_with = "or_default")]
    pub update_at: i64,
    /// When it was archived; 0 while it is active.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
    /// When the newest post was made: tells quiet channels from busy ones without reading them.
    #[serde(default, deserialize_with = "or_default")]
    pub last_post_at: i64,
    /// How many posts were made in it ever, deleted ones included, people's coming and going not.
    #[serde(default, deserialize_with = "or_default")]
    pub total_msg_count: i64,
}

/// What kind of channel it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChannelType {
    /// `O`: everybody in the team may join.
    Public,
    /// `P`: by invitation.
    Private,
    /// `D`: between two users.
    Direct,
    /// `G`: between three to eight users.
    Group,
    /// A kind this crate does not know, or an empty text where the server named none.
    Other(String),
}

impl ChannelType {
    /// The server's letter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Public => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
            Self::Other(text) => text,
        }
    }
}

impl Default for ChannelType {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl FromStr for ChannelType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "O" => Self::Public,
            "P" => Self::Private,
            "D" => Self::Direct,
            "G" => Self::Group,
            other => Self::Other(other.to_owned()),
        })
    }
}

impl fmt::Display for ChannelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ChannelType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ChannelType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let Ok(channel_type) = text.parse();
        Ok(channel_type)
    }
}

/// That a user belongs to a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelMember {
    /// The channel.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_id: String,
    /// The member.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
}
