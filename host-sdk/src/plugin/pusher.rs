//! Push mode: one thread that calls the host's callbacks, completions before events.

use super::outlet::{Completion, Next, Outlet};
use super::requests::Requests;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The host's side of push mode.
pub(super) trait Sink: Send + 'static {
    /// Tell of an event; false when the host is busy and wants it again later.
    fn event(&self, json: &str) -> bool;
    /// Tell of a completion.
    fn complete(&self, completion: &Completion);
}

/// How long a busy host is left alone, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// The thread.
pub(super) struct Pusher {
    thread: JoinHandle<()>,
}

impl Pusher {
    pub fn start(outlet: Arc<Outlet>, requests: Arc<Requests>, sink: impl Sink) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new()
            .name("oc-push".to_owned())
            .spawn(move || run(&outlet, &requests, &sink))?;
        Ok(Self { thread })
    }

    /// Wait until everything that may still be told has been told. The outlet must be closed.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the thread that calls the host ended by a panic");
        }
    }
}

fn run(outlet: &Outlet, requests: &Requests, sink: &impl Sink) {
    let mut pause = PAUSE.0;
    let mut events_after = None;
    loop {
        match outlet.next(None, events_after) {
            Next::Completion(completion) => {
                // Before the call, so that the callback may use the id for its next request.
                requests.handed_over(completion.request_id);
                sink.complete(&completion);
            }
            Next::Event(json) => {
                if sink.event(&json) {
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
