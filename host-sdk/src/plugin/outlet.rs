//! What waits to be told to the host: completions first, then events in order, then log records.

use super::wake::Wake;
use crate::protocol::Error;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Events that may wait for the host; the next one waits outside, and with it whoever reads the socket.
const EVENT_LIMIT: usize = 256;
/// Log records that may wait in pull mode; further ones are dropped and counted.
const LOG_LIMIT: usize = 1024;

/// The end of one request.
pub(super) struct Completion {
    pub request_id: u64,
    pub status: i32,
    pub json: String,
}

impl Completion {
    pub fn new(request_id: u64, result: Result<Value, Error>) -> Self {
        match result {
            Ok(value) => Self { request_id, status: crate::abi::OC_OK, json: value.to_string() },
            Err(error) => Self { request_id, status: error.code.status(), json: error_json(&error) },
        }
    }

    fn into_delivery(self) -> String {
        let key = if self.status < 0 { "error" } else { "result" };
        format!(
            r#"{{"kind":"completion","request_id":{},"status":{},"{key}":{}}}"#,
            self.request_id, self.status, self.json
        )
    }
}

/// An error as JSON; it has no map keys or numbers that could fail to serialise.
pub(super) fn error_json(error: &Error) -> String {
    serde_json::to_string(error).unwrap_or_else(|_| r#"{"code":"INTERNAL","message":"?"}"#.to_owned())
}

/// What a waiter finds.
pub(super) enum Next {
    Completion(Completion),
    Event(String),
    Log(String),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

struct Queues {
    completions: VecDeque<Completion>,
    events: VecDeque<String>,
    logs: VecDeque<String>,
    dropped_logs: u64,
    /// An event is being offered to the host; the next one must wait for its fate.
    offering: bool,
    closed: bool,
    wake: Option<Wake>,
}

impl Queues {
    fn is_empty(&self) -> bool {
        self.completions.is_empty() && self.events.is_empty() && self.logs.is_empty()
    }

    fn signal(&mut self) {
        let readable = !self.is_empty();
        if let Some(wake) = &mut self.wake {
            wake.set(readable);
        }
    }
}

/// The queues of one instance.
pub(super) struct Outlet {
    queues: Mutex<Queues>,
    changed: Condvar,
    event_slots: Arc<Semaphore>,
}

impl Outlet {
    /// `wake` is there in pull mode, and only there.
    pub fn new(wake: Option<Wake>) -> Self {
        Self {
            queues: Mutex::new(Queues {
                completions: VecDeque::new(),
                events: VecDeque::new(),
                logs: VecDeque::new(),
                dropped_logs: 0,
                offering: false,
                closed: false,
                wake,
            }),
            changed: Condvar::new(),
            event_slots: Arc::new(Semaphore::new(EVENT_LIMIT)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        // The queues are consistent after every statement, so a panic elsewhere does not spoil them.
        self.queues.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn push_completion(&self, completion: Completion) {
        let mut queues = self.lock();
        queues.completions.push_back(completion);
        queues.signal();
        drop(queues);
        self.changed.notify_one();
    }

    /// Queue an event, waiting for room. False after the outlet was closed.
    pub async fn push_event(&self, json: String) -> bool {
        let Ok(slot) = self.event_slots.acquire().await else { return false };
        let mut queues = self.lock();
        if queues.closed {
            return false;
        }
        slot.forget();
        queues.events.push_back(json);
        queues.signal();
        drop(queues);
        self.changed.notify_one();
        true
    }

    pub fn push_log(&self, json: String) {
        let mut queues = self.lock();
        if queues.closed {
            return;
        }
        if queues.logs.len() >= LOG_LIMIT {
            queues.dropped_logs += 1;
            return;
        }
        queues.logs.push_back(json);
        queues.signal();
        drop(queues);
        self.changed.notify_one();
    }

    /// Push mode: may an event be offered right now, past the queue? Only when no other waits or is being offered.
    /// If so, [`Outlet::offered`] must follow.
    pub fn may_offer(&self) -> bool {
        let mut queues = self.lock();
        let may = queues.events.is_empty() && !queues.offering && !queues.closed;
        queues.offering |= may;
        may
    }

    /// An event that went past the queue was taken, or is the first to be offered again.
    pub fn offered(&self, refused: Option<String>) {
        let mut queues = self.lock();
        queues.offering = false;
        if let Some(event) = refused.filter(|_| !queues.closed) {
            queues.events.push_front(event);
            // It came past the queue, so it has no place yet; the queue was empty, so there is one.
            self.event_slots.forget_permits(1);
        }
        let more = !queues.events.is_empty();
        drop(queues);
        if more {
            self.changed.notify_one();
        }
    }

    /// An event of the queue that the host did not take goes back to the front; after the close it is forgotten like
    /// the others, so that a host that is always busy cannot hold up a shutdown.
    pub fn put_back(&self, event: String) {
        let mut queues = self.lock();
        queues.offering = false;
        if queues.closed {
            return;
        }
        queues.events.push_front(event);
        queues.signal();
    }

    /// The host took an event of the queue: make room for the next one.
    pub fn taken(&self) {
        self.lock().offering = false;
        self.event_slots.add_permits(1);
    }

    /// Wait for the next thing to tell. `events_after` holds events back until then, for a host that was busy.
    pub fn next(&self, timeout: Option<Duration>, events_after: Option<Instant>) -> Next {
        let give_up = timeout.map(|timeout| Instant::now() + timeout);
        let mut queues = self.lock();
        loop {
            if let Some(completion) = queues.completions.pop_front() {
                queues.signal();
                return Next::Completion(completion);
            }
            let now = Instant::now();
            let hold = events_after.filter(|until| *until > now);
            if hold.is_none()
                && !queues.offering
                && let Some(event) = queues.events.pop_front()
            {
                // In pull mode whoever fetched it has it; several threads may fetch at the same time.
                queues.offering = queues.wake.is_none();
                queues.signal();
                return Next::Event(event);
            }
            if let Some(log) = queues.logs.pop_front() {
                let dropped = std::mem::take(&mut queues.dropped_logs);
                if dropped > 0 {
                    queues.logs.push_front(dropped_line(dropped));
                }
                queues.signal();
                return Next::Log(log);
            }
            if queues.closed {
                return Next::Closed;
            }
            let until = match (give_up, hold.filter(|_| !queues.events.is_empty())) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            queues = match until {
                None => self.changed.wait(queues).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(until) => {
                    if give_up.is_some_and(|give_up| now >= give_up) {
                        return Next::Nothing;
                    }
                    let wait = until.saturating_duration_since(now);
                    self.changed.wait_timeout(queues, wait).unwrap_or_else(|poisoned| poisoned.into_inner()).0
                }
            };
        }
    }

    /// The next delivery of pull mode, as JSON. `handed_over` hears of the request whose completion it is.
    pub fn poll(&self, timeout: Duration, handed_over: impl FnOnce(u64)) -> Next {
        match self.next(Some(timeout), None) {
            Next::Completion(completion) => {
                handed_over(completion.request_id);
                Next::Event(completion.into_delivery())
            }
            Next::Event(json) => {
                self.taken();
                Next::Event(format!(r#"{{"kind":"event","event":{json}}}"#))
            }
            Next::Log(json) => Next::Event(json),
            other => other,
        }
    }

    pub fn descriptor(&self) -> i64 {
        self.lock().wake.as_ref().map_or(-1, Wake::descriptor)
    }

    /// Nothing is added any more. Events that still wait are forgotten when `forget_events` is set (push mode: no
    /// callback may run later); in pull mode they can still be fetched.
    pub fn close(&self, forget_events: bool) {
        let mut queues = self.lock();
        queues.closed = true;
        if forget_events {
            queues.events.clear();
            queues.logs.clear();
        }
        queues.signal();
        drop(queues);
        self.event_slots.close();
        self.changed.notify_all();
    }
}

fn dropped_line(dropped: u64) -> String {
    format!(
        r#"{{"kind":"log","level":"warn","time_ms":{},"target":"host_sdk","message":"{dropped} log records were dropped because nobody fetched them","fields":{{}}}}"#,
        super::log::now_ms()
    )
}
