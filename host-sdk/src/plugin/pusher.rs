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

#[cfg(test)]
mod tests {
    use super::{Caller, Completion, Next, Outlet, SLOW, Sink};
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    /// A host that takes events, slowly or not at all.
    struct Host {
        takes: bool,
        pause: Duration,
    }

    impl Sink for Host {
        fn event(&self, _json: &str) -> bool {
            std::thread::sleep(self.pause);
            self.takes
        }
        fn complete(&self, _completion: &Completion) {}
    }

    fn caller(takes: bool, pause: Duration) -> Arc<Caller> {
        let caller = Caller::new(Host { takes, pause });
        caller.direct.store(true, Ordering::Release);
        caller
    }

    fn event(name: &str) -> String {
        name.to_owned()
    }

    #[test]
    fn nothing_is_offered_directly_before_the_host_has_its_instance() {
        let (caller, outlet) = (Caller::new(Host { takes: true, pause: Duration::ZERO }), Outlet::new(None));
        assert_eq!(caller.offer(&outlet, event("early")), Some(event("early")));
    }

    #[test]
    fn the_first_slow_callback_ends_direct_offers() {
        let (caller, outlet) = (caller(true, SLOW * 2), Outlet::new(None));
        assert_eq!(caller.offer(&outlet, event("first")), None);
        assert_eq!(caller.offer(&outlet, event("second")), Some(event("second")));
    }

    #[test]
    fn an_event_that_a_busy_host_refused_stands_before_later_ones() {
        let (caller, outlet) = (caller(false, Duration::ZERO), Outlet::new(None));
        assert_eq!(caller.offer(&outlet, event("first")), None);
        assert_eq!(caller.offer(&outlet, event("second")), Some(event("second")));
        let waiting = outlet.next(Some(Duration::ZERO), None);
        assert!(matches!(waiting, Next::Event(json) if json == "first"));
        // While it is being offered again nothing may overtake it.
        assert_eq!(caller.offer(&outlet, event("third")), Some(event("third")));
    }

    #[test]
    fn after_the_close_nothing_is_offered() {
        let (caller, outlet) = (caller(true, Duration::ZERO), Outlet::new(None));
        outlet.close(true);
        assert_eq!(caller.offer(&outlet, event("late")), Some(event("late")));
    }
}
