//! A click that was answered has its effect, once, whatever becomes of the host in between.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::HandleRequest;
use serde_json::json;
use support::offers::{callback, click_of};
use support::{Stopped, World};

async fn world() -> World {
    World::reachable(true, |_| (json!({}), json!({}))).await
}

/// A new host on the same state. What it is owed it is told before it is connected.
async fn begins_again(stopped: Stopped) -> World {
    let world = stopped.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    world
}

// Thread 132840.
#[tokio::test]
async fn a_click_that_was_answered_before_a_crash_reaches_the_agent_after_it() {
    let world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    assert_eq!(world.clicks("alice", &offered, "yes").await.status, 200);
    // The host has read nothing of it yet.
    let mut world = begins_again(world.crash()).await;
    let message = world.hears().await;
    assert!(message.redelivered);
    assert_eq!(click_of(&message).label, "Yes");
    let answer = world.echo(&message).await;
    assert_eq!(world.post(&channel, &answer).channel_id, channel);

    let mut world = world.stop().await.start().await;
    world.hears_of_no_click().await;
}

#[tokio::test]
async fn after_a_crash_the_same_buttons_cannot_be_clicked_again() {
    let world = world().await;
    let offered = world.offers(&world.channel("general")).await;
    world.clicks("alerts", &offered, "yes").await;
    let context = world.stolen();
    // The post could not be changed before the crash: its buttons are still there.
    let path = format!("/posts/{}/patch", offered.id);
    world.sim.faults().instead(&path, &[mattermost_sim::Instead::Silence]);
    let alice = world.id("alice");
    let sim = &world.sim;
    let clicked =
        tokio::time::timeout(std::time::Duration::from_secs(1), sim.click(&alice, &offered.id, "yes"));
    assert!(clicked.await.is_err(), "the click is answered although the post cannot be changed");
    // The request holds the library until it gives up on the post.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let mut world = begins_again(world.crash()).await;
    let message = world.hears().await;
    assert_eq!(message.sender.username.as_deref(), Some("alice"));
    let again = callback(&world.id("bob"), &offered, context).to_string();
    let called = world.http().call("POST", "/mattermost/interactions/default", &[], &again).await;
    assert_eq!(called.status, 200);
    assert!(called.body.contains("@alice was first"), "{}", called.body);
    world.echo(&message).await;
    world.hears_of_no_click().await;
    assert_eq!(world.card(&offered), "✓ **Yes** selected by @alice", "the next process finishes the line");

    let world = world.stop().await.start().await;
    let called = world.http().call("POST", "/mattermost/interactions/default", &[], &again).await;
    assert!(called.body.contains("chosen here already"), "{}", called.body);
}

#[tokio::test]
async fn a_click_that_the_host_refuses_comes_again_and_is_answered_once() {
    let mut world = world().await;
    let channel = world.channel("general");
    let offered = world.offers(&channel).await;
    world.clicks("alice", &offered, "no").await;
    let first = world.hears().await;
    let refusal = host_sdk::protocol::Refuse {
        event_id: first.event_id.clone(),
        reason: "busy".to_owned(),
        give_up: false,
    };
    world.instance.handle(&HandleRequest::InboundNack(refusal)).await.unwrap();
    let again = world.hears().await;
    assert_eq!((again.event_id.clone(), again.redelivered), (first.event_id, true));
    world.echo(&again).await;
    let answers = world.answers(&channel);
    assert_eq!(answers.iter().filter(|post| post.message.starts_with("echo:")).count(), 1);
}
