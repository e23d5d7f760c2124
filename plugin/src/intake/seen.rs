//! Posts that have been heard already.

use std::collections::{HashSet, VecDeque};

/// The ids of the last posts, so that one that the server sends twice is answered once. The server does send twice:
/// on two sockets of one bot, and after a resume.
#[derive(Debug)]
pub struct Seen {
    known: HashSet<String>,
    order: VecDeque<String>,
    limit: usize,
}

impl Seen {
    /// Remember up to `limit` ids.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { known: HashSet::new(), order: VecDeque::new(), limit: limit.max(1) }
    }

    /// Note an id. False when it was known.
    pub fn insert(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn an_id_is_new_once_and_forgotten_when_enough_others_came() {
        let mut seen = Seen::new(2);
        assert!(seen.insert("a"));
        assert!(!seen.insert("a"));
        assert!(seen.insert("b"));
        assert!(seen.insert("c"));
        assert!(!seen.insert("c"));
        assert!(seen.insert("a"));
    }
}
