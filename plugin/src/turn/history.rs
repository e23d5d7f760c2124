//! What was said since the last answer and was not for the agent: it is shown with the next message that is.
//!
//! Pure, and in memory only: after a restart a thread is read again from the server, the talk of a channel is not.

use host_sdk::protocol::HistoryEntry;
use std::collections::{HashMap, VecDeque};

/// Conversations that are remembered; the one that was used least recently goes first.
const MOST_CONVERSATIONS: usize = 1_000;
/// Bytes of text of one conversation.
const MOST_BYTES: usize = 128 * 1024;

/// A conversation: channel and thread.
pub type Key = (String, Option<String>);

/// The pending talk of an account's conversations.
#[derive(Debug)]
pub struct History {
    limit: usize,
    conversations: HashMap<Key, Talk>,
    clock: u64,
}

#[derive(Debug, Default)]
struct Talk {
    entries: VecDeque<HistoryEntry>,
    bytes: usize,
    used: u64,
}

impl History {
    /// At most `limit` entries of each conversation; 0: nothing is remembered.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, conversations: HashMap::new(), clock: 0 }
    }

    /// The most entries of a conversation.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Something was said that is not for the agent. The same message is remembered once.
    pub fn note(&mut self, key: Key, entry: HistoryEntry) {
        if self.limit == 0 {
            return;
        }
        self.clock += 1;
        if self.conversations.len() >= MOST_CONVERSATIONS && !self.conversations.contains_key(&key) {
            let oldest =
                self.conversations.iter().min_by_key(|(_, talk)| talk.used).map(|(key, _)| key.clone());
            oldest.map(|oldest| self.conversations.remove(&oldest));
        }
        let talk = self.conversations.entry(key).or_default();
        talk.used = self.clock;
        if talk.entries.iter().any(|known| known.message_id == entry.message_id) {
            return;
        }
        talk.bytes += entry.text.len();
        talk.entries.push_back(entry);
        while talk.entries.len() > self.limit || talk.bytes > MOST_BYTES && talk.entries.len() > 1 {
            let Some(dropped) = talk.entries.pop_front() else { break };
            talk.bytes -= dropped.text.len();
        }
    }

    /// A message was edited: what it says now is shown.
    pub fn replace(&mut self, message_id: &str, text: &str) {
        for talk in self.conversations.values_mut() {
            if let Some(entry) = talk.entries.iter_mut().find(|entry| entry.message_id == message_id) {
                talk.bytes = talk.bytes - entry.text.len() + text.len();
                text.clone_into(&mut entry.text);
            }
        }
    }

    /// A message was deleted: it is not shown.
    pub fn forget(&mut self, message_id: &str) {
        for talk in self.conversations.values_mut() {
            if let Some(at) = talk.entries.iter().position(|entry| entry.message_id == message_id)
                && let Some(dropped) = talk.entries.remove(at)
            {
                talk.bytes -= dropped.text.len();
            }
        }
    }

    /// What was said before a message, oldest first. It is given once.
    pub fn take(&mut self, key: &Key, before_ms: i64, not: &[String]) -> Vec<HistoryEntry> {
        let Some(talk) = self.conversations.remove(key) else { return Vec::new() };
        let (mut given, later): (Vec<HistoryEntry>, Vec<HistoryEntry>) =
            talk.entries.into_iter().partition(|entry| entry.timestamp_ms <= before_ms);
        given.retain(|entry| !not.contains(&entry.message_id));
        // Those of one moment stay as they were heard.
        given.sort_by_key(|entry| entry.timestamp_ms);
        for entry in later {
            self.note(key.clone(), entry);
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::{History, Key};
    use host_sdk::protocol::HistoryEntry;

    fn entry(number: i64) -> HistoryEntry {
        HistoryEntry { message_id: number.to_string(), timestamp_ms: number, ..HistoryEntry::default() }
    }

    fn key(channel: &str) -> Key {
        (channel.to_owned(), None)
    }

    fn ids(entries: &[HistoryEntry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.message_id.as_str()).collect()
    }

    #[test]
    fn the_newest_are_kept_and_given_once() {
        let mut history = History::new(3);
        for number in [1, 2, 3, 4, 5, 5] {
            history.note(key("a"), entry(number));
        }
        history.note(key("b"), entry(9));
        assert_eq!(ids(&history.take(&key("a"), 100, &["4".to_owned()])), ["3", "5"]);
        assert!(history.take(&key("a"), 100, &[]).is_empty());
        assert_eq!(ids(&history.take(&key("b"), 100, &[])), ["9"]);
    }

    #[test]
    fn what_was_said_later_waits_for_the_next_message() {
        let mut history = History::new(10);
        for number in [3, 1, 2] {
            history.note(key("a"), entry(number));
        }
        assert_eq!(ids(&history.take(&key("a"), 2, &[])), ["1", "2"]);
        assert_eq!(ids(&history.take(&key("a"), 9, &[])), ["3"]);
    }

    #[test]
    fn what_was_deleted_is_not_shown_and_zero_keeps_nothing() {
        let mut history = History::new(10);
        history.note(key("a"), entry(1));
        history.replace("1", "edited");
        history.note(key("b"), entry(1));
        history.replace("1", "later");
        assert_eq!(history.take(&key("b"), 9, &[])[0].text, "later");
        history.forget("1");
        assert!(history.take(&key("a"), 9, &[]).is_empty());
        let mut none = History::new(0);
        none.note(key("a"), entry(1));
        assert!(none.take(&key("a"), 9, &[]).is_empty());
    }

    #[test]
    fn many_conversations_and_long_texts_are_bounded() {
        let mut history = History::new(1_000_000);
        for number in 0..5_000 {
            history.note(key(&number.to_string()), entry(number));
        }
        assert!(history.conversations.len() <= super::MOST_CONVERSATIONS);
        for number in 0..1_000 {
            history.note(key("long"), HistoryEntry { text: "x".repeat(16_000), ..entry(number) });
        }
        let bytes: usize =
            history.take(&key("long"), i64::MAX, &[]).iter().map(|entry| entry.text.len()).sum();
        assert!(bytes <= super::MOST_BYTES, "{bytes}");
    }
}
