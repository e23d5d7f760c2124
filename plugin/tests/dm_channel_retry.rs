//! How often the opening of a direct channel is tried.

mod support;

use host_sdk::host::{Events, Instance};
use host_sdk::protocol::{ErrorCode, Outbound};
use mattermost_sim::{Instead, Options};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::World;

const DIRECT: &str = "/channels/direct";

fn to_alice() -> Outbound {
    Outbound { target: "@alice".to_owned(), text: "hello".to_owned(), ..Outbound::default() }
}

/// A world, and a short-lived process beside it, with this `dmChannelRetry`.
async fn world(retry: Value) -> (World, Instance, Events) {
    let world = World::with(Options::default(), json!({ "dmChannelRetry": retry })).await;
    let (client, events) = support::client(world.life.config.clone());
    world.sim.clear_requests();
    (world, client, events)
}

/// The answers to what wanted to open a direct channel.
fn answers(world: &World) -> Vec<u16> {
    let asked = world.sim.requests().into_iter().filter(|one| one.path.ends_with(DIRECT));
    asked.map(|one| one.status).collect()
}

// covers: R08, R10
#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_tried_again_after_growing_waits() {
    let (world, client, _events) = world(json!({ "initialDelayMs": 100, "maxDelayMs": 1000 })).await;
    world.sim.faults().instead(DIRECT, &[Instead::Status(503), Instead::Status(503)]);
    let began = Instant::now();
    client.send(&to_alice()).await.unwrap();
    // 100 to 200, then 200 to 400 milliseconds, and what three calls take.
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(2_600), "{took:?}");
    assert_eq!(answers(&world), [503, 503, 201]);
}

// covers: R08
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_to_slow_down_is_waited_for_as_long_as_it_says() {
    let (world, client, _events) = world(json!({ "initialDelayMs": 100, "maxDelayMs": 1000 })).await;
    world.sim.faults().instead(DIRECT, &[Instead::Limited(2)]);
    let began = Instant::now();
    client.send(&to_alice()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(answers(&world), [429, 201]);
}

// covers: R09
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_tried_again_by_anybody() {
    let (world, client, _events) = world(json!({ "initialDelayMs": 100 })).await;
    for (status, code) in
        [(400, ErrorCode::InvalidArgument), (403, ErrorCode::Forbidden), (404, ErrorCode::NotFound)]
    {
        for instance in [&client, &world.instance] {
            world.sim.clear_requests();
            world.sim.faults().instead(DIRECT, &[Instead::Status(status); 4]);
            let error = instance.send(&to_alice()).await.unwrap_err();
            assert_eq!((error.code, error.http_status), (code, Some(status)));
            assert_eq!(answers(&world), [status]);
        }
    }
}

// covers: R11
#[tokio::test(flavor = "multi_thread")]
async fn a_try_without_an_answer_ends_in_time_and_is_made_again() {
    let (world, client, _events) =
        world(json!({ "initialDelayMs": 100, "maxDelayMs": 1000, "timeoutMs": 5000 })).await;
    world.sim.faults().instead(DIRECT, &[Instead::Silence]);
    let began = Instant::now();
    client.send(&to_alice()).await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_lived_process_tries_as_often_as_it_is_told_and_shows_the_last_error() {
    for (retries, tries) in [(0, 1), (2, 3)] {
        let (world, client, _events) =
            world(json!({ "maxRetries": retries, "initialDelayMs": 100, "maxDelayMs": 1000 })).await;
        world.sim.faults().instead(DIRECT, &[Instead::Status(502); 20]);
        let error = client.send(&to_alice()).await.unwrap_err();
        assert_eq!((error.http_status, error.retryable), (Some(502), true));
        assert_eq!(answers(&world), vec![502; tries]);
    }
}

// A gateway loses no message through an outage: when the tries are used up the delivery stays and is tried again after
// a longer wait, as any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_keeps_the_message_when_the_tries_are_used_up() {
    let (world, _client, _events) = world(json!({ "maxRetries": 1, "initialDelayMs": 100 })).await;
    world.sim.faults().instead(DIRECT, &[Instead::Status(503); 3]);
    let began = Instant::now();
    world.instance.send(&to_alice()).await.unwrap();
    assert_eq!(answers(&world), [503, 503, 503, 201]);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(world.answers(&world.dm("alice")).len(), 1);
}

// `maxRetries` is about direct channels only: posts have their own policy. It is a better one than none, because a post
// that is sent again is recognised and stands once.
// covers: R12
#[tokio::test(flavor = "multi_thread")]
async fn posts_are_tried_again_whatever_is_said_of_direct_channels() {
    let (world, client, _events) = world(json!({ "maxRetries": 0 })).await;
    world.sim.faults().instead("/posts", &[Instead::Status(503), Instead::Status(503)]);
    client.send(&to_alice()).await.unwrap();
    assert_eq!(answers(&world), [201]);
    assert_eq!(world.answers(&world.dm("alice")).len(), 1);
}
