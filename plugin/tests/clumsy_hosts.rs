//! Hosts that stop, refuse and send at odd moments still answer once.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{HandleRequest, InboundMessage, Outbound, Refuse};
use std::time::Duration;
use support::World;

fn texts(world: &World, channel: &str) -> Vec<String> {
    world.answers(channel).into_iter().map(|post| post.message).collect()
}

/// Alice says hello, and the host has it.
async fn asked() -> (World, String, InboundMessage) {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    (world, dm, heard)
}

async fn refuse(world: &World, heard: &InboundMessage) {
    let event_id = heard.event_id.clone();
    let refused = Refuse { event_id, reason: "busy".to_owned(), give_up: false };
    world.instance.handle(&HandleRequest::InboundNack(refused)).await.unwrap();
}

async fn stop_and_start(world: &mut World) {
    world.instance.handle(&HandleRequest::AccountStop(Default::default())).await.unwrap();
    world.start().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_has_an_event_is_not_given_it_again_by_a_stop_and_start() {
    let (mut world, dm, heard) = asked().await;
    stop_and_start(&mut world).await;
    world.instance.send(&support::answer(&heard)).await.unwrap();
    world.settle(&heard).await;
    world.hears_nothing().await;
    assert_eq!(texts(&world, &dm), ["echo: hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_comes_once_more_and_not_twice_around_a_stop_and_start() {
    let (mut world, dm, heard) = asked().await;
    refuse(&world, &heard).await;
    stop_and_start(&mut world).await;
    let again = world.hears().await;
    assert!(again.redelivered && again.event_id == heard.event_id);
    world.instance.send(&support::answer(&again)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.settle(&again).await;
    world.hears_nothing().await;
    assert_eq!(texts(&world, &dm), ["echo: hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_after_the_refusal_is_the_answer() {
    let (mut world, dm, heard) = asked().await;
    refuse(&world, &heard).await;
    world.instance.send(&support::answer(&heard)).await.unwrap();
    let again = world.hears().await;
    assert!(world.instance.send(&support::answer(&again)).await.unwrap().repeated);
    assert_eq!(texts(&world, &dm), ["echo: hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_refused_is_not_counted_as_the_answer() {
    let (world, dm, heard) = asked().await;
    let empty = Outbound { text: " ".to_owned(), ..support::answer(&heard) };
    world.instance.send(&empty).await.unwrap_err();
    world.instance.send(&support::answer(&heard)).await.unwrap();
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.hears().await;
    assert!(world.instance.send(&support::answer(&again)).await.unwrap().repeated);
    assert_eq!(texts(&world, &dm), ["echo: hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_delivery_is_known_before_its_account_is_started() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    let message = Outbound {
        target: format!("channel:{dm}"),
        text: "one".to_owned(),
        delivery_id: Some("d-1".to_owned()),
        ..Outbound::default()
    };
    world.instance.send(&message).await.unwrap();
    let world = world.stop().await.open();
    assert!(world.instance.send(&message).await.unwrap().repeated);
    assert_eq!(texts(&world, &dm), ["one"]);
}
