//! Events that the host has and has not settled.

use crate::acks::{Ack, Stage};
use crate::typing::Typing;
use host_sdk::protocol::InboundMessage;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for the events that one instance may have with the host at once, in KiB of text. When a host settles none,
/// intake waits, and with it the sockets: nothing is dropped.
const ROOM: u32 = 32 * 1024;
/// The least that an event takes, in KiB: so there are at most 4096 of them.
const LEAST: u32 = 8;

/// One event that the host is working on.
#[derive(Debug)]
pub struct Turn {
    /// The posts that it is made of.
    pub posts: Vec<String>,
    /// What the host was given.
    pub message: Arc<InboundMessage>,
    /// Orders the events of the account.
    pub seq: u64,
    /// When the host was given it first, by the local clock in milliseconds since 1970.
    pub opened_at: i64,
    /// How often the host refused it.
    pub refusals: u32,
    /// It may have been answered by an earlier process: whoever answers looks first.
    pub doubtful: bool,
    /// Messages that the host has sent for it since it was given it last.
    pub sends: u64,
    /// Shows the bot as typing until the turn is settled.
    pub typing: Option<Typing>,
    /// Shows by reactions how far it is.
    pub ack: Option<Ack>,
    /// Where whoever caused it is told that it cannot be answered where it belongs: the id of a slash command's
    /// `response_url`.
    pub hook: Option<String>,
    /// What it takes of the room.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// The last message for the event was refused: its number is free again. `id` ends with the number.
    pub fn give_back(&mut self, id: &str) {
        let number = id.rsplit(':').next().and_then(|number| number.parse::<u64>().ok());
        if number == Some(self.sends) {
            self.sends -= 1;
        }
    }

    /// It is that far now.
    pub fn show(&self, stage: Stage) {
        if let Some(ack) = &self.ack {
            ack.show(stage);
        }
    }

    /// A turn that the host is given for the first time by this process.
    #[must_use]
    pub fn new(message: InboundMessage, posts: Vec<String>, seq: u64, opened_at: i64) -> Self {
        Self {
            posts,
            message: Arc::new(message),
            seq,
            opened_at,
            refusals: 0,
            doubtful: false,
            sends: 0,
            typing: None,
            ack: None,
            hook: None,
            room: None,
        }
    }
}

/// The events that the host is working on.
#[derive(Clone, Debug)]
pub struct Unsettled {
    turns: Arc<Mutex<HashMap<String, Turn>>>,
    /// Those that this process wrote down and will tell the host by itself.
    expected: Arc<Mutex<HashSet<String>>>,
    room: Arc<Semaphore>,
}

/// An event that the host will be told of by whoever has this, however often its account begins again meanwhile.
#[derive(Debug)]
pub struct Expected {
    expected: Arc<Mutex<HashSet<String>>>,
    event_id: String,
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.expected.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&self.event_id);
    }
}

impl Default for Unsettled {
    fn default() -> Self {
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Self { turns: Arc::default(), expected: Arc::default(), room }
    }
}

impl Unsettled {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Turn>> {
        self.turns.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Wait for room, then note that the host gets an event.
    pub async fn begin(&self, mut turn: Turn) {
        let message = &turn.message;
        let history: usize = message.history.iter().map(|entry| entry.text.len()).sum();
        let text = message.text.len() + message.raw_text.len() + message.body.len() + history;
        let size = u32::try_from(text / 1024).unwrap_or(u32::MAX).clamp(LEAST, ROOM);
        // The semaphore is never closed.
        turn.room = self.room.clone().acquire_many_owned(size).await.ok();
        self.lock().insert(turn.message.event_id.clone(), turn);
    }

    /// The host will be told of an event without its account's doing.
    pub fn reserve(&self, event_id: &str) -> Expected {
        let mut ids = self.expected.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        ids.insert(event_id.to_owned());
        Expected { expected: self.expected.clone(), event_id: event_id.to_owned() }
    }

    /// What the host has of an account, or will be told without the account's doing.
    #[must_use]
    pub fn ids(&self, account_id: &str) -> HashSet<String> {
        let expected = self.expected.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        let turns = self.lock();
        let had = turns.iter().filter(|(_, turn)| turn.message.account_id == account_id);
        had.map(|(event_id, _)| event_id.clone()).chain(expected).collect()
    }

    /// Do something with a turn that is not settled; `None` when it is.
    pub fn with<T>(&self, event_id: &str, work: impl FnOnce(&mut Turn) -> T) -> Option<T> {
        self.lock().get_mut(event_id).map(work)
    }

    /// The agent works on an event, as far as that is shown.
    pub fn thinking(&self, event_id: &str) {
        self.show(event_id, Stage::Thinking);
    }

    /// The agent uses a tool for an event, as far as that is shown.
    pub fn tool(&self, event_id: &str) {
        self.show(event_id, Stage::Tool);
    }

    /// An event was answered; `failed`: by a message that tells of a failure.
    pub fn answered(&self, event_id: &str, failed: bool) {
        self.show(event_id, if failed { Stage::Failed } else { Stage::Done });
    }

    fn show(&self, event_id: &str, stage: Stage) {
        self.with(event_id, |turn| turn.show(stage));
    }

    /// The host is done with an event. `None` when it was not waiting.
    #[must_use]
    pub fn settle(&self, event_id: &str) -> Option<Turn> {
        self.lock().remove(event_id)
    }

    /// How many an account has with the host.
    #[must_use]
    pub fn count(&self, account_id: &str) -> u64 {
        self.lock().values().filter(|turn| turn.message.account_id == account_id).count() as u64
    }

    /// Show nobody as typing for an account's events: it stopped.
    pub fn quiet(&self, account_id: &str) {
        for turn in self.lock().values_mut().filter(|turn| turn.message.account_id == account_id) {
            turn.typing = None;
        }
    }
}
