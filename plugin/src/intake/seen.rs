//! Posts that have been given to the host, or need not be.

use std::collections::{HashSet, VecDeque};

/// Ids of Mattermost have this length; others never get here.
const LENGTH: usize = 26;

type Key = [u8; LENGTH];

/// The ids of the last posts that were taken, so that one that is heard several times is answered once. The server
/// does send twice: on two sockets of one bot, after a resume, over the socket and over REST.
#[derive(Debug)]
pub struct Seen {
    known: HashSet<Key>,
    order: VecDeque<Key>,
    limit: usize,
}

impl Seen {
    /// Remember up to `limit` ids.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { known: HashSet::new(), order: VecDeque::new(), limit: limit.max(1) }
    }

    /// Note an id. False when it was known, or is not an id.
    pub fn insert(&mut self, id: &str) -> bool {
        let Some(key) = key(id) else { return false };
        let new = self.known.insert(key) || cfg!(feature = "mutate-dedupe");
        if new {
            self.order.push_back(key);
            if self.order.len() > self.limit
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        new
    }

    /// Whether an id is known.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        key(id).is_some_and(|key| self.known.contains(&key)) && !cfg!(feature = "mutate-dedupe")
    }
}

fn key(id: &str) -> Option<Key> {
    id.as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    #[cfg_attr(feature = "mutate-dedupe", ignore)]
    fn an_id_is_new_once_and_forgotten_when_enough_others_came() {
        let mut seen = Seen::new(2);
        let id = |letter: &str| letter.repeat(26);
        assert!(seen.insert(&id("a")));
        assert!(!seen.insert(&id("a")));
        assert!(seen.insert(&id("b")));
        assert!(seen.insert(&id("c")));
        assert!(!seen.insert(&id("c")));
        assert!(seen.contains(&id("c")) && !seen.contains(&id("a")));
        assert!(seen.insert(&id("a")));
        assert!(!seen.insert("not an id"));
    }
}
