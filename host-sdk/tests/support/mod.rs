//! The echo channel, as a host finds it.
#![allow(dead_code, unreachable_pub)]

use host_sdk::host::{Events, Instance, Library, LogLine};
use host_sdk::protocol::{Event, HandleRequest, InboundMessage, Init};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where cargo put the echo example.
pub fn echo_path() -> PathBuf {
    example_path("echo_channel")
}

/// Where cargo put an example: beside the test binaries' folder.
pub fn example_path(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let profile = exe.ancestors().nth(2).unwrap();
    let name = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = profile.join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is missing: cargo test builds it, or build it with `cargo build -p host-sdk --examples`",
        path.display()
    );
    path
}

/// Loads the echo channel.
pub fn echo() -> Library {
    Library::open(echo_path()).unwrap()
}

/// Collects log records.
pub fn log_book() -> (Arc<Mutex<Vec<LogLine>>>, host_sdk::host::LogHook) {
    let book = Arc::new(Mutex::new(Vec::new()));
    let writer = book.clone();
    (book, Arc::new(move |line| writer.lock().unwrap().push(line)))
}

/// An instance whose account is started, with the status event read.
pub async fn started() -> (Instance, Events) {
    let (instance, mut events) = echo().instance(&Init::default(), None).unwrap();
    instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    assert!(matches!(next(&mut events).await, Event::StatusChanged(status) if status.connected));
    (instance, events)
}

/// The next event; fails when none comes in ten seconds.
pub async fn next(events: &mut Events) -> Event {
    tokio::time::timeout(Duration::from_secs(10), events.next()).await.expect("an event in time").unwrap()
}

/// The next event, which must be a message.
pub async fn next_message(events: &mut Events) -> InboundMessage {
    match next(events).await {
        Event::InboundMessage(message) => *message,
        other => panic!("expected a message, got {other:?}"),
    }
}
