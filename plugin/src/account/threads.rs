//! The threads that the bot took part in: there it need not be named again.

use crate::store::TookPart;
use std::collections::{HashMap, VecDeque};

/// Threads that are remembered in memory.
const MOST: usize = 5_000;
/// How long after the bot's last word. Milliseconds.
const LONGEST: i64 = 7 * 24 * 60 * 60 * 1000;

/// Threads by their first post, and when the bot said something in them.
#[derive(Debug, Default)]
pub(super) struct Threads {
    times: HashMap<String, TookPart>,
    order: VecDeque<(i64, String)>,
}

impl Threads {
    /// As they were stored.
    pub(super) fn new(stored: &[(String, TookPart)]) -> Self {
        let mut stored: Vec<&(String, TookPart)> = stored.iter().collect();
        stored.sort_by_key(|(_, times)| times.last_at);
        let mut threads = Self::default();
        for (root_id, times) in stored {
            threads.note(root_id, times.first_at);
            threads.note(root_id, times.last_at);
        }
        threads
    }

    /// The bot said something in a thread at `at`, in milliseconds since 1970 by the server's clock. False when that says
    /// nothing new.
    pub(super) fn note(&mut self, root_id: &str, at: i64) -> bool {
        match self.times.get_mut(root_id) {
            Some(times) if times.first_at <= at && at <= times.last_at => return false,
            Some(times) => {
                times.first_at = times.first_at.min(at);
                times.last_at = times.last_at.max(at);
                self.order.push_back((times.last_at, root_id.to_owned()));
            }
            None => {
                self.times.insert(root_id.to_owned(), TookPart { first_at: at, last_at: at });
                self.order.push_back((at, root_id.to_owned()));
            }
        }
        // Entries that a later one replaced are left out on the way.
        while self.order.len() > MOST {
            let Some((at, root_id)) = self.order.pop_front() else { break };
            if self.times.get(&root_id).is_some_and(|times| times.last_at == at) {
                self.times.remove(&root_id);
            }
        }
        true
    }

    /// Whether the bot had taken part in a thread when something was written in it at `at`, not too long before. What was
    /// written before its first word was not for it, also when it is read again later.
    pub(super) fn took_part(&self, root_id: &str, at: i64) -> bool {
        !root_id.is_empty()
            && self
                .times
                .get(root_id)
                .is_some_and(|times| times.first_at <= at && at.saturating_sub(times.last_at) <= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST, Threads};
    use crate::store::TookPart;

    // covers: I20
    #[test]
    fn a_thread_is_remembered_for_seven_days_after_the_last_word() {
        let mut threads = Threads::new(&[
            ("a".to_owned(), TookPart { first_at: 3, last_at: 5 }),
            ("b".to_owned(), TookPart { first_at: 9, last_at: 9 }),
        ]);
        threads.note("a", 100);
        assert!(threads.took_part("a", 100 + LONGEST) && !threads.took_part("a", 101 + LONGEST));
        assert!(threads.took_part("b", 9 + LONGEST) && !threads.took_part("b", 10 + LONGEST));
        assert!(!threads.took_part("", 100) && !threads.took_part("c", 100));
        assert!(threads.took_part("a", 3) && !threads.took_part("a", 2), "before its first word");
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let mut threads = Threads::default();
        for number in 0..2 * MOST {
            let at = i64::try_from(number).unwrap();
            threads.note(&number.to_string(), at);
            threads.note("busy", at);
        }
        assert!(threads.times.len() <= MOST && threads.order.len() <= MOST);
        let now = i64::try_from(2 * MOST).unwrap();
        assert!(threads.took_part("busy", now) && !threads.took_part("0", now));
    }
}
