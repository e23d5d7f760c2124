//! The threads that the bot took part in: there it need not be named again.

use std::collections::{HashMap, VecDeque};

/// Threads that are remembered in memory.
const MOST: usize = 5_000;
/// How long after the bot's last word. Milliseconds.
const LONGEST: i64 = 7 * 24 * 60 * 60 * 1000;

/// Threads by their first post, and when the bot said something in them last.
#[derive(Debug, Default)]
pub(super) struct Threads {
    last: HashMap<String, i64>,
    order: VecDeque<(i64, String)>,
}

impl Threads {
    /// As they were stored.
    pub(super) fn new(stored: &[(String, i64)]) -> Self {
        let mut stored: Vec<&(String, i64)> = stored.iter().collect();
        stored.sort_by_key(|(_, at)| *at);
        let mut threads = Self::default();
        for (root_id, at) in stored {
            threads.note(root_id, *at);
        }
        threads
    }

    /// The bot said something in a thread at `at`, in milliseconds since 1970 by the local clock.
    pub(super) fn note(&mut self, root_id: &str, at: i64) {
        let last = self.last.entry(root_id.to_owned()).or_insert(at);
        *last = (*last).max(at);
        self.order.push_back((at, root_id.to_owned()));
        // Entries that a later one replaced are left out on the way.
        while self.order.len() > MOST {
            let Some((at, root_id)) = self.order.pop_front() else { break };
            if self.last.get(&root_id) == Some(&at) {
                self.last.remove(&root_id);
            }
        }
    }

    /// Whether the bot took part in a thread not too long ago.
    pub(super) fn took_part(&self, root_id: &str, now: i64) -> bool {
        !root_id.is_empty() && self.last.get(root_id).is_some_and(|at| now.saturating_sub(*at) <= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST, Threads};

    // covers: I20
    #[test]
    fn a_thread_is_remembered_for_seven_days_after_the_last_word() {
        let mut threads = Threads::new(&[("a".to_owned(), 5), ("b".to_owned(), 9)]);
        threads.note("a", 100);
        assert!(threads.took_part("a", 100 + LONGEST) && !threads.took_part("a", 101 + LONGEST));
        assert!(threads.took_part("b", 9 + LONGEST) && !threads.took_part("b", 10 + LONGEST));
        assert!(!threads.took_part("", 100) && !threads.took_part("c", 100));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let mut threads = Threads::default();
        for number in 0..2 * MOST {
            let at = i64::try_from(number).unwrap();
            threads.note(&number.to_string(), at);
            threads.note("busy", at);
        }
        assert!(threads.last.len() <= MOST && threads.order.len() <= MOST);
        assert!(threads.took_part("busy", 1) && !threads.took_part("0", 1));
    }
}
