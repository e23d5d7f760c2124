//! Reading a channel's posts page by page.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Channel, Post, World};
use crate::ids::Id;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// At the newest post.
    Newest,
    /// Older than this post.
    Before(Id),
    /// Newer than this post.
    After(Id),
}

/// A list of posts as the API gives it.
#[derive(Debug, Default)]
pub(crate) struct PostPage<'a> {
    /// Newest first.
    pub(crate) order: Vec<Id>,
    /// The posts of the order, and those that a client needs to show them in their threads.
    pub(crate) posts: BTreeMap<Id, &'a Post>,
    pub(crate) next_post_id: Option<Id>,
    pub(crate) prev_post_id: Option<Id>,
    /// Whether replies are counted in this kind of answer.
    pub(crate) counts_replies: bool,
}

/// The most posts that a `since` query gives.
const SINCE_LIMIT: usize = 1000;

impl World {
    /// A page of a channel around an anchor; `whole` with the whole threads of its posts, as the server has them unless
    /// it is told to leave them out.
    pub(crate) fn posts_page<'a>(
        &'a self,
        channel: &'a Channel,
        anchor: Anchor,
        page: usize,
        per_page: usize,
        whole: bool,
    ) -> PostPage<'a> {
        let horizon = self.horizon();
        let live =
            |id: &Id| self.posts.get(id).filter(|post| post.delete_at == 0 && post.create_at <= horizon);
        let mut result = PostPage { counts_replies: anchor != Anchor::Newest, ..PostPage::default() };
        let skip = page.saturating_mul(per_page);
        let chosen: Vec<&Post> = match anchor {
            Anchor::Newest => channel.posts.iter().rev().filter_map(live).skip(skip).take(per_page).collect(),
            Anchor::Before(id) => {
                // An anchor of another channel or one that is gone finds nothing, in silence.
                let Some(at) = self.anchor_time(channel, id) else {
                    return PostPage { next_post_id: Some(id), ..result };
                };
                let older = channel.posts[..self.before(channel, at)].iter().rev().filter_map(live);
                older.skip(skip).take(per_page).collect()
            }
            Anchor::After(id) => {
                let Some(at) = self.anchor_time(channel, id) else {
                    return PostPage { prev_post_id: Some(id), ..result };
                };
                let newer = channel.posts[self.until(channel, at)..].iter().filter_map(live);
                let mut newer: Vec<_> = newer.skip(skip).take(per_page).collect();
                newer.reverse();
                newer
            }
        };
        if let (Some(newest), Some(oldest)) = (chosen.first(), chosen.last()) {
            let newer = channel.posts.iter().filter_map(live).find(|post| post.create_at > newest.create_at);
            let older =
                channel.posts.iter().rev().filter_map(live).find(|post| post.create_at < oldest.create_at);
            result.next_post_id = newer.map(|post| post.id);
            result.prev_post_id = older.map(|post| post.id);
        }
        match anchor {
            Anchor::Newest if page == 0 => result.next_post_id = None,
            Anchor::Before(id) if page == 0 => result.next_post_id = Some(id),
            Anchor::After(id) if page == 0 => result.prev_post_id = Some(id),
            _ => {}
        }
        for post in chosen {
            result.order.push(post.id);
            result.posts.insert(post.id, post);
            let root_id = post.root_id.unwrap_or(post.id);
            if anchor == Anchor::Newest || !whole {
                result.posts.extend(live(&root_id).map(|root| (root_id, root)));
            } else {
                result.posts.extend(self.thread_posts(root_id).into_iter().map(|post| (post.id, post)));
            }
        }
        result
    }

    /// What changed after `since`: new, edited and deleted posts, and what edited ones said before.
    pub(crate) fn posts_since<'a>(&'a self, channel: &'a Channel, since: i64) -> PostPage<'a> {
        let horizon = self.horizon();
        let mut changed: Vec<&Post> = channel
            .posts
            .iter()
            .filter_map(|id| self.posts.get(id))
            .chain(&channel.history)
            .filter(|post| post.update_at > since && post.update_at <= horizon)
            .take(SINCE_LIMIT)
            .collect();
        changed.sort_by_key(|post| Reverse(post.create_at));
        let mut result = PostPage::default();
        for post in changed {
            result.order.push(post.id);
            result.posts.insert(post.id, post);
            if let Some(root) = post.root_id.and_then(|id| self.posts.get(&id)) {
                result.posts.insert(root.id, root);
            }
        }
        result
    }

    /// When the anchor was written; a deleted one counts.
    fn anchor_time(&self, channel: &Channel, id: Id) -> Option<i64> {
        let horizon = self.horizon();
        let anchor = self.posts.get(&id).filter(|post| post.channel_id == channel.id);
        anchor.map(|post| post.create_at).filter(|at| *at <= horizon)
    }

    /// How many of a channel's posts, which stand in the order of time, are older than `at`.
    fn before(&self, channel: &Channel, at: i64) -> usize {
        channel.posts.partition_point(|id| self.posts.get(id).is_some_and(|post| post.create_at < at))
    }

    /// How many are not newer than `at`.
    pub(super) fn until(&self, channel: &Channel, at: i64) -> usize {
        channel.posts.partition_point(|id| self.posts.get(id).is_some_and(|post| post.create_at <= at))
    }
}
