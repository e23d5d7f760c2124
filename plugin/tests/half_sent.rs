//! A long message of which a part stands on the server when something changes where it is cut.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use host_sdk::protocol::{HandleRequest, Outbound, Reconcile};
use mattermost_sim::{Options, PostRecord};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::World;

/// Thirty numbered lines, some hundred characters each.
fn text() -> String {
    (0..30).map(|number| format!("line {number} {}\n", "words ".repeat(20))).collect()
}

fn lines(posts: &[PostRecord]) -> Vec<String> {
    posts.iter().flat_map(|post| post.message.lines()).map(|line| line.trim().to_owned()).collect()
}

fn expected() -> Vec<String> {
    text().lines().map(|line| line.trim().to_owned()).collect()
}

async fn until(fits: impl AsyncFn() -> bool) {
    let until = Instant::now() + support::PATIENCE;
    while !fits().await {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A world in which the first posts of a message stand and no more are taken.
async fn half_sent(limit: u64) -> (World, String, usize) {
    let world = World::begin(Options::default(), json!({ "textChunkLimit": limit }), json!({}), true).await;
    let dm = world.dm("alice");
    world.sim.faults().slow_posts(Duration::from_millis(150));
    let message = Outbound {
        target: format!("channel:{dm}"),
        text: text(),
        delivery_id: Some("d-1".to_owned()),
        buttons: Some(json!([[{"text": "Yes", "callback_data": "yes"}]])),
        ..Outbound::default()
    };
    let send = world.instance.send(&message);
    let two = async {
        until(async || world.answers(&dm).len() >= 2).await;
        world.sim.faults().refuse_posts(Some(503));
    };
    tokio::select! {
        sent = send => assert!(sent.is_err(), "it went out whole"),
        () = two => {}
    }
    // What was under way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let there = world.answers(&dm).len();
    (world, dm, there)
}

async fn delivered(world: &World) -> Value {
    let ask = Reconcile { delivery_id: "d-1".to_owned(), account_id: None };
    let ask = HandleRequest::DeliveryReconcile(ask);
    until(async || world.instance.handle(&ask).await.unwrap()["state"] == "sent").await;
    world.instance.handle(&ask).await.unwrap()["receipt"].clone()
}

async fn after_a_crash(before: u64, then: Value) -> (Vec<PostRecord>, usize) {
    let (world, dm, there) = half_sent(before).await;
    let config = world.changed(then);
    let mut stopped = world.crash();
    stopped.sim.faults().clear();
    stopped.life.config = config;
    let world = stopped.start().await;
    let receipt = delivered(&world).await;
    let posts = world.answers(&dm);
    let ids: Vec<&str> = posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(receipt["message_ids"], json!(ids));
    // However it is cut, its buttons are there once.
    let cards: Vec<bool> = posts.iter().map(|post| post.props.contains_key("attachments")).collect();
    assert!(cards[0] && cards[1..].iter().all(|card| !card), "{cards:?}");
    (posts, there)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_half_sent_goes_on_where_it_ended() {
    let (posts, there) = after_a_crash(600, json!({})).await;
    assert!(there >= 2 && posts.len() > there);
    assert_eq!(lines(&posts), expected());
    assert!(posts.iter().all(|post| post.edit_at == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_lost_or_repeated_when_the_limit_is_another_after_a_crash() {
    // Fewer posts, more, the same number in other places, and fewer than there are already.
    for limit in [1_500, 300, 620, 4_000] {
        let (posts, _) = after_a_crash(600, json!({ "textChunkLimit": limit })).await;
        assert_eq!(lines(&posts), expected(), "{limit}");
        assert!(posts.iter().all(|post| post.message.chars().count() <= limit));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_when_it_becomes_another_while_the_message_goes_out() {
    let (world, dm, _) = half_sent(600).await;
    world.reconfigure(world.changed(json!({ "textChunkLimit": 1_000 }))).await.unwrap();
    world.sim.faults().clear();
    delivered(&world).await;
    let posts = world.answers(&dm);
    assert_eq!(lines(&posts), expected());
    assert!(posts.iter().any(|post| post.message.chars().count() > 600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_there_whole_is_left_alone() {
    let world = World::begin(Options::default(), json!({ "textChunkLimit": 600 }), json!({}), true).await;
    let dm = world.dm("alice");
    let message = Outbound {
        target: format!("channel:{dm}"),
        text: text(),
        delivery_id: Some("d-1".to_owned()),
        ..Outbound::default()
    };
    let sent = world.instance.send(&message).await.unwrap();
    let config = world.changed(json!({ "textChunkLimit": 1_000 }));
    let mut stopped = world.stop().await;
    // The journal is lost; only the key is left.
    let state = stopped.life.state.as_ref().unwrap().path().join("mattermost");
    let other = tempfile::tempdir().unwrap();
    std::fs::create_dir(other.path().join("mattermost")).unwrap();
    std::fs::copy(state.join("delivery.key"), other.path().join("mattermost/delivery.key")).unwrap();
    stopped.life.state = Some(other);
    stopped.life.config = config;
    let world = stopped.start().await;
    let again = world.instance.send(&message).await.unwrap();
    assert_eq!(again.message_ids, sent.message_ids);
    assert_eq!(lines(&world.answers(&dm)), expected());
    assert!(world.answers(&dm).iter().all(|post| post.edit_at == 0));
}
