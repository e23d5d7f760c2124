//! One instance: a channel, its runtime, its pending requests and what waits for the host.

use super::channel::{AnyChannel, Channel};
use super::context::Context;
use super::gate::Gate;
use super::log::{HostLog, LogSink};
use super::outlet::{Next, Outlet};
use super::panics::{THREAD_PREFIX, guard};
use super::pusher::{Caller, Pusher, Sink};
use super::redact::Redactor;
use super::requests::{CANCEL_LIMIT, PENDING_LIMIT, Requests, Responder, clean};
use super::wake::Wake;
use crate::protocol::{Error, ErrorCode, HandleRequest, Init, Outbound};
use std::cell::RefCell;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tracing::Dispatch;

/// Threads that run the channel's tasks. All of them wait for a network, so one thread serves them, and no message has
/// to be handed from one thread to another on its way: measured, a second one makes an answer slower.
const WORKERS: usize = 1;
/// Threads for what cannot be waited for, such as name resolution.
const BLOCKING: usize = 4;
/// Tasks that ignore the shutdown get this long to reach their next await point.
const LAST_GRACE: Duration = Duration::from_millis(500);

thread_local! {
    /// The subscriber of the instance that this thread belongs to.
    static SUBSCRIBER: RefCell<Option<tracing::dispatcher::DefaultGuard>> = const { RefCell::new(None) };
}

/// What the channel reaches through its [`Context`].
pub(super) struct Shared {
    pub outlet: Arc<Outlet>,
    /// Push mode: the callbacks.
    pub caller: Option<Arc<Caller>>,
    pub requests: Arc<Requests>,
    pub redactor: Redactor,
    pub runtime: Handle,
}

/// How events and completions reach the host.
pub(super) enum Mode<S> {
    Push(S),
    Pull,
}

enum Stage {
    Running { runtime: Runtime, pusher: Option<Pusher> },
    Stopped,
}

/// A running channel, whatever its type.
pub(super) struct Instance {
    channel: Arc<dyn AnyChannel>,
    shared: Arc<Shared>,
    dispatch: Dispatch,
    gate: Arc<Gate>,
    pull: bool,
    process: u32,
    stage: Mutex<Stage>,
}

impl Instance {
    /// Create a channel with everything around it. When that fails, no thread is left and no callback runs later.
    pub fn create<C: Channel, S: Sink, L: LogSink>(
        init: Init,
        mode: Mode<S>,
        outlet: Arc<Outlet>,
        gate: Arc<Gate>,
        log: L,
    ) -> Result<Self, Error> {
        let redactor = Redactor::default();
        let dispatch = Dispatch::new(HostLog::new(log, init.log.level, redactor.clone()));
        let runtime = runtime(C::ID, &dispatch)?;
        let requests = Requests::new(outlet.clone(), redactor.clone());
        let caller = match mode {
            Mode::Push(sink) => Some(Caller::new(sink)),
            Mode::Pull => None,
        };
        let pull = caller.is_none();
        let shared = Arc::new(Shared {
            outlet: outlet.clone(),
            caller: caller.clone(),
            requests: requests.clone(),
            redactor: redactor.clone(),
            runtime: runtime.handle().clone(),
        });
        let context = Context { shared: shared.clone() };
        // A panic is caught here already: the runtime must not be dropped on the host's thread while it unwinds.
        let opened = guard("in init", || {
            tracing::dispatcher::with_default(&dispatch, || {
                let _inside = runtime.enter();
                C::open(context, init)
            })
        });
        let started = opened.and_then(|channel| {
            let pusher = caller.map(|caller| Pusher::start(outlet, requests, caller)).transpose();
            Ok((channel, pusher.map_err(|error| no_thread(&error))?))
        });
        match started {
            Ok((channel, pusher)) => {
                let stage = Mutex::new(Stage::Running { runtime, pusher });
                let process = std::process::id();
                Ok(Self { channel: Arc::new(channel), shared, dispatch, gate, pull, process, stage })
            }
            Err(error) => {
                leave(runtime, Duration::ZERO);
                gate.close();
                Err(clean(&redactor, error))
            }
        }
    }

    /// False in a child after fork(), where the instance's threads do not exist.
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// The queue for a mode; in pull mode with its descriptor.
    pub fn outlet(pull: bool) -> Result<Arc<Outlet>, Error> {
        let wake = if pull {
            Some(Wake::new().map_err(|error| {
                Error::new(ErrorCode::Internal, format!("no descriptor for wake-ups: {error}"))
            })?)
        } else {
            None
        };
        Ok(Arc::new(Outlet::new(wake)))
    }

    pub fn handle(&self, request_id: u64, json: &str) -> Result<(), Error> {
        tracing::dispatcher::with_default(&self.dispatch, || {
            let request = HandleRequest::parse(json)?;
            let limit =
                if matches!(request, HandleRequest::Cancel(_)) { CANCEL_LIMIT } else { PENDING_LIMIT };
            let responder = self.shared.requests.accept(request_id, limit)?;
            match request {
                HandleRequest::Cancel(cancel) => {
                    // A request cannot cancel itself: it is served already.
                    let done =
                        cancel.request_id != request_id && self.shared.requests.cancel(cancel.request_id);
                    responder.complete(Ok(serde_json::json!({ "cancelled": done })));
                }
                HandleRequest::TestPanic => self.test_panic(responder),
                request => self.enter(responder, |responder| self.channel.handle(request, responder)),
            }
            Ok(())
        })
        .map_err(|error| clean(&self.shared.redactor, error))
    }

    pub fn send(&self, request_id: u64, json: &str) -> Result<(), Error> {
        tracing::dispatcher::with_default(&self.dispatch, || {
            let message = Outbound::parse(json)?;
            let responder = self.shared.requests.accept(request_id, PENDING_LIMIT)?;
            self.enter(responder, |responder| self.channel.send(message, responder));
            Ok(())
        })
        .map_err(|error| clean(&self.shared.redactor, error))
    }

    /// Call the channel. Once the responder is its, a panic ends the request through the responder's drop.
    fn enter(&self, responder: Responder, call: impl FnOnce(Responder)) {
        let _inside = self.shared.runtime.enter();
        let _: Result<(), Error> = guard("while taking the request", || {
            call(responder);
            Ok(())
        });
    }

    #[cfg(debug_assertions)]
    #[allow(clippy::panic)]
    fn test_panic(&self, responder: Responder) {
        self.enter(responder, |_responder| panic!("test.panic was asked for"));
    }

    #[cfg(not(debug_assertions))]
    fn test_panic(&self, responder: Responder) {
        Context::refuse(responder, "test.panic, which only debug builds serve");
    }

    pub fn poll(&self, timeout: Duration) -> Result<Next, Error> {
        if !self.pull {
            return Err(Error::not_supported(
                "this instance pushes: it was given callbacks at init, so there is nothing to poll",
            ));
        }
        Ok(self.shared.outlet.poll(timeout, |request_id| self.shared.requests.handed_over(request_id)))
    }

    pub fn descriptor(&self) -> i64 {
        self.shared.outlet.descriptor()
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Stop everything; see `openclaw_shutdown`.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + timeout;
        // Before the lock: another thread may hold it and wait for this very callback to return.
        if self.gate.inside() {
            return Err(Error::invalid(
                "shutdown and destroy must not be called from inside a callback of the same instance; \
                 let the callback return and call from elsewhere",
            ));
        }
        let mut stage = self.lock();
        let Stage::Running { runtime, pusher } = std::mem::replace(&mut *stage, Stage::Stopped) else {
            return Ok(());
        };
        self.shared.requests.close();
        if !timeout.is_zero() {
            let channel = self.channel.clone();
            let (done, wait) = std::sync::mpsc::sync_channel::<()>(1);
            runtime.spawn(async move {
                channel.shutdown().await;
                // Nobody waits any more after the time limit; that is fine.
                let _ = done.send(());
            });
            // Disconnected: it panicked, which was logged, and there is nothing left to wait for.
            if wait.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
                tracing::dispatcher::with_default(&self.dispatch, || {
                    tracing::warn!(
                        timeout_ms = timeout.as_millis() as u64,
                        "shutdown: time is up, work in hand is cancelled"
                    );
                });
            }
        }
        self.shared.requests.cancel_all();
        self.shared.outlet.close(!self.pull);
        leave(runtime, deadline.saturating_duration_since(Instant::now()).max(LAST_GRACE));
        if let Some(pusher) = pusher {
            pusher.join();
        }
        // A task that ignores all this, or a request that another thread is just making, may still try to log.
        self.gate.close();
        Ok(())
    }
}

fn thread_name() -> &'static str {
    concat!("oc-", "worker")
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("cannot start a thread: {error}"))
}

/// A runtime whose threads log to this instance's host.
fn runtime(id: &str, dispatch: &Dispatch) -> Result<Runtime, Error> {
    debug_assert!(thread_name().starts_with(THREAD_PREFIX));
    let dispatch = dispatch.clone();
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .thread_name(thread_name())
        .on_thread_start(move || {
            let guard = tracing::dispatcher::set_default(&dispatch);
            SUBSCRIBER.with(|slot| slot.replace(Some(guard)));
        })
        .on_thread_stop(|| {
            SUBSCRIBER.with(|slot| drop(slot.take()));
        })
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorCode::Internal, format!("cannot start the runtime of channel {id}: {error}"))
        })
}

/// Join the runtime's threads. On a thread of its own, because the caller's may be inside another runtime.
fn leave(runtime: Runtime, grace: Duration) {
    let slot = Arc::new(Mutex::new(Some(runtime)));
    let take = |slot: &Mutex<Option<Runtime>>| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let theirs = slot.clone();
    let joiner = std::thread::Builder::new().name(format!("{THREAD_PREFIX}stop")).spawn(move || {
        if let Some(runtime) = take(&theirs) {
            runtime.shutdown_timeout(grace.max(LAST_GRACE));
        }
    });
    if let Ok(joiner) = joiner {
        // A panic in there was reported by the hook; there is nothing left to stop.
        let _ = joiner.join();
    }
    // No thread could be started: stop without waiting. Dropping the runtime here might panic.
    if let Some(runtime) = take(&slot) {
        runtime.shutdown_background();
    }
}
