//! Exactly one completion for each request, whatever happens around it.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, Handle, RawLibrary};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const STATUS: &str = r#"{"type":"status.get"}"#;
const SAY: &str = r#"{"target":"room:a","text":"x"}"#;

/// Eight threads make requests of all kinds until the instance is closed; returns the ids that were accepted.
fn hammer(library: &RawLibrary, handle: Handle, then: impl FnOnce()) -> HashSet<u64> {
    let accepted = Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let accepted = &accepted;
            scope.spawn(move || {
                for number in 0.. {
                    let id = thread * 1_000_000 + number;
                    let outcome = match number % 4 {
                        0 => library.handle(handle, id, STATUS),
                        1 => {
                            let cancel =
                                format!(r#"{{"type":"cancel","request_id":{}}}"#, id.saturating_sub(2));
                            library.handle(handle, id, &cancel)
                        }
                        _ => library.send(handle, id, SAY),
                    };
                    match outcome.status {
                        abi::OC_PENDING => drop(accepted.lock().unwrap().insert(id)),
                        abi::OC_E_BUSY => std::thread::sleep(Duration::from_millis(1)),
                        abi::OC_E_CLOSED => return,
                        other => panic!("status {other}: {outcome:?}"),
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_millis(300));
        then();
    });
    accepted.into_inner().unwrap()
}

fn assert_each_once(accepted: &HashSet<u64>, completed: &[u64]) {
    let mut times: HashMap<u64, usize> = HashMap::new();
    for id in completed {
        *times.entry(*id).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let told: HashSet<u64> = times.into_keys().collect();
    assert!(accepted.len() > 100, "only {} were accepted", accepted.len());
    let (lost, unasked) = (accepted.difference(&told).count(), told.difference(accepted).count());
    assert_eq!((lost, unasked), (0, 0), "lost and unasked");
}

#[test]
fn pushed_each_request_ends_once_also_when_a_shutdown_comes_between() {
    let echo = with::echo();
    let (book, callbacks) = with::bookkeeping();
    let (handle, callbacks) = with::push(&echo, callbacks);
    assert_eq!(echo.handle(handle, 99_000_000, r#"{"type":"account.start"}"#).status, abi::OC_PENDING);
    let mut after = 0;
    let mut accepted = hammer(&echo, handle, || {
        assert_eq!(echo.shutdown(handle, 100).status, abi::OC_OK);
        after = callbacks.calls();
    });
    accepted.insert(99_000_000);
    assert_eq!(callbacks.calls(), after, "callbacks after shutdown had returned");
    assert_each_once(&accepted, &book.lock().unwrap().iter().map(|(id, _)| *id).collect::<Vec<_>>());
    echo.destroy(handle);
}

#[test]
fn polled_each_request_ends_once_also_when_a_shutdown_comes_between() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let completed = Mutex::new(Vec::new());
    let accepted = std::thread::scope(|scope| {
        let poller = scope.spawn(|| {
            loop {
                let polled = echo.poll(handle, 1_000);
                let Some(json) = polled.json else {
                    assert_eq!(polled.status, abi::OC_E_CLOSED);
                    return;
                };
                let delivery: serde_json::Value = serde_json::from_str(&json).unwrap();
                if delivery["kind"] == "completion" {
                    completed.lock().unwrap().push(delivery["request_id"].as_u64().unwrap());
                }
            }
        });
        let accepted = hammer(&echo, handle, || assert_eq!(echo.shutdown(handle, 100).status, abi::OC_OK));
        poller.join().unwrap();
        accepted
    });
    assert_each_once(&accepted, &completed.into_inner().unwrap());
    echo.destroy(handle);
}

#[test]
fn an_id_that_is_pending_is_refused_and_its_request_goes_on() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    assert_eq!(echo.handle(handle, 7, STATUS).status, abi::OC_PENDING);
    for again in [echo.handle(handle, 7, STATUS), echo.send(handle, 7, SAY)] {
        assert_eq!(again.status, abi::OC_E_INVALID_ARGUMENT);
        assert!(again.message().contains("request id 7"), "{again:?}");
    }
    assert_eq!(with::next(&echo, handle)["status"], abi::OC_OK);
    assert_eq!(echo.poll(handle, 0).status, abi::OC_EMPTY);
    assert_eq!(echo.handle(handle, 7, STATUS).status, abi::OC_PENDING, "the id is free again");
    echo.destroy(handle);
}

#[test]
fn a_cancelled_request_ends_as_cancelled_and_a_finished_one_cannot_be_cancelled() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    // Which of them wait for room is the scheduler's choice; the others have ended, unfetched.
    let sends = with::congest(&echo, handle);
    for id in 1..=sends {
        let cancel = format!(r#"{{"type":"cancel","request_id":{id}}}"#);
        assert_eq!(echo.handle(handle, 10_000 + id, &cancel).status, abi::OC_PENDING);
    }
    let ends: HashMap<u64, serde_json::Value> = (0..2 * sends)
        .map(|_| with::next(&echo, handle))
        .map(|it| (it["request_id"].as_u64().expect("completions come before events"), it))
        .collect();
    let mut cancelled = 0;
    for id in 1..=sends {
        let done = ends[&(10_000 + id)]["result"]["cancelled"].as_bool().unwrap();
        let status = if done { abi::OC_E_CANCELLED } else { abi::OC_OK };
        assert_eq!(ends[&id]["status"], status, "request {id}, cancelled {done}");
        cancelled += usize::from(done);
    }
    assert!(cancelled > 10 && cancelled < 100, "{cancelled} of {sends} were waiting");
    for (id, request) in [(5_001, 123_456), (5_002, 5_002), (5_003, 1)] {
        let done = with::ask(&echo, handle, id, &format!(r#"{{"type":"cancel","request_id":{request}}}"#));
        assert_eq!(done["result"]["cancelled"], false, "{done}");
    }
    echo.destroy(handle);
}

#[test]
fn when_too_much_is_pending_the_host_is_told_busy_and_nothing_is_lost() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let mut accepted = 0_u64;
    let refused = loop {
        let outcome = echo.handle(handle, accepted, STATUS);
        if outcome.status != abi::OC_PENDING {
            break outcome;
        }
        accepted += 1;
        assert!(accepted < 100_000, "a host that does not poll fills the memory");
    };
    assert_eq!(refused.status, abi::OC_E_BUSY);
    assert_eq!(refused.error.unwrap().flags, abi::OC_ERROR_RETRYABLE);
    let cancel = echo.handle(handle, 900_000, r#"{"type":"cancel","request_id":1}"#);
    assert_eq!(cancel.status, abi::OC_PENDING, "a cancel has room of its own");
    let all = with::drain(&echo, handle);
    assert_eq!(all.len() as u64, accepted + 1);
    assert!(all.iter().zip(0..accepted).all(|(it, id)| it["request_id"] == id && it["status"] == 0));
    assert_eq!(echo.handle(handle, 1, STATUS).status, abi::OC_PENDING, "there is room again");
    echo.destroy(handle);
}

#[test]
fn an_event_that_a_busy_host_refused_is_offered_again_in_order() {
    static REFUSALS: AtomicUsize = AtomicUsize::new(0);
    let echo = with::echo();
    let heard = std::sync::Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let callbacks = Callbacks::default().on_event(move |json| {
        // Every event is refused twice.
        if REFUSALS.fetch_add(1, Ordering::SeqCst) % 3 < 2 {
            return abi::OC_E_BUSY;
        }
        ears.lock().unwrap().push(serde_json::from_str::<serde_json::Value>(json).unwrap());
        abi::OC_OK
    });
    let (handle, _) = with::push(&echo, callbacks);
    let _ = echo.handle(handle, 1, r#"{"type":"account.start"}"#);
    with::eventually("the start", || heard.lock().unwrap().len() == 1);
    for number in 0..10_usize {
        let message = format!(r#"{{"target":"room:a","text":"{number}"}}"#);
        assert_eq!(echo.send(handle, 10 + number as u64, &message).status, abi::OC_PENDING);
        with::eventually("the event", || heard.lock().unwrap().len() == number + 2);
    }
    let texts: Vec<_> =
        heard.lock().unwrap()[1..].iter().map(|it| it["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    echo.destroy(handle);
}

#[test]
fn a_host_that_is_always_busy_still_gets_completions_and_can_shut_down() {
    let echo = with::echo();
    let (book, callbacks) = with::bookkeeping();
    let (handle, _) = with::push(&echo, callbacks.on_event(|_| abi::OC_E_BUSY));
    let _ = echo.handle(handle, 1, r#"{"type":"account.start"}"#);
    for id in 2..400 {
        assert_eq!(echo.send(handle, id, SAY).status, abi::OC_PENDING);
    }
    with::eventually("completions", || book.lock().unwrap().len() > 100);
    let start = Instant::now();
    assert_eq!(echo.shutdown(handle, 300).status, abi::OC_OK);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(book.lock().unwrap().len(), 399);
    echo.destroy(handle);
}
