//! The callers' own ids for their posts, which make posting idempotent.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use axum::http::StatusCode;

use super::World;
use crate::{errors::ApiError, ids::Id};

/// How long an id is remembered.
const LIFE: Duration = Duration::from_secs(30);
/// How many ids are remembered; the oldest give way.
const LIMIT: usize = 25_000;

/// What a request to post finds under its own id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nothing: this request writes the post.
    Fresh,
    /// The post that an earlier request wrote.
    Done(Id),
}

/// The remembered ids. They are one space for all callers, as on the real server.
#[derive(Debug, Default)]
pub(super) struct PendingPosts {
    known: HashMap<String, Entry>,
    /// The ids in the order in which they came.
    order: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
struct Entry {
    since: Instant,
    /// `None` while the request runs.
    post_id: Option<Id>,
}

impl PendingPosts {
    fn forget_old(&mut self, now: Instant) {
        while let Some((since, _)) = self.order.front() {
            if now.duration_since(*since) < LIFE && self.order.len() < LIMIT {
                return;
            }
            let Some((since, key)) = self.order.pop_front() else { return };
            // The id may have been freed and taken again meanwhile.
            if self.known.get(&key).is_some_and(|entry| entry.since == since) {
                self.known.remove(&key);
            }
        }
    }

    fn claim(&mut self, key: &str, now: Instant) -> Result<Claim, ApiError> {
        self.forget_old(now);
        if let Some(entry) = self.known.get(key) {
            return entry.post_id.map(Claim::Done).ok_or(ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "api.post.deduplicate_create_post.pending",
                "Rejected post since another client is making the same request.",
            ));
        }
        self.known.insert(key.to_owned(), Entry { since: now, post_id: None });
        self.order.push_back((now, key.to_owned()));
        Ok(Claim::Fresh)
    }
}

impl World {
    /// Takes a caller's id for a post.
    pub(crate) fn claim(&mut self, pending_post_id: &str) -> Result<Claim, ApiError> {
        if pending_post_id.is_empty() {
            return Ok(Claim::Fresh);
        }
        self.pending.claim(pending_post_id, Instant::now())
    }

    /// Notes what became of a claimed id; a failed request leaves nothing behind.
    pub(crate) fn settle(&mut self, pending_post_id: &str, post_id: Option<Id>) {
        match post_id {
            Some(post_id) => {
                if let Some(entry) = self.pending.known.get_mut(pending_post_id) {
                    entry.post_id = Some(post_id);
                }
            }
            None => {
                self.pending.known.remove(pending_post_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_free_again_after_its_life() {
        let mut pending = PendingPosts::default();
        let start = Instant::now();
        assert_eq!(pending.claim("a", start), Ok(Claim::Fresh));
        assert!(pending.claim("a", start + LIFE / 2).is_err());
        assert_eq!(pending.claim("a", start + LIFE), Ok(Claim::Fresh));
    }

    #[test]
    fn the_oldest_ids_give_way() {
        let mut pending = PendingPosts::default();
        let now = Instant::now();
        for number in 0..LIMIT + 10 {
            assert_eq!(pending.claim(&number.to_string(), now), Ok(Claim::Fresh));
        }
        assert!(pending.known.len() <= LIMIT);
        assert!(pending.claim(&(LIMIT + 9).to_string(), now).is_err());
        assert_eq!(pending.claim("0", now), Ok(Claim::Fresh));
    }
}
