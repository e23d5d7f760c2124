//! What the events carry.
//!
//! Each has the number of its frame and its addressees beside its own data. `seq` counts the events of one
//! connection from 0, without gaps; `None` where a server sends no numbers.

use serde::{Deserialize, Serialize};

use crate::model::{Channel, ChannelType, Post, Reaction, User, or_default};

/// To whom the server sent an event. What does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broadcast {
    /// All members of this channel.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_id: String,
    /// All members of this team.
    #[serde(default, deserialize_with = "or_default")]
    pub team_id: String,
    /// This user alone.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
}

/// The server's greeting on a new connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    /// What names this connection when resuming it; servers before 5.36 have none.
    pub connection_id: Option<String>,
    /// `version.build.hash.enterprise`, like `11.6.0..9b1a88.false`.
    pub server_version: Option<String>,
    /// The number of the frame.
    pub seq: Option<u64>,
}

/// A new post.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    /// The post. It carries `pending_post_id`: for a post of one's own this event is a receipt.
    pub post: Post,
    /// What kind of channel it stands in.
    pub channel_type: ChannelType,
    /// The channel's name in URLs.
    pub channel_name: String,
    /// The channel's name for people; for a direct channel `@` and the other's name.
    pub channel_display_name: String,
    /// `@` and the author's name; the server's setting may make it a full name.
    pub sender_name: String,
    /// The channel's team; empty for direct and group messages.
    pub team_id: String,
    /// The receiving account's own id when the post is for it: named, direct, in a group, or by `@all`,
    /// `@channel`, `@here`. Others are never listed.
    pub mentions: Vec<String>,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// A post was edited, or deleted.
///
/// An edit also comes for a pin, a new reply or a button's update: only a newer [`Post::edit_at`] is an edit by
/// the author.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PostChange {
    /// The post as it is now; when deleted, as it was last.
    pub post: Post,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// A reaction was added, or removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionChange {
    /// Who, which emoji, which post.
    pub reaction: Reaction,
    /// In which channel; empty only when the server named none.
    pub channel_id: String,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// Somebody is typing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypingNotice {
    /// Who.
    pub user_id: String,
    /// In which channel.
    pub channel_id: String,
    /// In which thread; empty outside threads.
    pub parent_id: String,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// A channel's settings changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelChange {
    /// Which channel.
    pub channel_id: String,
    /// The channel as it is now, where the server sends it along.
    pub channel: Option<Channel>,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// A channel came to be, came back, or was archived, or a direct or group channel opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelNotice {
    /// Which channel.
    pub channel_id: String,
    /// Its team; empty for direct and group channels and where the server does not say.
    pub team_id: String,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// A user joined or left a channel or a team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipChange {
    /// Who.
    pub user_id: String,
    /// Which channel; empty when it is about a team.
    pub channel_id: String,
    /// Which team; empty where the server does not say.
    pub team_id: String,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}

/// An account changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The account as it is now.
    pub user: User,
    /// The number of the frame.
    pub seq: Option<u64>,
    /// To whom it was sent.
    pub broadcast: Broadcast,
}
