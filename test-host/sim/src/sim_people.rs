//! Acting as a person without HTTP.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    errors::{ApiError, SimError},
    ids::{Id, or_empty},
    sim::Sim,
    state::{NewPost, Post},
};

/// A post as the server stores it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PostRecord {
    /// The id.
    pub id: String,
    /// When it was written.
    pub create_at: i64,
    /// When it last changed.
    pub update_at: i64,
    /// When its author last edited it; 0 for never.
    pub edit_at: i64,
    /// Whether it is pinned.
    pub is_pinned: bool,
    /// Who wrote it.
    pub user_id: String,
    /// Where it stands.
    pub channel_id: String,
    /// The thread that it is a reply in; empty for none.
    pub root_id: String,
    /// The text.
    pub message: String,
    /// Empty for what people write, `system_...` for the server's remarks.
    pub kind: String,
    /// The props as clients see them.
    pub props: Map<String, Value>,
    /// The attached files.
    pub file_ids: Vec<String>,
    /// The reactions: user id and name of the emoji.
    pub reactions: Vec<(String, String)>,
}

/// How far a channel was at some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark(usize);

impl From<&Post> for PostRecord {
    fn from(post: &Post) -> Self {
        Self {
            id: post.id.to_string(),
            create_at: post.create_at,
            update_at: post.update_at,
            edit_at: post.edit_at,
            is_pinned: post.is_pinned,
            user_id: post.user_id.to_string(),
            channel_id: post.channel_id.to_string(),
            root_id: or_empty(&post.root_id).to_owned(),
            message: post.message.clone(),
            kind: post.kind.to_string(),
            props: post.props.clone(),
            file_ids: post.file_ids.iter().map(Id::to_string).collect(),
            reactions: post
                .reactions
                .iter()
                .map(|reaction| (reaction.user_id.to_string(), reaction.emoji_name.clone()))
                .collect(),
        }
    }
}

impl Sim {
    /// Posts as a user; `root_id` is empty outside of threads.
    pub fn post_as(
        &self,
        user_id: &str,
        channel_id: &str,
        message: &str,
        root_id: &str,
    ) -> Result<PostRecord, SimError> {
        let (user_id, channel_id) = (parse(user_id)?, parse(channel_id)?);
        let new = NewPost { message: message.to_owned(), root_id: root_id.to_owned(), ..NewPost::default() };
        let mut world = self.app.world();
        let id = world.create_post(user_id, channel_id, new)?;
        Ok(world.live_post(id)?.into())
    }

    /// The posts of a channel that are not deleted, oldest first, the server's remarks included.
    #[must_use]
    pub fn posts(&self, channel_id: &str) -> Vec<PostRecord> {
        let world = self.app.world();
        let Some(channel) = Id::parse(channel_id).and_then(|id| world.channels.get(&id)) else {
            return Vec::new();
        };
        let posts = channel.posts.iter().filter_map(|id| world.posts.get(id));
        posts.filter(|post| post.delete_at == 0).map(PostRecord::from).collect()
    }

    /// The direct channel of two users, made if there is none; its id.
    pub fn direct_channel(&self, a: &str, b: &str) -> Result<String, SimError> {
        let (a, b) = (parse(a)?, parse(b)?);
        Ok(self.app.world().direct_channel(a, b)?.to_string())
    }

    /// Waits until a channel has a post that fits, and returns the oldest such; posts from before count.
    pub async fn wait_for_post(
        &self,
        channel_id: &str,
        predicate: impl Fn(&PostRecord) -> bool,
        timeout: Duration,
    ) -> Result<PostRecord, SimError> {
        self.wait_for_post_since(channel_id, Mark::default(), predicate, timeout).await
    }

    /// How far a channel is now, for [`Sim::wait_for_post_since`].
    #[must_use]
    pub fn mark(&self, channel_id: &str) -> Mark {
        let world = self.app.world();
        let channel = Id::parse(channel_id).and_then(|id| world.channels.get(&id));
        Mark(channel.map_or(0, |channel| channel.changes.len()))
    }

    /// As [`Sim::wait_for_post`], but only posts that were written or changed after the mark count, so that a long
    /// channel is not read again.
    pub async fn wait_for_post_since(
        &self,
        channel_id: &str,
        mark: Mark,
        predicate: impl Fn(&PostRecord) -> bool,
        timeout: Duration,
    ) -> Result<PostRecord, SimError> {
        let mut changes = self.app.world().hub.changes();
        let channel_id = Id::parse(channel_id);
        let wait = async {
            let mut seen = mark.0;
            loop {
                changes.mark_unchanged();
                let changed = channel_id.map(|id| self.changed_posts(id, &mut seen)).unwrap_or_default();
                if let Some(post) = changed.into_iter().find(|post| predicate(post)) {
                    return post;
                }
                // The sender lives as long as the server does.
                if changes.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|_| SimError::Timeout(timeout))
    }

    /// The posts that changed since the last look, which `seen` remembers.
    fn changed_posts(&self, channel_id: Id, seen: &mut usize) -> Vec<PostRecord> {
        let world = self.app.world();
        let (posts, now) = world.changed_posts(channel_id, *seen);
        *seen = now;
        posts.into_iter().map(PostRecord::from).collect()
    }

    /// Edits a post as its author would.
    pub fn edit_as(&self, user_id: &str, post_id: &str, message: &str) -> Result<PostRecord, SimError> {
        let (user_id, post_id) = (parse(user_id)?, parse(post_id)?);
        let mut world = self.app.world();
        world.editable_post(user_id, post_id)?;
        let patch = crate::state::PostPatch { message: Some(message.to_owned()), ..Default::default() };
        world.patch_post(post_id, patch)?;
        Ok(world.live_post(post_id)?.into())
    }

    /// Deletes a post as its author would.
    pub fn delete_as(&self, user_id: &str, post_id: &str) -> Result<(), SimError> {
        let (user_id, post_id) = (parse(user_id)?, parse(post_id)?);
        let mut world = self.app.world();
        world.deletable_post(user_id, post_id)?;
        Ok(world.delete_post(user_id, post_id)?)
    }

    /// Puts an emoji on a post.
    pub fn react_as(&self, user_id: &str, post_id: &str, emoji_name: &str) -> Result<(), SimError> {
        let (user_id, post_id) = (parse(user_id)?, parse(post_id)?);
        let mut world = self.app.world();
        world.readable_post(user_id, post_id)?;
        world.add_reaction(user_id, post_id, emoji_name)?;
        Ok(())
    }

    /// Revokes an access token or ends a session, given its secret; whether there was one.
    pub fn revoke_token(&self, token: &str) -> bool {
        self.app.world().revoke_secret(token)
    }

    /// Makes one more access token for a user; its secret.
    pub fn create_token(&self, user_id: &str) -> Result<String, SimError> {
        Ok(self.app.world().create_token(parse(user_id)?, "sim")?.token)
    }

    /// Disables or enables a user or a bot.
    pub fn set_active(&self, user_id: &str, active: bool) -> Result<(), SimError> {
        Ok(self.app.world().set_active(parse(user_id)?, active)?)
    }
}

pub(crate) fn parse(id: &str) -> Result<Id, ApiError> {
    Id::parse(id).ok_or_else(|| ApiError::url("id"))
}
