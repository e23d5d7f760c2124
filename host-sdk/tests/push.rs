//! A Rust host and the echo channel, over the C ABI in push mode.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use host_sdk::protocol::{Acknowledge, ErrorCode, HandleRequest, Init, Outbound, QueryRequest};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_the_room_comes_back_as_an_event_and_a_receipt() {
    let (instance, mut events) = support::started().await;
    let hello =
        Outbound { target: "room:lobby".to_owned(), text: " hello ".to_owned(), ..Outbound::default() };
    let receipt = instance.send(&hello).await.unwrap();
    let heard = support::next_message(&mut events).await;
    assert_eq!(heard.message_id, receipt.message_id);
    assert_eq!((heard.text.as_str(), heard.raw_text.as_str()), ("hello", " hello "));
    let ack = HandleRequest::InboundAck(Acknowledge { event_id: heard.event_id });
    assert_eq!(instance.handle(&ack).await.unwrap()["settled"], true);
    instance.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_read_stops_the_events_and_gets_every_one_later() {
    let (instance, mut events) = support::started().await;
    let sends = 1_000;
    let sender = tokio::spawn({
        let instance = instance.clone();
        async move {
            for number in 0..sends {
                let message = Outbound {
                    target: "room:flood".to_owned(),
                    text: number.to_string(),
                    ..Outbound::default()
                };
                instance.send(&message).await.unwrap();
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sender.is_finished(), "1 000 events fitted into queues that should be bounded");
    for number in 0..sends {
        assert_eq!(support::next_message(&mut events).await.text, number.to_string());
    }
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_target_is_refused_by_name() {
    let (instance, _events) = support::started().await;
    let message = Outbound { target: "lobby".to_owned(), ..Outbound::default() };
    let error = instance.send(&message).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("target")));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_shutdown_requests_are_refused_and_a_second_shutdown_is_harmless() {
    let (instance, mut events) = support::started().await;
    instance.shutdown(Duration::from_secs(5)).await.unwrap();
    instance.shutdown(Duration::from_secs(5)).await.unwrap();
    let error = instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Closed);
    drop(instance);
    assert!(events.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(debug_assertions)]
async fn a_panic_ends_its_request_with_its_place_and_the_channel_goes_on() {
    let (book, log) = support::log_book();
    let (instance, _events) = support::echo().instance(&Init::default(), Some(log)).unwrap();
    let error = instance.handle(&HandleRequest::TestPanic).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Panic);
    assert!(error.message.contains("instance.rs:"), "{}", error.message);
    assert!(book.lock().unwrap().iter().any(|line| line.message.contains("panicked")));
    instance.handle(&HandleRequest::StatusGet(Default::default())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_of_one_library_do_not_hear_each_other() {
    let (first, mut first_events) = support::started().await;
    let (second, mut second_events) = support::started().await;
    let say =
        |text: &str| Outbound { target: "room:a".to_owned(), text: text.to_owned(), ..Outbound::default() };
    first.send(&say("one")).await.unwrap();
    second.send(&say("two")).await.unwrap();
    assert_eq!(support::next_message(&mut first_events).await.text, "one");
    assert_eq!(support::next_message(&mut second_events).await.text, "two");
}

#[test]
fn a_query_needs_no_instance_and_no_runtime() {
    let library = support::echo();
    let answer = library.query(&QueryRequest::Capabilities {}).unwrap();
    assert_eq!(answer["id"], "echo");
    assert!(library.info().layout_checked);
    let wrong = QueryRequest::TargetsParse { target: "nowhere".to_owned() };
    assert_eq!(library.query(&wrong).unwrap_err().field.as_deref(), Some("target"));
}
