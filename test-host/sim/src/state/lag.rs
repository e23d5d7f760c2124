//! What a replica that is behind knows of a channel, and what retention leaves of it.

use std::{borrow::Cow, collections::HashSet};

use super::{Channel, Post, World};
use crate::ids::Id;

impl World {
    /// Whether lists show a post.
    pub(crate) fn is_shown(&self, post: &Post) -> bool {
        post.delete_at == 0 && post.create_at <= self.horizon()
    }

    /// A channel as reads show it: without the traces of posts that they do not show.
    pub(crate) fn shown_channel<'a>(&self, channel: &'a Channel) -> Cow<'a, Channel> {
        let (known, young) = channel.posts.split_at(self.until(channel, self.horizon()));
        if young.is_empty() {
            return Cow::Borrowed(channel);
        }
        let time = |id: &Id| self.posts.get(id).map(|post| post.create_at);
        let is_root = |id: &&Id| self.posts.get(id).is_some_and(|post| post.root_id.is_none());
        let counted =
            young.iter().filter_map(|id| self.posts.get(id)).filter(|post| !post.is_coming_or_going());
        let (mut count, mut roots) = (0, 0);
        for post in counted {
            count += 1;
            roots += i64::from(post.root_id.is_none());
        }
        Cow::Owned(Channel {
            last_post_at: known.last().and_then(time).unwrap_or(0),
            last_root_post_at: known.iter().rfind(is_root).and_then(time).unwrap_or(0),
            total_msg_count: channel.total_msg_count - count,
            total_msg_count_root: channel.total_msg_count_root - roots,
            ..channel.clone()
        })
    }

    /// Removes all posts of a channel but the newest `keep`; how many.
    pub(crate) fn purge(&mut self, channel_id: Id, keep: usize) -> usize {
        let Some(channel) = self.channels.get_mut(&channel_id) else { return 0 };
        let gone: HashSet<Id> = channel.posts.drain(..channel.posts.len().saturating_sub(keep)).collect();
        channel.history.retain(|old| old.original_id.is_none_or(|id| !gone.contains(&id)));
        for post in gone.iter().filter_map(|id| self.posts.remove(id)) {
            // Deleted replies are not counted already.
            let root_id = post.root_id.filter(|_| post.delete_at == 0);
            if let Some(thread) = root_id.and_then(|id| self.threads.get_mut(&id)) {
                thread.reply_count -= 1;
            }
        }
        self.files.retain(|_, file| file.post_id.is_none_or(|id| !gone.contains(&id)));
        self.threads.retain(|root_id, _| !gone.contains(root_id));
        for thread in self.threads.values_mut() {
            thread.replies.retain(|id| !gone.contains(id));
        }
        gone.len()
    }
}
