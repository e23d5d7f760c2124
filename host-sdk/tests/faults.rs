//! A plugin whose channel does everything wrong still keeps the promises of the header.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/raw.rs"]
mod with;

use host_sdk::abi;
use host_sdk::host::raw::{Callbacks, ErrorArg, HostArgs};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn say(target: &str) -> String {
    format!(r#"{{"target":"{target}"}}"#)
}

#[test]
fn a_panic_in_init_is_an_error_and_leaves_nothing_behind() {
    let faulty = with::faulty();
    let init = r#"{"config":{"fault":"panic"}}"#;
    let (handle, outcome) = faulty.init(&HostArgs::pull(), init, ErrorArg::default());
    assert!(handle.is_null());
    assert_eq!(outcome.status, abi::OC_E_PANIC);
    assert!(outcome.message().contains("open panics at ") && outcome.message().contains("please report"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_init_does_not_end_a_host_that_runs_on_tokio() {
    let faulty = with::faulty();
    let init = r#"{"config":{"fault":"panic"}}"#;
    let (_, outcome) = faulty.init(&HostArgs::pull(), init, ErrorArg::default());
    assert_eq!(outcome.status, abi::OC_E_PANIC);
}

#[test]
fn a_failed_init_tells_no_secret_and_never_calls_back_later() {
    let faulty = with::faulty();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = lines.clone();
    let callbacks = Callbacks::default().on_log(move |_, line| writer.lock().unwrap().push(line.to_owned()));
    let callbacks = Arc::new(callbacks);
    let init = r#"{"config":{"fault":"error"}}"#;
    let (_, outcome) = faulty.init(&HostArgs::push(callbacks.clone()), init, ErrorArg::default());
    assert_eq!(outcome.status, abi::OC_E_CONFIG);
    let error = outcome.error.unwrap();
    assert_eq!(error.message, "the token [secret] is no good");
    assert!(!error.detail_json.contains("s3cr3t"));
    let calls = callbacks.calls();
    assert_eq!(*lines.lock().unwrap(), ["the token is [secret] and this is no second line"]);
    // The thread that nobody can stop wakes up and wants to log.
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(callbacks.calls(), calls, "a callback after init had failed");
}

#[test]
fn requests_that_panic_or_are_dropped_end_all_the_same() {
    let faulty = with::faulty();
    let handle = with::pull(&faulty);
    for (id, target, status) in [(1, "panic", abi::OC_E_PANIC), (2, "drop", abi::OC_E_INTERNAL)] {
        assert_eq!(faulty.send(handle, id, &say(target)).status, abi::OC_PENDING);
        let done = with::next(&faulty, handle);
        assert_eq!((done["request_id"].as_u64(), done["status"].as_i64()), (Some(id), Some(status.into())));
        assert!(!done.to_string().contains("s3cr3t"), "{done}");
    }
    let answer = faulty.query(r#"{"type":"capabilities"}"#);
    assert_eq!(answer.status, abi::OC_E_PANIC);
    assert!(answer.json.unwrap().contains("no query without a panic"));
    faulty.destroy(handle);
}

#[test]
fn an_answer_that_comes_after_the_cancel_changes_nothing() {
    let faulty = with::faulty();
    let handle = with::pull(&faulty);
    assert_eq!(faulty.send(handle, 5, &say("keep")).status, abi::OC_PENDING);
    assert_eq!(faulty.handle(handle, 6, r#"{"type":"cancel","request_id":5}"#).status, abi::OC_PENDING);
    let statuses: Vec<_> = with::drain(&faulty, handle).iter().map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, [abi::OC_E_CANCELLED, abi::OC_OK]);
    // The id is free; the channel still has the old responder.
    assert_eq!(faulty.send(handle, 5, &say("keep")).status, abi::OC_PENDING);
    assert_eq!(faulty.send(handle, 7, &say("answer")).status, abi::OC_PENDING);
    let mut answers: Vec<_> =
        with::drain(&faulty, handle).iter().map(|it| it["request_id"].as_u64().unwrap()).collect();
    answers.sort_unstable();
    assert_eq!(answers, [5, 7], "each once");
    faulty.destroy(handle);
}

#[test]
fn secrets_are_cut_out_of_events_and_results_in_both_modes() {
    let faulty = with::faulty();
    let handle = with::pull(&faulty);
    assert_eq!(faulty.send(handle, 1, &say("leak")).status, abi::OC_PENDING);
    let polled = [with::next(&faulty, handle), with::next(&faulty, handle)].map(|it| it.to_string()).concat();
    faulty.destroy(handle);
    let heard = Arc::new(Mutex::new(String::new()));
    let (events, results) = (heard.clone(), heard.clone());
    let callbacks = Callbacks::default()
        .on_event(move |json| {
            events.lock().unwrap().push_str(json);
            abi::OC_OK
        })
        .on_complete(move |_, _, json| results.lock().unwrap().push_str(json));
    let (handle, _) = with::push(&faulty, callbacks);
    assert_eq!(faulty.send(handle, 1, &say("leak")).status, abi::OC_PENDING);
    with::eventually("both", || heard.lock().unwrap().matches("[secret]").count() == 2);
    faulty.destroy(handle);
    for text in [polled, heard.lock().unwrap().clone()] {
        assert!(text.contains("heard [secret]") && text.contains(r#""said":"[secret]""#), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

#[test]
fn work_that_ignores_the_shutdown_is_completed_for_it_and_never_heard_of_again() {
    let faulty = with::faulty();
    let (book, callbacks) = with::bookkeeping();
    let (handle, callbacks) = with::push(&faulty, callbacks);
    assert_eq!(faulty.send(handle, 1, &say("stuck")).status, abi::OC_PENDING);
    assert_eq!(faulty.send(handle, 2, &say("keep")).status, abi::OC_PENDING);
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    assert_eq!(faulty.shutdown(handle, 100).status, abi::OC_OK);
    assert!(start.elapsed() < Duration::from_millis(1_300), "{:?}", start.elapsed());
    let mut told = book.lock().unwrap().clone();
    told.sort_unstable();
    assert_eq!(told, [(1, abi::OC_E_CANCELLED), (2, abi::OC_E_CANCELLED)]);
    let calls = callbacks.calls();
    std::thread::sleep(Duration::from_millis(1_700));
    assert_eq!(callbacks.calls(), calls, "a callback after shutdown had returned");
    faulty.destroy(handle);
}
