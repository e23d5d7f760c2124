//! Events that the host has and has not settled.

use crate::typing::Typing;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Events that one instance may have with the host at once. When a host settles none, intake waits, and with it the
/// sockets: nothing is dropped.
const LIMIT: usize = 4096;

/// One event that the host is working on.
#[derive(Debug)]
pub struct Turn {
    /// The account that heard it.
    pub account_id: String,
    /// Shows the bot as typing until the turn is settled.
    pub typing: Option<Typing>,
    _room: OwnedSemaphorePermit,
}

/// The events that the host is working on.
#[derive(Clone, Debug)]
pub struct Unsettled {
    turns: Arc<Mutex<HashMap<String, Turn>>>,
    room: Arc<Semaphore>,
}

impl Default for Unsettled {
    fn default() -> Self {
        Self { turns: Arc::default(), room: Arc::new(Semaphore::new(LIMIT)) }
    }
}

impl Unsettled {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Turn>> {
        self.turns.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Wait for room, then note that the host gets an event.
    pub async fn begin(&self, event_id: &str, account_id: &str) {
        // The semaphore is never closed.
        let Ok(room) = self.room.clone().acquire_owned().await else { return };
        let turn = Turn { account_id: account_id.to_owned(), typing: None, _room: room };
        self.lock().insert(event_id.to_owned(), turn);
    }

    /// Show the bot as typing for this turn, if it is not settled already.
    pub fn show_typing(&self, event_id: &str, typing: Typing) {
        if let Some(turn) = self.lock().get_mut(event_id) {
            turn.typing = Some(typing);
        }
    }

    /// An answer goes out: the bot is typing no more.
    pub fn answer(&self, event_id: &str) {
        if let Some(turn) = self.lock().get_mut(event_id) {
            turn.typing = None;
        }
    }

    /// The host is done with an event. `None` when it was not waiting.
    pub fn settle(&self, event_id: &str) -> Option<Turn> {
        self.lock().remove(event_id)
    }

    /// How many an account has with the host.
    #[must_use]
    pub fn count(&self, account_id: &str) -> u64 {
        self.lock().values().filter(|turn| turn.account_id == account_id).count() as u64
    }

    /// Forget an account's events: it stopped.
    pub fn forget(&self, account_id: &str) {
        self.lock().retain(|_, turn| turn.account_id != account_id);
    }
}
