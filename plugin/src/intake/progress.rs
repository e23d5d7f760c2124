//! How far one channel is.

use crate::store::ChannelMark;
use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

/// What is this much older than the newest post is read again when something may have been missed: posts may have the
/// same time, and servers of a cluster do not tell of them in the order of their times. Milliseconds.
pub(super) const OVERLAP: i64 = 2_000;
/// Posts closer than this to the last remembered one are not remembered. Milliseconds.
const SPACING: i64 = 500;
/// So many remembered posts reach back further than the overlap.
const REMEMBERED: usize = 6;

/// How far one channel is: what is proven, and what was heard beyond it.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    mark: ChannelMark,
    newest_at: i64,
    recent: VecDeque<(i64, String)>,
    /// As the channel was listed last: how many posts it had, and when the newest was made.
    listed: Option<(i64, i64)>,
    /// The posts that were heard since, as hashes: a chance hit among so few costs a reading at most. Strings would lie
    /// scattered among all that a message allocates and frees, and keep the allocator from using that memory again.
    heard: HashSet<u64>,
    hasher: RandomState,
    /// When the post was made that a list told of and a reading did not show.
    looked_for: i64,
}

/// Posts that are told apart between two lists; a channel with more is not compared.
const TOLD_APART: usize = 2_000;

impl Progress {
    /// As it was stored.
    pub(super) fn new(mark: ChannelMark) -> Self {
        Self { newest_at: mark.frontier_at, mark, ..Self::default() }
    }

    /// What is proven.
    pub(super) fn mark(&self) -> &ChannelMark {
        &self.mark
    }

    /// The newest post that was heard or read.
    pub(super) fn newest_at(&self) -> i64 {
        self.newest_at
    }

    /// A post that the server counts was heard or read.
    pub(super) fn count(&mut self, id: &str) {
        if self.heard.len() < TOLD_APART {
            self.heard.insert(self.hasher.hash_one(id));
        }
    }

    /// The channel is listed with so many posts, the newest of which is from `last_post_at`. When fewer were heard since
    /// it was listed before: from when on they must be looked for. `earlier`: the newest post of the list before, in which
    /// a channel that was not there had none.
    pub(super) fn listed(&mut self, posts: i64, last_post_at: i64, earlier: Option<i64>) -> Option<i64> {
        let heard = std::mem::take(&mut self.heard).len();
        let before = self.listed.replace((posts, last_post_at));
        let (posts_before, since) = before.or(earlier.map(|at| (0, at)))?;
        let told = usize::try_from(posts.saturating_sub(posts_before)).unwrap_or(0);
        (told > heard && heard < TOLD_APART).then_some(since)
    }

    /// A post was heard or read.
    pub(super) fn see(&mut self, at: i64, id: &str) {
        self.newest_at = self.newest_at.max(at);
        if self.recent.back().is_none_or(|(last, _)| at >= last.saturating_add(SPACING)) {
            if self.recent.len() >= REMEMBERED {
                self.recent.pop_front();
            }
            self.recent.push_back((at, id.to_owned()));
        }
    }

    /// Everything up to `at` was read, also if nobody wrote then.
    pub(super) fn reach(&mut self, at: i64) {
        self.newest_at = self.newest_at.max(at);
    }

    /// It was read to its end, after a list said that its newest post is of `until`. True when that was seen, or looked
    /// for before: what is not shown the first time may only be unknown to the replica that answered.
    pub(super) fn finish(&mut self, until: i64) -> bool {
        if until > self.newest_at && until != self.looked_for {
            self.looked_for = until;
            return false;
        }
        self.reach(until);
        true
    }

    /// Everything that was heard is proven. The mark, if it is another one now.
    pub(super) fn prove(&mut self) -> Option<ChannelMark> {
        if self.newest_at <= self.mark.frontier_at {
            return None;
        }
        self.mark.frontier_at = self.newest_at;
        let old_enough = |(at, _): &&(i64, String)| *at <= self.newest_at - OVERLAP;
        if let Some((at, id)) = self.recent.iter().rev().find(old_enough)
            && (*at > self.mark.anchor_at || self.mark.anchor_id.is_empty())
        {
            (self.mark.anchor_at, self.mark.anchor_id) = (*at, id.clone());
        }
        Some(self.mark.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{OVERLAP, Progress, SPACING};

    #[test]
    fn the_anchor_is_always_older_than_the_overlap() {
        let mut progress = Progress::default();
        for at in (0..100_000).step_by(10) {
            progress.see(at, &format!("post-{at}"));
            let Some(mark) = progress.prove() else { continue };
            assert_eq!(mark.frontier_at, at);
            if mark.anchor_id.is_empty() {
                assert!(at < OVERLAP, "at {at}");
            } else {
                assert!(mark.anchor_at <= at - OVERLAP, "{mark:?}");
                assert!(mark.anchor_at > at - OVERLAP - 2 * SPACING - 1, "{mark:?}");
            }
        }
    }

    #[test]
    fn what_was_not_proven_does_not_move_the_mark() {
        let mut progress = Progress::default();
        progress.see(5_000, "a");
        assert_eq!(progress.mark().frontier_at, 0);
        assert_eq!(progress.prove().unwrap().frontier_at, 5_000);
        assert_eq!(progress.prove(), None);
    }
}
