//! Short ways to make raw calls.
#![allow(dead_code, unreachable_pub)]

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, ErrorArg, Handle, HostArgs, RawLibrary};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub fn echo() -> RawLibrary {
    RawLibrary::open(&super::support::echo_path()).unwrap()
}

pub fn faulty() -> RawLibrary {
    RawLibrary::open(&super::support::example_path("faulty_channel")).unwrap()
}

/// An instance that is polled.
pub fn pull(library: &RawLibrary) -> Handle {
    let (handle, outcome) = library.init(&HostArgs::pull(), "{}", ErrorArg::default());
    assert_eq!(outcome.status, abi::OC_OK, "{outcome:?}");
    handle
}

/// An instance that calls back.
pub fn push(library: &RawLibrary, callbacks: Callbacks) -> (Handle, Arc<Callbacks>) {
    let callbacks = Arc::new(callbacks);
    let (handle, outcome) =
        library.init(&HostArgs::push(callbacks.clone()), r#"{"log":{"level":"trace"}}"#, ErrorArg::default());
    assert_eq!(outcome.status, abi::OC_OK, "{outcome:?}");
    (handle, callbacks)
}

/// The next delivery, which must come within ten seconds.
pub fn next(library: &RawLibrary, handle: Handle) -> Value {
    let polled = library.poll(handle, 10_000);
    assert_eq!(polled.status, abi::OC_OK, "nothing came");
    serde_json::from_str(&polled.json.unwrap()).unwrap()
}

/// Everything that is there now.
pub fn drain(library: &RawLibrary, handle: Handle) -> Vec<Value> {
    let mut all = Vec::new();
    while let Some(json) = library.poll(handle, 0).json {
        all.push(serde_json::from_str(&json).unwrap());
    }
    all
}

/// Make a request and wait for its completion; events meanwhile are dropped.
pub fn ask(library: &RawLibrary, handle: Handle, request_id: u64, json: &str) -> Value {
    assert_eq!(library.handle(handle, request_id, json).status, abi::OC_PENDING);
    loop {
        let next = next(library, handle);
        if next["kind"] == "completion" && next["request_id"] == request_id {
            return next;
        }
    }
}

/// Start the account and fill the event queue, so that further sends stay pending. Returns how many were sent with
/// ids from 1 on; at least one of them is not answered yet.
pub fn congest(library: &RawLibrary, handle: Handle) -> u64 {
    ask(library, handle, 1_000_000, r#"{"type":"account.start"}"#);
    let sends = 300;
    for id in 1..=sends {
        assert_eq!(library.send(handle, id, r#"{"target":"room:full","text":"x"}"#).status, abi::OC_PENDING);
    }
    std::thread::sleep(Duration::from_millis(200));
    sends
}

/// Wait until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "not in ten seconds: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ids and statuses of completions, as a push host hears them.
pub type Book = Arc<Mutex<Vec<(u64, i32)>>>;

/// Callbacks that keep a book of completions.
pub fn bookkeeping() -> (Book, Callbacks) {
    let book = Book::default();
    let writer = book.clone();
    let callbacks =
        Callbacks::default().on_complete(move |id, status, _| writer.lock().unwrap().push((id, status)));
    (book, callbacks)
}
