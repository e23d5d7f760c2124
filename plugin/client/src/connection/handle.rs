//! Starting, using and stopping a connection.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::driver::{Driver, TypingRequest};
use super::events::Events;
use super::machine::Machine;
use super::options::Options;
use super::state::State;
use crate::rest::Client;

/// How many typing notices may wait to be sent. They are worth nothing when they are late.
const TYPING: usize = 16;

/// Starts a connection to the event stream of `client`'s server. It runs until [`Connection::stop`], or until
/// one of the two returned halves is dropped.
///
/// # Panics
///
/// Outside of a Tokio runtime with time and I/O enabled.
#[must_use = "dropping either half stops the connection"]
pub fn spawn(client: Client, options: Options) -> (Connection, Events) {
    let (events, receiver) = mpsc::channel(options.queue.max(1));
    let (typing, typing_requests) = mpsc::channel(TYPING);
    let (stop, stopping) = watch::channel(false);
    let (state, states) = watch::channel(State::Connecting);
    let restart = Arc::new(Notify::new());
    let driver = Driver {
        client,
        max_frame: options.max_frame,
        machine: Machine::new(options.settings, seed()),
        origin: Instant::now(),
        events,
        typing: typing_requests,
        stop: stopping,
        restart: restart.clone(),
        state,
        outbox: VecDeque::new(),
        blocked: false,
        connecting: None,
        probing: None,
        socket: None,
    };
    let task = tokio::spawn(driver.run());
    let connection = Connection { typing, stop, restart, states, task: Mutex::new(Some(task)) };
    (connection, Events(receiver))
}

/// The controlling end of a connection. Dropping it stops the connection without waiting.
pub struct Connection {
    typing: mpsc::Sender<TypingRequest>,
    stop: watch::Sender<bool>,
    restart: Arc<Notify>,
    states: watch::Receiver<State>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Connection {
    /// Shows "is typing" in a channel, or in a thread when `parent_id` names its root, for about five seconds.
    /// Works on every server version. While there is no connection it does nothing.
    pub fn typing(&self, channel_id: &str, parent_id: Option<&str>) {
        let request = TypingRequest {
            channel_id: channel_id.to_owned(),
            parent_id: parent_id.unwrap_or_default().to_owned(),
        };
        let _ = self.typing.try_send(request);
    }

    /// Gives up an open socket and makes a new connection that resumes nothing. For a user who found out, over REST
    /// for example, that events are missing although the socket answers pings.
    pub fn restart(&self) {
        self.restart.notify_one();
    }

    /// What the connection is doing.
    #[must_use]
    pub fn state(&self) -> State {
        *self.states.borrow()
    }

    /// Closes the socket properly and waits until the task is gone: two seconds at most. Events that were not
    /// taken by then can still be received, except for those that had no room. Stopping twice is harmless.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        match task {
            Some(task) => {
                let _ = task.await;
            }
            None => {
                // Somebody else is waiting for the task already.
                let _ = self.states.clone().wait_for(|state| *state == State::Stopped).await;
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// A different number each time, for spreading retries: the standard library seeds its hashers from the system.
fn seed() -> u64 {
    RandomState::new().hash_one(Instant::now())
}
