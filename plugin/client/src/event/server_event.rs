//! The events by name.

use super::envelope::{FieldError, Fields, embedded, optional};
use super::types::{
    Broadcast, ChannelChange, ChannelNotice, Hello, MembershipChange, PostChange, Posted, ReactionChange,
    TypingNotice, UserChange,
};
use crate::model::Channel;

/// Something that happened on the server and that the account may know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// `hello`: the server's greeting.
    Hello(Hello),
    /// `posted`: a new post, one's own included.
    Posted(Posted),
    /// `post_edited`: a post changed.
    PostEdited(PostChange),
    /// `post_deleted`: a post was deleted.
    PostDeleted(PostChange),
    /// `reaction_added`: somebody reacted to a post.
    ReactionAdded(ReactionChange),
    /// `reaction_removed`: somebody took a reaction back.
    ReactionRemoved(ReactionChange),
    /// `typing`: somebody is typing.
    Typing(TypingNotice),
    /// `channel_created`: a channel came to be.
    ChannelCreated(ChannelNotice),
    /// `channel_updated`: a channel's settings changed.
    ChannelUpdated(ChannelChange),
    /// `channel_deleted`: a channel was archived.
    ChannelDeleted(ChannelNotice),
    /// `channel_restored`: a channel came back from the archive.
    ChannelRestored(ChannelNotice),
    /// `direct_added`: a direct channel was opened with the account.
    DirectAdded(ChannelNotice),
    /// `group_added`: a group channel was opened with the account.
    GroupAdded(ChannelNotice),
    /// `user_added`: somebody joined a channel.
    UserAdded(MembershipChange),
    /// `user_removed`: somebody left a channel or was removed.
    UserRemoved(MembershipChange),
    /// `added_to_team`: somebody joined a team.
    AddedToTeam(MembershipChange),
    /// `leave_team`: somebody left a team.
    LeaveTeam(MembershipChange),
    /// `user_updated`: an account changed.
    UserUpdated(UserChange),
    /// An event that this crate does not read further.
    Other {
        /// The event's name.
        name: String,
        /// The number of the frame.
        seq: Option<u64>,
    },
}

impl ServerEvent {
    /// The number of the frame within its connection; `None` where a server sends none.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Hello(event) => event.seq,
            Self::Posted(event) => event.seq,
            Self::PostEdited(event) | Self::PostDeleted(event) => event.seq,
            Self::ReactionAdded(event) | Self::ReactionRemoved(event) => event.seq,
            Self::Typing(event) => event.seq,
            Self::ChannelUpdated(event) => event.seq,
            Self::ChannelCreated(event)
            | Self::ChannelDeleted(event)
            | Self::ChannelRestored(event)
            | Self::DirectAdded(event)
            | Self::GroupAdded(event) => event.seq,
            Self::UserAdded(event)
            | Self::UserRemoved(event)
            | Self::AddedToTeam(event)
            | Self::LeaveTeam(event) => event.seq,
            Self::UserUpdated(event) => event.seq,
            Self::Other { seq, .. } => *seq,
        }
    }

    /// The event's name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Hello(_) => "hello",
            Self::Posted(_) => "posted",
            Self::PostEdited(_) => "post_edited",
            Self::PostDeleted(_) => "post_deleted",
            Self::ReactionAdded(_) => "reaction_added",
            Self::ReactionRemoved(_) => "reaction_removed",
            Self::Typing(_) => "typing",
            Self::ChannelCreated(_) => "channel_created",
            Self::ChannelUpdated(_) => "channel_updated",
            Self::ChannelDeleted(_) => "channel_deleted",
            Self::ChannelRestored(_) => "channel_restored",
            Self::DirectAdded(_) => "direct_added",
            Self::GroupAdded(_) => "group_added",
            Self::UserAdded(_) => "user_added",
            Self::UserRemoved(_) => "user_removed",
            Self::AddedToTeam(_) => "added_to_team",
            Self::LeaveTeam(_) => "leave_team",
            Self::UserUpdated(_) => "user_updated",
            Self::Other { name, .. } => name,
        }
    }

    /// Whether this crate reads more of an event than its name.
    pub(super) fn is_read(name: &str) -> bool {
        matches!(
            name,
            "hello"
                | "posted"
                | "post_edited"
                | "post_deleted"
                | "reaction_added"
                | "reaction_removed"
                | "typing"
                | "channel_created"
                | "channel_updated"
                | "channel_deleted"
                | "channel_restored"
                | "direct_added"
                | "group_added"
                | "user_added"
                | "user_removed"
                | "added_to_team"
                | "leave_team"
                | "user_updated"
        )
    }

    /// The event `name` out of its fields.
    pub(super) fn read(
        name: &str,
        data: &Fields<'_>,
        broadcast: Broadcast,
        seq: Option<u64>,
    ) -> Result<Self, FieldError> {
        Ok(match name {
            "hello" => Self::Hello(Hello {
                connection_id: label(text(data, "connection_id", "data.connection_id")?),
                server_version: label(text(data, "server_version", "data.server_version")?),
                seq,
            }),
            "posted" => Self::Posted(posted(data, broadcast, seq)?),
            "post_edited" => Self::PostEdited(post_change(data, broadcast, seq)?),
            "post_deleted" => Self::PostDeleted(post_change(data, broadcast, seq)?),
            "reaction_added" => Self::ReactionAdded(reaction_change(data, broadcast, seq)?),
            "reaction_removed" => Self::ReactionRemoved(reaction_change(data, broadcast, seq)?),
            "typing" => Self::Typing(TypingNotice {
                user_id: text(data, "user_id", "data.user_id")?,
                parent_id: text(data, "parent_id", "data.parent_id")?,
                channel_id: broadcast.channel_id.clone(),
                seq,
                broadcast,
            }),
            "channel_created" => Self::ChannelCreated(channel_notice(data, broadcast, seq)?),
            "channel_updated" => Self::ChannelUpdated(channel_change(data, broadcast, seq)?),
            "channel_deleted" => Self::ChannelDeleted(channel_notice(data, broadcast, seq)?),
            "channel_restored" => Self::ChannelRestored(channel_notice(data, broadcast, seq)?),
            "direct_added" => Self::DirectAdded(channel_notice(data, broadcast, seq)?),
            "group_added" => Self::GroupAdded(channel_notice(data, broadcast, seq)?),
            "user_added" => Self::UserAdded(membership(data, broadcast, seq)?),
            "user_removed" => Self::UserRemoved(membership(data, broadcast, seq)?),
            "added_to_team" => Self::AddedToTeam(membership(data, broadcast, seq)?),
            "leave_team" => Self::LeaveTeam(membership(data, broadcast, seq)?),
            "user_updated" => {
                let user = required("data.user", embedded("data.user", data.get("user").copied())?)?;
                Self::UserUpdated(UserChange { user, seq, broadcast })
            }
            other => Self::Other { name: other.to_owned(), seq },
        })
    }
}

fn posted(data: &Fields<'_>, broadcast: Broadcast, seq: Option<u64>) -> Result<Posted, FieldError> {
    Ok(Posted {
        post: required("data.post", embedded("data.post", data.get("post").copied())?)?,
        channel_type: optional("data.channel_type", data.get("channel_type").copied())?.unwrap_or_default(),
        channel_name: text(data, "channel_name", "data.channel_name")?,
        channel_display_name: text(data, "channel_display_name", "data.channel_display_name")?,
        sender_name: text(data, "sender_name", "data.sender_name")?,
        team_id: text(data, "team_id", "data.team_id")?,
        mentions: embedded("data.mentions", data.get("mentions").copied())?.unwrap_or_default(),
        seq,
        broadcast,
    })
}

fn post_change(data: &Fields<'_>, broadcast: Broadcast, seq: Option<u64>) -> Result<PostChange, FieldError> {
    let post = required("data.post", embedded("data.post", data.get("post").copied())?)?;
    Ok(PostChange { post, seq, broadcast })
}

fn reaction_change(
    data: &Fields<'_>,
    broadcast: Broadcast,
    seq: Option<u64>,
) -> Result<ReactionChange, FieldError> {
    let reaction: crate::model::Reaction =
        required("data.reaction", embedded("data.reaction", data.get("reaction").copied())?)?;
    let named = text(data, "channel_id", "data.channel_id")?;
    let channel_id = first_nonempty([&broadcast.channel_id, &named, &reaction.channel_id]);
    Ok(ReactionChange { reaction, channel_id, seq, broadcast })
}

fn channel_notice(
    data: &Fields<'_>,
    broadcast: Broadcast,
    seq: Option<u64>,
) -> Result<ChannelNotice, FieldError> {
    let channel_id = first_nonempty([&text(data, "channel_id", "data.channel_id")?, &broadcast.channel_id]);
    let team_id = first_nonempty([&text(data, "team_id", "data.team_id")?, &broadcast.team_id]);
    Ok(ChannelNotice { channel_id, team_id, seq, broadcast })
}

fn channel_change(
    data: &Fields<'_>,
    broadcast: Broadcast,
    seq: Option<u64>,
) -> Result<ChannelChange, FieldError> {
    let channel: Option<Channel> = embedded("data.channel", data.get("channel").copied())?;
    let named = text(data, "channel_id", "data.channel_id")?;
    let inner = channel.as_ref().map(|channel| channel.id.clone()).unwrap_or_default();
    let channel_id = first_nonempty([&inner, &named, &broadcast.channel_id]);
    Ok(ChannelChange { channel_id, channel, seq, broadcast })
}

/// The event goes to the channel and names the user, or to the user and names the channel.
fn membership(
    data: &Fields<'_>,
    broadcast: Broadcast,
    seq: Option<u64>,
) -> Result<MembershipChange, FieldError> {
    let user_id = first_nonempty([&text(data, "user_id", "data.user_id")?, &broadcast.user_id]);
    let channel_id = first_nonempty([&text(data, "channel_id", "data.channel_id")?, &broadcast.channel_id]);
    let team_id = first_nonempty([&text(data, "team_id", "data.team_id")?, &broadcast.team_id]);
    Ok(MembershipChange { user_id, channel_id, team_id, seq, broadcast })
}

fn text(data: &Fields<'_>, key: &str, field: &'static str) -> Result<String, FieldError> {
    Ok(optional(field, data.get(key).copied())?.unwrap_or_default())
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, FieldError> {
    value.ok_or_else(|| FieldError { field, detail: "it is missing".to_owned() })
}

/// The longest name that a server gives to a connection or to itself, in bytes; a longer one is nonsense.
const LONGEST_LABEL: usize = 128;

/// A name of the server's own; none when it is empty or nonsense.
fn label(text: String) -> Option<String> {
    nonempty(text).filter(|text| text.len() <= LONGEST_LABEL)
}

fn nonempty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn first_nonempty<const N: usize>(candidates: [&String; N]) -> String {
    candidates.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default()
}
