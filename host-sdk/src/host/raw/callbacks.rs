//! The callbacks of a testing host: they count, and do what the test wants.

use crate::abi::{self, oc_completion, oc_event, oc_log_record, oc_str};
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

type Event = dyn Fn(&str) -> i32 + Send + Sync;
type Complete = dyn Fn(u64, i32, &str) + Send + Sync;
type Log = dyn Fn(i32, &str) + Send + Sync;

/// What happens in the callbacks of one instance.
pub struct Callbacks {
    event: Box<Event>,
    complete: Box<Complete>,
    log: Box<Log>,
    calls: AtomicUsize,
}

impl Default for Callbacks {
    fn default() -> Self {
        Self {
            event: Box::new(|_| abi::OC_OK),
            complete: Box::new(|_, _, _| {}),
            log: Box::new(|_, _| {}),
            calls: AtomicUsize::new(0),
        }
    }
}

impl Callbacks {
    /// Gets each event and returns the status.
    #[must_use]
    pub fn on_event(mut self, event: impl Fn(&str) -> i32 + Send + Sync + 'static) -> Self {
        self.event = Box::new(event);
        self
    }

    /// Gets request id, status and JSON of each completion.
    #[must_use]
    pub fn on_complete(mut self, complete: impl Fn(u64, i32, &str) + Send + Sync + 'static) -> Self {
        self.complete = Box::new(complete);
        self
    }

    /// Gets level and message of each log record.
    #[must_use]
    pub fn on_log(mut self, log: impl Fn(i32, &str) + Send + Sync + 'static) -> Self {
        self.log = Box::new(log);
        self
    }

    /// How many callbacks there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

/// # Safety
/// `data` must be the pointer that init was given; it is never freed.
unsafe fn host<'a>(data: *mut c_void) -> &'a Callbacks {
    // SAFETY: the caller's promise.
    let callbacks = unsafe { &*data.cast::<Callbacks>() };
    callbacks.count();
    callbacks
}

/// # Safety
/// `text` must be valid during the callback.
unsafe fn text<'a>(text: oc_str) -> &'a str {
    // SAFETY: the caller's promise.
    unsafe { text.text() }.unwrap_or("(not UTF-8)")
}

pub(super) unsafe extern "C" fn on_event(data: *mut c_void, event: *const oc_event) -> i32 {
    // SAFETY: the plugin passes back our pointer and a struct that is valid for the call.
    unsafe { (host(data).event)(text((*event).json)) }
}

pub(super) unsafe extern "C" fn on_complete(data: *mut c_void, done: *const oc_completion) {
    // SAFETY: as above.
    unsafe { (host(data).complete)((*done).request_id, (*done).status, text((*done).json)) }
}

pub(super) unsafe extern "C" fn on_log(data: *mut c_void, record: *const oc_log_record) {
    // SAFETY: as above.
    unsafe { (host(data).log)((*record).level, text((*record).message)) }
}
