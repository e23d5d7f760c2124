//! Who is in a channel, and what they have read.

use std::collections::HashMap;

use serde_json::json;

use super::{Channel, ChannelKind, ChannelMember, World, posts::SystemPost};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    ws::{Broadcast, Event},
};

impl World {
    /// Adds somebody to a channel with the remark and the events that this brings.
    pub(crate) fn add_channel_member(&mut self, by: Id, channel_id: Id, user_id: Id) -> Result<(), ApiError> {
        let user = self.user(user_id)?;
        if user.delete_at != 0 {
            return Err(ApiError::bad(
                "api.channel.add_user.to.channel.failed.deleted.app_error",
                "Failed to add user to channel because they have been removed from the team.",
            ));
        }
        let channel = self.channel(channel_id)?;
        if channel.members.contains_key(&user_id) {
            return Ok(());
        }
        if let Some(team_id) = channel.team_id
            && !self.team(team_id)?.members.contains_key(&user_id)
        {
            return Err(ApiError::missing(
                "app.team.get_member.missing.app_error",
                "No team member found for that user ID and team ID.",
            ));
        }
        self.insert_member(channel_id, user_id, false);
        self.publish_user_added(channel_id, user_id);
        let (username, adder) = (self.username(user_id), self.username(by));
        let post = if by == user_id {
            SystemPost {
                user_id,
                channel_id,
                kind: "system_join_channel",
                message: format!("{username} joined the channel."),
                props: json!({ "username": username }),
                mention: None,
            }
        } else {
            SystemPost {
                user_id: by,
                channel_id,
                kind: "system_add_to_channel",
                message: format!("{username} added to the channel by {adder}."),
                props: json!({
                    "addedUserId": user_id,
                    "addedUsername": username,
                    "userId": by,
                    "username": adder,
                }),
                mention: Some(user_id),
            }
        };
        self.post_system(post);
        Ok(())
    }

    /// Takes somebody out of a channel, or lets them leave.
    pub(crate) fn remove_channel_member(
        &mut self,
        by: Id,
        channel_id: Id,
        user_id: Id,
    ) -> Result<(), ApiError> {
        let channel = self.channel(channel_id)?;
        if channel.kind.is_conversation() {
            return Err(ApiError::bad(
                "api.channel.remove_channel_member.type.app_error",
                "Unable to remove user from a channel of this type.",
            ));
        }
        if channel.name == "town-square" {
            return Err(ApiError::bad(
                "api.channel.remove.default.app_error",
                "Unable to remove user from the default channel town-square.",
            ));
        }
        if !channel.members.contains_key(&user_id) {
            return Err(no_member());
        }
        self.delete_member(channel_id, user_id);
        let username = self.username(user_id);
        let (kind, message) = if by == user_id {
            ("system_leave_channel", format!("{username} left the channel."))
        } else {
            ("system_remove_from_channel", format!("{username} removed from the channel."))
        };
        let props = if by == user_id {
            json!({ "username": username })
        } else {
            json!({ "removedUserId": user_id, "removedUsername": username })
        };
        let data = json!({ "remover_id": by, "user_id": user_id });
        self.publish(&Event::new("user_removed", data, Broadcast::channel(channel_id)));
        let data = json!({ "channel_id": channel_id, "remover_id": by });
        self.publish(&Event::new("user_removed", data, Broadcast::user(user_id)));
        self.post_system(SystemPost { user_id: by, channel_id, kind, message, props, mention: None });
        Ok(())
    }

    /// Makes a member an admin of the channel or an ordinary one.
    pub(crate) fn set_channel_admin(
        &mut self,
        channel_id: Id,
        user_id: Id,
        admin: bool,
    ) -> Result<(), ApiError> {
        let channel =
            self.channels.get_mut(&channel_id).ok_or_else(|| ApiError::no_channel(channel_id.as_str()))?;
        channel.members.get_mut(&user_id).ok_or_else(no_member)?.is_admin = admin;
        Ok(())
    }

    /// A membership.
    pub(crate) fn member(&self, channel_id: Id, user_id: Id) -> Result<(&Channel, &ChannelMember), ApiError> {
        let channel = self.channel(channel_id)?;
        let member = channel.members.get(&user_id).ok_or_else(no_member)?;
        Ok((channel, member))
    }

    /// Counts everything in a channel as read by `user_id`.
    pub(crate) fn view_channel(&mut self, channel_id: Id, user_id: Id) {
        let now = now_ms();
        let Some(channel) = self.channels.get_mut(&channel_id) else { return };
        let (total, total_root) = (channel.total_msg_count, channel.total_msg_count_root);
        let last_post_at = channel.last_post_at;
        let Some(member) = channel.members.get_mut(&user_id) else { return };
        member.msg_count = total;
        member.msg_count_root = total_root;
        member.mention_count = 0;
        member.mention_count_root = 0;
        member.last_viewed_at = last_post_at.max(member.last_viewed_at);
        member.last_update_at = now;
        let event = if self.version.is_modern() {
            let times = HashMap::from([(channel_id.to_string(), now)]);
            Event::new(
                "multiple_channels_viewed",
                json!({ "channel_times": times }),
                Broadcast::user(user_id),
            )
        } else {
            Event::new("channel_viewed", json!({ "channel_id": channel_id }), Broadcast::user(user_id))
        };
        self.publish(&event.droppable());
    }

    /// Stores a membership without events.
    pub(super) fn insert_member(&mut self, channel_id: Id, user_id: Id, is_admin: bool) {
        let Some(channel) = self.channels.get_mut(&channel_id) else { return };
        let member = ChannelMember {
            is_admin,
            last_viewed_at: 0,
            last_update_at: now_ms(),
            msg_count: 0,
            msg_count_root: 0,
            mention_count: 0,
            mention_count_root: 0,
        };
        if channel.members.insert(user_id, member).is_none() {
            self.memberships.entry(user_id).or_default().push(channel_id);
        }
    }

    /// Forgets a membership without events.
    pub(super) fn delete_member(&mut self, channel_id: Id, user_id: Id) {
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.members.remove(&user_id);
        }
        if let Some(channels) = self.memberships.get_mut(&user_id) {
            channels.retain(|id| *id != channel_id);
        }
    }

    /// Tells the channel, and the one who was added, about it.
    pub(super) fn publish_user_added(&self, channel_id: Id, user_id: Id) {
        let team_id = self.channels.get(&channel_id).and_then(|channel| channel.team_id);
        let data = json!({ "team_id": crate::ids::or_empty(&team_id), "user_id": user_id });
        let to_channel = Broadcast::channel(channel_id);
        if self.version.is_modern() {
            self.publish(&Event::new("user_added", data.clone(), to_channel.omit(user_id)));
            self.publish(&Event::new("user_added", data, Broadcast::user(user_id).in_channel(channel_id)));
        } else {
            self.publish(&Event::new("user_added", data, to_channel));
        }
    }

    /// The members of a channel who would see `@here`.
    pub(super) fn online_members<'a>(&'a self, channel: &'a Channel) -> impl Iterator<Item = Id> + 'a {
        channel
            .members
            .keys()
            .copied()
            .filter(|id| self.users.get(id).is_some_and(|user| user.status == "online"))
    }

    /// Whether everybody in the channel but the author is meant by each post.
    pub(super) fn addresses_everybody(&self, channel: &Channel) -> bool {
        match channel.kind {
            ChannelKind::Direct => true,
            ChannelKind::Group => self.version.is_modern(),
            ChannelKind::Open | ChannelKind::Private => false,
        }
    }
}

fn no_member() -> ApiError {
    ApiError::missing(
        "app.channel.get_member.missing.app_error",
        "No channel member found for that user ID and channel ID.",
    )
}
