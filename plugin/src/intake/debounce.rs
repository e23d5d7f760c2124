//! Bursts: several short messages of one person in one conversation become one.
//!
//! Pure: messages and times go in, batches come out. A conversation that waits holds no other, and keeps its own order:
//! whatever else is said in it ends the wait.

use host_sdk::protocol::InboundMessage;
use std::collections::HashMap;
use std::time::Duration;

/// Conversations that may wait at once; beyond it nothing waits.
const MOST: usize = 2_048;
/// The longest wait after the first message, in windows.
const LONGEST: u32 = 5;
/// Messages of one batch.
const MOST_MESSAGES: usize = 32;

/// Channel and thread.
type Lane = (String, Option<String>);

/// Messages that become one.
#[derive(Debug, PartialEq)]
pub struct Batch {
    /// Oldest first; never empty.
    pub messages: Vec<InboundMessage>,
}

#[derive(Debug)]
struct Waiting {
    sender_id: String,
    messages: Vec<InboundMessage>,
    due: Duration,
    latest: Duration,
}

/// The conversations that wait.
#[derive(Debug, Default)]
pub struct Debouncer {
    window: Duration,
    lanes: HashMap<Lane, Waiting>,
}

impl Debouncer {
    /// Messages within `window` of the one before become one; zero: none do.
    #[must_use]
    pub fn new(window: Duration) -> Self {
        Self { window, lanes: HashMap::new() }
    }

    /// Another window, for what comes from now on.
    pub fn set_window(&mut self, window: Duration) {
        self.window = window;
    }

    /// The wait is over for everybody: nothing waits any more.
    pub fn flush(&mut self) -> Vec<Batch> {
        self.due(Duration::MAX)
    }

    /// A message was deleted. It is given back if it waited; the others of its burst wait on.
    pub fn withdraw(&mut self, message_id: &str) -> Option<InboundMessage> {
        let lane = self.lanes.iter_mut().find_map(|(lane, waiting)| {
            let at = waiting.messages.iter().position(|message| message.message_id == message_id)?;
            Some((lane.clone(), waiting.messages.remove(at), waiting.messages.is_empty()))
        });
        let (lane, message, empty) = lane?;
        if empty {
            self.lanes.remove(&lane);
        }
        Some(message)
    }

    /// A message came at `now`. What is ready because of it, in order.
    pub fn push(&mut self, message: InboundMessage, mergeable: bool, now: Duration) -> Vec<Batch> {
        if self.window.is_zero() && self.lanes.is_empty() {
            return vec![Batch { messages: vec![message] }];
        }
        let lane = lane(&message);
        let mut ready = Vec::new();
        let same_sender = |waiting: &Waiting| waiting.sender_id == message.sender.id;
        let mergeable = mergeable && !self.window.is_zero();
        let joins = mergeable
            && self.lanes.get(&lane).is_some_and(|waiting| {
                same_sender(waiting) && waiting.messages.len() < MOST_MESSAGES && now < waiting.latest
            });
        if !joins {
            ready.extend(self.lanes.remove(&lane).map(Batch::from));
        }
        if !mergeable || (!joins && self.lanes.len() >= MOST) {
            ready.push(Batch { messages: vec![message] });
            return ready;
        }
        let waiting = self.lanes.entry(lane).or_insert_with(|| Waiting {
            sender_id: message.sender.id.clone(),
            messages: Vec::new(),
            due: now,
            latest: now + self.window * LONGEST,
        });
        waiting.messages.push(message);
        waiting.due = (now + self.window).min(waiting.latest);
        ready
    }

    /// When [`Debouncer::due`] has something; `None` while nothing waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.lanes.values().map(|waiting| waiting.due).min()
    }

    /// What is ready at `now`, the longest waiting first.
    pub fn due(&mut self, now: Duration) -> Vec<Batch> {
        let mut due: Vec<(Duration, Batch)> =
            self.lanes.extract_if(|_, waiting| waiting.due <= now).map(|(_, w)| (w.due, w.into())).collect();
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, batch)| batch).collect()
    }
}

impl From<Waiting> for Batch {
    fn from(waiting: Waiting) -> Self {
        Self { messages: waiting.messages }
    }
}

impl Batch {
    /// One message: the last one's facts, everything that was said, and the ids of all.
    #[must_use]
    pub fn merge(mut self) -> Option<InboundMessage> {
        let mut merged = self.messages.pop()?;
        if self.messages.is_empty() {
            return Some(merged);
        }
        let join = |parts: Vec<&str>| {
            parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n")
        };
        let text = join(self.messages.iter().chain([&merged]).map(|part| part.text.as_str()).collect());
        let raw = join(self.messages.iter().chain([&merged]).map(|part| part.raw_text.as_str()).collect());
        merged.message_ids = self.messages.iter().map(|part| part.message_id.clone()).collect();
        merged.message_ids.push(merged.message_id.clone());
        if let Some(named) = self.messages.iter().find(|part| part.mention.was_mentioned) {
            merged.mention = named.mention;
        }
        merged.edited |= self.messages.iter().any(|part| part.edited);
        (merged.text, merged.raw_text) = (text, raw);
        Some(merged)
    }
}

fn lane(message: &InboundMessage) -> Lane {
    let conversation = &message.conversation;
    (conversation.channel_id.clone(), conversation.thread_root_id.clone())
}
