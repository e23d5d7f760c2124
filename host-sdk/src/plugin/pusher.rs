//! Push mode: the host's callbacks, one call at a time, completions before events.
//!
//! A thread calls them. An event that finds nothing waiting is offered by the thread that made it instead: that saves
//! a change of threads on the way from the server to the host. A host that takes long in its callback would hold up
//! the channel's own work there, so the first slow call ends this for good.

use super::outlet::{Completion, Next, Outlet};
use super::requests::Requests;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The host's side of push mode.
pub(super) trait Sink: Send + Sync + 'static {
    /// Tell of an event; false when the host is busy and wants it again later.
    fn event(&self, json: &str) -> bool;
    /// Tell of a completion.
    fn complete(&self, completion: &Completion);
}

/// How long a busy host is left alone, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// A callback that takes longer is slow.
const SLOW: Duration = Duration::from_millis(2);

/// The callbacks, as everybody calls them.
pub(super) struct Caller {
    sink: Box<dyn Sink>,
    one_at_a_time: Mutex<()>,
    direct: AtomicBool,
}

impl Caller {
    /// Nothing is offered directly until [`Pusher::start`]: before that the host does not have its instance yet.
    pub fn new(sink: impl Sink) -> Arc<Self> {
        let direct = AtomicBool::new(false);
        Arc::new(Self { sink: Box::new(sink), one_at_a_time: Mutex::default(), direct })
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.one_at_a_time.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Offer an event on this thread if nothing stands before it. Gives it back when it must be queued.
    pub fn offer(&self, outlet: &Outlet, json: String) -> Option<String> {
        if !self.direct.load(Ordering::Acquire) {
            return Some(json);
        }
        // Somebody else is calling: waiting for them here would be what this is to avoid.
        let Ok(turn) = self.one_at_a_time.try_lock() else { return Some(json) };
        if !outlet.may_offer() {
            return Some(json);
        }
        let began = Instant::now();
        let taken = self.sink.event(&json);
        drop(turn);
        if began.elapsed() > SLOW {
            self.direct.store(false, Ordering::Release);
        }
        outlet.offered((!taken).then_some(json));
        None
    }
}

/// The thread.
pub(super) struct Pusher {
    thread: JoinHandle<()>,
}

impl Pusher {
    pub fn start(outlet: Arc<Outlet>, requests: Arc<Requests>, caller: Arc<Caller>) -> std::io::Result<Self> {
        caller.direct.store(true, Ordering::Release);
        let thread = std::thread::Builder::new()
            .name("oc-push".to_owned())
            .spawn(move || run(&outlet, &requests, &caller))?;
        Ok(Self { thread })
    }

    /// Wait until everything that may still be told has been told. The outlet must be closed.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the thread that calls the host ended by a panic");
        }
    }
}

fn run(outlet: &Outlet, requests: &Requests, caller: &Caller) {
    let mut pause = PAUSE.0;
    let mut events_after = None;
    loop {
        match outlet.next(None, events_after) {
            Next::Completion(completion) => {
                // Before the call, so that the callback may use the id for its next request.
                requests.handed_over(completion.request_id);
                let _turn = caller.turn();
                caller.sink.complete(&completion);
            }
            Next::Event(json) => {
                let turn = caller.turn();
                let taken = caller.sink.event(&json);
                drop(turn);
                if taken {
                    outlet.taken();
                    (pause, events_after) = (PAUSE.0, None);
                } else {
                    outlet.put_back(json);
                    events_after = Some(Instant::now() + pause);
                    pause = (pause * 2).min(PAUSE.1);
                }
            }
            Next::Log(_) | Next::Nothing => {}
            Next::Closed => return,
        }
    }
}
