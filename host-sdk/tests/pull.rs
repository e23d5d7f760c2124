//! Pull mode over the bare C ABI: poll and its descriptor.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, ErrorArg, HostArgs, readable};
use std::time::{Duration, Instant};

const STATUS: &str = r#"{"type":"status.get"}"#;
const NOW: Duration = Duration::ZERO;

#[test]
#[cfg(unix)]
fn the_descriptor_is_readable_exactly_while_something_waits() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let descriptor = echo.wake_fd(handle);
    assert!(descriptor >= 0);
    for round in 0..50 {
        assert!(!readable(descriptor, NOW), "round {round}: readable, but there is nothing");
        for id in 0..3 {
            assert_eq!(echo.handle(handle, round * 10 + id, STATUS).status, abi::OC_PENDING);
        }
        for left in (0..3).rev() {
            assert!(readable(descriptor, Duration::from_secs(5)), "round {round}: not readable");
            assert_eq!(echo.poll(handle, 0).status, abi::OC_OK);
            assert_eq!(readable(descriptor, NOW), left > 0, "round {round}, {left} left");
        }
        assert_eq!(echo.poll(handle, 0).status, abi::OC_EMPTY);
    }
    echo.destroy(handle);
}

#[test]
fn poll_waits_as_long_as_it_was_told_and_no_longer() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let start = Instant::now();
    assert_eq!(echo.poll(handle, 0).status, abi::OC_EMPTY);
    assert!(start.elapsed() < Duration::from_millis(100));
    let start = Instant::now();
    let polled = echo.poll(handle, 120);
    assert_eq!((polled.status, polled.json), (abi::OC_EMPTY, None));
    assert!(start.elapsed() >= Duration::from_millis(120) && start.elapsed() < Duration::from_secs(3));
    echo.destroy(handle);
}

#[test]
fn a_waiting_poll_ends_when_something_comes_and_when_the_instance_stops() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| echo.poll(handle, 10_000));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(echo.handle(handle, 1, STATUS).status, abi::OC_PENDING);
        assert_eq!(waiter.join().unwrap().status, abi::OC_OK);
        let waiters: Vec<_> = (0..3).map(|_| scope.spawn(|| echo.poll(handle, 10_000))).collect();
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(echo.shutdown(handle, 0).status, abi::OC_OK);
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap().status, abi::OC_E_CLOSED);
        }
    });
    echo.destroy(handle);
}

#[test]
fn after_shutdown_what_waits_can_be_fetched_and_then_it_is_closed() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let sends = with::congest(&echo, handle);
    assert_eq!(echo.shutdown(handle, 0).status, abi::OC_OK);
    let all = with::drain(&echo, handle);
    let completions = all.iter().filter(|it| it["kind"] == "completion").count() as u64;
    let events = all.iter().filter(|it| it["kind"] == "event").count();
    assert_eq!(completions, sends);
    assert!(events >= 200, "{events} events");
    assert_eq!(echo.poll(handle, 0).status, abi::OC_E_CLOSED);
    assert_eq!(echo.poll(handle, 5_000).status, abi::OC_E_CLOSED);
    assert!(!readable(echo.wake_fd(handle), NOW));
    echo.destroy(handle);
}

#[test]
fn completions_come_before_events_and_events_keep_their_order() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    with::ask(&echo, handle, 1, r#"{"type":"account.start"}"#);
    with::drain(&echo, handle);
    let mut events = Vec::new();
    for id in 10..40 {
        let message = format!(r#"{{"target":"room:a","text":"{id}"}}"#);
        assert_eq!(echo.send(handle, id, &message).status, abi::OC_PENDING);
        // One after the other: the echo channel runs sends side by side.
        events.extend((0..2).map(|_| with::next(&echo, handle)).filter(|it| it["kind"] == "event"));
    }
    let texts: Vec<_> = events.iter().map(|it| it["event"]["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, (10..40).map(|id| id.to_string()).collect::<Vec<_>>());

    // An event that came first waits for the completions that came later.
    assert_eq!(echo.send(handle, 50, r#"{"target":"room:a"}"#).status, abi::OC_PENDING);
    std::thread::sleep(Duration::from_millis(200));
    for id in 51..54 {
        assert_eq!(echo.handle(handle, id, STATUS).status, abi::OC_PENDING);
    }
    let kinds: Vec<_> =
        with::drain(&echo, handle).iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["completion", "completion", "completion", "completion", "event"]);
    echo.destroy(handle);
}

#[test]
fn several_pollers_get_each_delivery_once() {
    let echo = with::echo();
    let handle = with::pull(&echo);
    let mut ids: Vec<u64> = std::thread::scope(|scope| {
        let pollers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut ids = Vec::new();
                    while let Some(json) = echo.poll(handle, 500).json {
                        let delivery: serde_json::Value = serde_json::from_str(&json).unwrap();
                        ids.push(delivery["request_id"].as_u64().unwrap());
                    }
                    ids
                })
            })
            .collect();
        for id in 0..500 {
            assert_eq!(echo.handle(handle, id, STATUS).status, abi::OC_PENDING);
        }
        pollers.into_iter().flat_map(|poller| poller.join().unwrap()).collect()
    });
    ids.sort_unstable();
    assert_eq!(ids, (0..500).collect::<Vec<_>>());
    echo.destroy(handle);
}

#[test]
fn an_instance_that_pushes_cannot_be_polled_and_has_no_descriptor() {
    let echo = with::echo();
    let (handle, _) = with::push(&echo, Callbacks::default());
    assert_eq!(echo.poll(handle, 0).status, abi::OC_E_NOT_SUPPORTED);
    assert_eq!(echo.wake_fd(handle), -1);
    echo.destroy(handle);
    assert_eq!(echo.poll(handle, 0).status, abi::OC_E_CLOSED);
    assert_eq!(echo.wake_fd(handle), -1);
}

#[test]
#[cfg(debug_assertions)]
fn log_records_come_by_poll_when_that_was_asked_for() {
    let echo = with::echo();
    for (init, wanted) in [(r#"{"log":{"poll":true}}"#, true), ("{}", false)] {
        let (handle, _) = echo.init(&HostArgs::pull(), init, ErrorArg::default());
        let done = echo.handle(handle, 1, r#"{"type":"test.panic"}"#);
        assert_eq!(done.status, abi::OC_PENDING);
        let all = with::drain(&echo, handle);
        assert_eq!(all[0]["status"], abi::OC_E_PANIC);
        assert_eq!(all.iter().any(|it| it["kind"] == "log" && it["level"] == "error"), wanted, "{all:?}");
        echo.destroy(handle);
    }
}

#[test]
fn several_threads_may_poll_and_each_delivery_reaches_exactly_one_of_them() {
    const MESSAGES: usize = 200;
    let echo = with::echo();
    let handle = with::pull(&echo);
    assert_eq!(echo.handle(handle, 1, r#"{"type":"account.start"}"#).status, abi::OC_PENDING);
    let start = Instant::now();
    let got = std::thread::scope(|scope| {
        let pollers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    // Long enough that a delivery which waits for a time limit to pass would show.
                    while let Some(json) = echo.poll(handle, 3_000).json {
                        mine.push(json);
                    }
                    mine
                })
            })
            .collect();
        for id in 0..MESSAGES {
            let message = format!(r#"{{"target":"room:a","text":"m{id}."}}"#);
            assert_eq!(echo.send(handle, 100 + id as u64, &message).status, abi::OC_PENDING);
        }
        pollers.into_iter().flat_map(|poller| poller.join().unwrap()).collect::<Vec<_>>()
    });
    // All of it came at once, and then each thread waited in vain one time.
    assert!(start.elapsed() < Duration::from_millis(5_500), "{:?}", start.elapsed());
    for id in 0..MESSAGES {
        let text = format!(r#""text":"m{id}.""#);
        let events =
            got.iter().filter(|json| json.contains("inbound.message") && json.contains(&text)).count();
        assert_eq!(events, 1, "{text}");
    }
    echo.destroy(handle);
}
