//! The things a server stores.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::Integrations;
use crate::ids::Id;

/// A person or a bot.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) delete_at: i64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) nickname: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) position: String,
    pub(crate) locale: String,
    pub(crate) is_admin: bool,
    pub(crate) bot: Option<Bot>,
    /// `online`, `away`, `dnd` or `offline`.
    pub(crate) status: &'static str,
    /// When the user last did something over REST.
    pub(crate) activity_at: i64,
}

impl User {
    /// The `roles` field.
    pub(crate) fn roles(&self) -> &'static str {
        if self.is_admin { "system_admin system_user" } else { "system_user" }
    }
}

/// What a bot has that a person has not.
#[derive(Debug, Clone)]
pub(crate) struct Bot {
    pub(crate) owner_id: Id,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) delete_at: i64,
}

/// A session or a personal access token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) user_id: Id,
    pub(crate) description: String,
    pub(crate) is_active: bool,
    /// A login's session, which logout ends and which is no access token.
    pub(crate) is_session: bool,
}

/// A team.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: Id,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) delete_at: i64,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) email: String,
    pub(crate) kind: String,
    pub(crate) invite_id: Id,
    /// Members, with whether they are team admins.
    pub(crate) members: HashMap<Id, bool>,
}

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelKind {
    /// Open to the team.
    Open,
    /// By invitation.
    Private,
    /// Two people, or one with themselves.
    Direct,
    /// Three to eight people.
    Group,
}

impl ChannelKind {
    /// The letter on the wire.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Open => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
        }
    }

    /// Whether its members are fixed and belong to no team.
    pub(crate) fn is_conversation(self) -> bool {
        matches!(self, Self::Direct | Self::Group)
    }
}

/// A channel of any kind.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) delete_at: i64,
    pub(crate) team_id: Option<Id>,
    pub(crate) kind: ChannelKind,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) header: String,
    pub(crate) purpose: String,
    pub(crate) creator_id: Option<Id>,
    pub(crate) last_post_at: i64,
    pub(crate) last_root_post_at: i64,
    pub(crate) total_msg_count: i64,
    pub(crate) total_msg_count_root: i64,
    pub(crate) members: HashMap<Id, ChannelMember>,
    /// All posts in the order of creation.
    pub(crate) posts: Vec<Id>,
    /// The posts that were written or changed, in the order in which that happened.
    pub(crate) changes: Vec<Id>,
    /// What edited posts said before, in the order of the edits.
    pub(crate) history: Vec<Post>,
}

/// A membership of a channel.
#[derive(Debug, Clone)]
pub(crate) struct ChannelMember {
    pub(crate) is_admin: bool,
    pub(crate) last_viewed_at: i64,
    pub(crate) last_update_at: i64,
    pub(crate) msg_count: i64,
    pub(crate) msg_count_root: i64,
    pub(crate) mention_count: i64,
    pub(crate) mention_count_root: i64,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: Id,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) edit_at: i64,
    pub(crate) delete_at: i64,
    pub(crate) is_pinned: bool,
    pub(crate) user_id: Id,
    pub(crate) channel_id: Id,
    pub(crate) root_id: Option<Id>,
    pub(crate) original_id: Option<Id>,
    pub(crate) message: String,
    /// Empty for what people write, `system_...` for the server's own.
    pub(crate) kind: Cow<'static, str>,
    /// What clients see: without what stands behind buttons.
    pub(crate) props: Map<String, Value>,
    /// What stands behind buttons.
    pub(crate) integrations: Integrations,
    pub(crate) hashtags: String,
    pub(crate) file_ids: Vec<Id>,
    /// Files were asked for and none could be attached: the list is then null.
    pub(crate) lost_files: bool,
    pub(crate) reactions: Vec<Reaction>,
}

impl Post {
    /// Whether the server wrote it.
    pub(crate) fn is_system(&self) -> bool {
        self.kind.starts_with("system_") || self.kind == "add_bot_teams_channels"
    }

    /// Whether it is one of the remarks about people coming and going, which no counter counts.
    pub(crate) fn is_coming_or_going(&self) -> bool {
        matches!(
            self.kind.as_ref(),
            "system_join_channel"
                | "system_leave_channel"
                | "system_add_to_channel"
                | "system_remove_from_channel"
                | "system_join_team"
                | "system_add_to_team"
        )
    }
}

/// An emoji on a post.
#[derive(Debug, Clone)]
pub(crate) struct Reaction {
    pub(crate) user_id: Id,
    pub(crate) emoji_name: String,
    pub(crate) create_at: i64,
}

/// What belongs to a root post with replies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thread {
    /// Replies in the order of creation, deleted ones included.
    pub(crate) replies: Vec<Id>,
    pub(crate) reply_count: i64,
    pub(crate) last_reply_at: i64,
    /// Who replied, the latest last.
    pub(crate) participants: Vec<Id>,
    pub(crate) followers: HashSet<Id>,
    /// Unread replies and mentions of each follower.
    pub(crate) unread: HashMap<Id, (i64, i64)>,
}

/// An uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) id: Id,
    pub(crate) user_id: Id,
    pub(crate) post_id: Option<Id>,
    pub(crate) channel_id: Id,
    pub(crate) create_at: i64,
    pub(crate) name: String,
    pub(crate) extension: String,
    pub(crate) mime_type: String,
    pub(crate) content: Bytes,
}
