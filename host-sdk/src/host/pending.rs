//! What a host waits for: completions by request id, and room for events.

use crate::protocol::{Error, ErrorCode, Event};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// Where the callbacks of one instance put what they get.
pub(super) struct Pending {
    next_id: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value, Error>>>>,
    events: mpsc::Sender<Event>,
}

impl Pending {
    pub fn new(events: mpsc::Sender<Event>) -> Arc<Self> {
        Arc::new(Self { next_id: AtomicU64::new(1), waiting: Mutex::default(), events })
    }

    /// A new request id and where its end will arrive.
    pub fn expect(&self) -> (u64, oneshot::Receiver<Result<Value, Error>>) {
        let request_id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(request_id, sender);
        (request_id, receiver)
    }

    /// Nothing will come for this id.
    pub fn forget(&self, request_id: u64) {
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&request_id);
    }

    /// A completion arrived.
    pub fn complete(&self, request_id: u64, status: i32, json: &str) {
        let waiter = self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&request_id);
        let Some(waiter) = waiter else {
            tracing::warn!(request_id, "a completion came for a request that nobody made");
            return;
        };
        let result = if status < 0 {
            Err(serde_json::from_str(json).unwrap_or_else(|_| {
                Error::new(ErrorCode::from_status(status), "the plugin gave no readable error")
            }))
        } else {
            serde_json::from_str(json).map_err(|error| {
                Error::new(ErrorCode::Internal, format!("the plugin's result is not JSON: {error}"))
            })
        };
        // Whoever asked may have gone away; that is theirs to decide.
        let _ = waiter.send(result);
    }

    /// An event arrived. False when it must be offered again.
    pub fn event(&self, json: &str) -> bool {
        let permit = match self.events.try_reserve() {
            Ok(permit) => permit,
            Err(mpsc::error::TrySendError::Full(())) => return false,
            // The reader is gone: nobody will ever take it.
            Err(mpsc::error::TrySendError::Closed(())) => return true,
        };
        match serde_json::from_str(json) {
            Ok(event) => permit.send(event),
            Err(error) => tracing::error!(%error, "the plugin sent an event that cannot be read"),
        }
        true
    }
}
