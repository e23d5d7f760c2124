//! Posts that came over the socket while older ones of their channel are still being read.

use mattermost_client::event::Posted;
use std::collections::{HashMap, HashSet, VecDeque};

/// Posts that are kept per channel.
const PER_CHANNEL: usize = 256;
/// Posts that are kept in all.
const IN_ALL: usize = 2_048;
/// Text that is kept in all, in bytes.
const BYTES: usize = 8 * 1024 * 1024;

/// Posts in the order in which they came. Bounded: where there are too many, a channel's posts are let go and it is
/// remembered that it has to be read again, since the server still has them.
#[derive(Debug, Default)]
pub(super) struct Held {
    posts: VecDeque<Posted>,
    counts: HashMap<String, usize>,
    bytes: usize,
    lost: HashSet<String>,
}

impl Held {
    /// Keep a post.
    pub(super) fn keep(&mut self, posted: Posted) {
        let channel_id = posted.post.channel_id.clone();
        if self.lost.contains(&channel_id) {
            return;
        }
        let count = self.counts.entry(channel_id.clone()).or_default();
        let size = posted.post.message.len();
        if *count >= PER_CHANNEL || self.posts.len() >= IN_ALL || self.bytes + size > BYTES {
            self.lost.insert(channel_id.clone());
            self.release(|id| id == channel_id);
            return;
        }
        *count += 1;
        self.bytes += size;
        self.posts.push_back(posted);
    }

    /// Whether this post is kept.
    pub(super) fn has(&self, post_id: &str) -> bool {
        self.posts.iter().any(|posted| posted.post.id == post_id)
    }

    /// Whether posts of this channel were let go.
    pub(super) fn has_lost(&self, channel_id: &str) -> bool {
        self.lost.contains(channel_id)
    }

    /// The channel is going to be read again. Whether it had to be.
    pub(super) fn forgive(&mut self, channel_id: &str) -> bool {
        self.lost.remove(channel_id)
    }

    /// Give up the posts of the channels that fit.
    pub(super) fn release(&mut self, fits: impl Fn(&str) -> bool) -> Vec<Posted> {
        let all = std::mem::take(&mut self.posts);
        let (released, kept): (Vec<Posted>, Vec<Posted>) =
            all.into_iter().partition(|posted| fits(&posted.post.channel_id));
        self.posts = kept.into();
        for posted in &released {
            self.counts.remove(&posted.post.channel_id);
            self.bytes -= posted.post.message.len();
        }
        released
    }
}
