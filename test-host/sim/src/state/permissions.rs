//! Who may do what, with the roles of a server as it is installed.

use super::{Channel, ChannelKind, Post, World};
use crate::{errors::ApiError, ids::Id};

impl World {
    /// Whether a user is system admin.
    pub(crate) fn is_admin(&self, user_id: Id) -> bool {
        self.users.get(&user_id).is_some_and(|user| user.is_admin)
    }

    /// Whether a user is in a team or above teams.
    pub(crate) fn in_team(&self, user_id: Id, team_id: Id) -> bool {
        self.is_admin(user_id)
            || self.teams.get(&team_id).is_some_and(|team| team.members.contains_key(&user_id))
    }

    /// Whether a user may read a channel's posts.
    pub(crate) fn may_read(&self, user_id: Id, channel: &Channel) -> bool {
        channel.members.contains_key(&user_id)
            || self.is_admin(user_id)
            || (channel.kind == ChannelKind::Open
                && channel.team_id.is_some_and(|team_id| self.in_team(user_id, team_id)))
    }

    /// Whether a user may write into a channel, upload and react there.
    pub(crate) fn may_write(&self, user_id: Id, channel: &Channel) -> bool {
        channel.members.contains_key(&user_id) || self.is_admin(user_id)
    }

    /// Whether a user may change a channel's members and settings.
    pub(crate) fn may_manage(&self, user_id: Id, channel: &Channel) -> bool {
        self.may_write(user_id, channel)
    }

    /// A channel that the user may read, or the error that the real server gives.
    pub(crate) fn readable_channel(&self, user_id: Id, channel_id: Id) -> Result<&Channel, ApiError> {
        let channel = self.channel(channel_id)?;
        if self.may_read(user_id, channel) { Ok(channel) } else { Err(ApiError::permission()) }
    }

    /// A channel that the user may write into. An unknown one is forbidden too, which hides what exists.
    pub(crate) fn writable_channel(&self, user_id: Id, channel_id: Id) -> Result<&Channel, ApiError> {
        match self.channels.get(&channel_id) {
            Some(channel) if self.may_write(user_id, channel) => Ok(channel),
            _ => Err(ApiError::permission()),
        }
    }

    /// A post that was not deleted and that the user may read.
    pub(crate) fn readable_post(&self, user_id: Id, post_id: Id) -> Result<&Post, ApiError> {
        let post = self.live_post(post_id)?;
        match self.channels.get(&post.channel_id) {
            Some(channel) if self.may_read(user_id, channel) => Ok(post),
            _ => Err(ApiError::permission()),
        }
    }

    /// A post that the user may read and that reads show already.
    pub(crate) fn shown_post(&self, user_id: Id, post_id: Id) -> Result<&Post, ApiError> {
        let post = self.readable_post(user_id, post_id)?;
        if post.create_at <= self.horizon() { Ok(post) } else { Err(ApiError::no_post()) }
    }

    /// A post that the user may edit. One that is gone is forbidden, as on the real server.
    pub(crate) fn editable_post(&self, user_id: Id, post_id: Id) -> Result<&Post, ApiError> {
        let post = self.live_post(post_id).map_err(|_| ApiError::permission())?;
        self.check_author(user_id, post)?;
        Ok(post)
    }

    /// A post that the user may delete.
    pub(crate) fn deletable_post(&self, user_id: Id, post_id: Id) -> Result<&Post, ApiError> {
        let gone = |error| if self.version.is_modern() { error } else { ApiError::permission() };
        let post = self.live_post(post_id).map_err(gone)?;
        self.check_author(user_id, post)?;
        Ok(post)
    }

    /// The author in the channel, its admins and the system admin may change a post.
    fn check_author(&self, user_id: Id, post: &Post) -> Result<(), ApiError> {
        let member = self.channels.get(&post.channel_id).and_then(|channel| channel.members.get(&user_id));
        let allowed = match member {
            Some(member) => post.user_id == user_id || member.is_admin,
            None => false,
        };
        if allowed || self.is_admin(user_id) { Ok(()) } else { Err(ApiError::permission()) }
    }
}
