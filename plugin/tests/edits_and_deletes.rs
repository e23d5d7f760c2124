//! What people change after they wrote it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::HandleRequest;
use mattermost_sim::Options;
use serde_json::{Map, json};
use std::time::Duration;
use support::{World, approved};

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_adds_the_mention_wakes_once_and_a_pin_or_a_button_never() {
    let mut world = World::lasting().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let post = world.says("bob", &general, "can you help?", "");
    world.until_ignored("not_mentioned", 1).await;
    world.sim.pin(&post.id, true).unwrap();
    let props: Map<String, serde_json::Value> =
        [("attachments".to_owned(), json!([{ "text": "@openclaw in a card" }]))].into_iter().collect();
    world.sim.patch_props(&post.id, props).unwrap();
    let other = world.says("bob", &general, "anybody?", "");
    world.until_ignored("not_mentioned", 2).await;
    world.sim.edit_as(&bob, &other.id, "anybody there?").unwrap();
    world.hears_nothing_in("bob", &general, "").await;
    let post = world.says("bob", &general, "and with this?", "");
    world.until_ignored("not_mentioned", 3).await;
    world.sim.edit_as(&bob, &post.id, "@openclaw and with this?").unwrap();
    let heard = world.hears().await;
    assert_eq!((heard.message_id.as_str(), heard.edited), (post.id.as_str(), true));
    world.echo(&heard).await;
    world.sim.edit_as(&bob, &post.id, "@openclaw and with that?").unwrap();
    world.sim.pin(&post.id, true).unwrap();
    world.hears_nothing_in("bob", &general, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_by_somebody_who_is_not_heard_wakes_nobody() {
    let mut world = World::knowing(
        |seed| json!({ "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")] }),
    )
    .await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let post = world.says("bob", &general, "not for the bot", "");
    world.until_ignored("group_policy_not_allowlisted", 1).await;
    world.sim.edit_as(&bob, &post.id, "@openclaw now it is").unwrap();
    world.until_ignored("group_policy_not_allowlisted", 2).await;
    world.hears_nothing_in("alice", &general, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_deleted_while_it_waits_for_more_is_not_heard() {
    let around = json!({ "messages": { "inbound": { "byChannel": { "mattermost": 1000 } } } });
    let mut world = World::begin(Options::default(), json!({}), around, true).await;
    let (dm, alice) = (world.dm("alice"), world.id("alice"));
    world.says("alice", &dm, "first", "");
    let gone = world.says("alice", &dm, "a slip", "");
    world.says("alice", &dm, "third", "");
    world.sim.delete_as(&alice, &gone.id).unwrap();
    let heard = world.hears().await;
    assert_eq!(heard.text, "first\nthird");
    assert!(!heard.message_ids.contains(&gone.id));
    world.settle(&heard).await;
    let alone = world.says("alice", &dm, "another slip", "");
    world.sim.delete_as(&alice, &alone.id).unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    // Neither comes from the journal later.
    let mut world = world.stop().await.start().await;
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_deleted_while_it_is_prepared_is_not_heard() {
    let mut world = World::build(Options::default(), true, |seed| {
        (json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    let gone = world.says("bob", &dm, "a slip", "");
    let queued = world.says("bob", &dm, "a slip behind it", "");
    world.says("bob", &dm, "what counts", "");
    let request = world.asked().await;
    world.sim.delete_as(&bob, &gone.id).unwrap();
    world.sim.delete_as(&bob, &queued.id).unwrap();
    // What the account hears later it has heard after the deletions.
    world.hears_nothing().await;
    world.reply(&request, approved()).await;
    let request = world.asked().await;
    world.reply(&request, approved()).await;
    assert_eq!(world.hears().await.text, "what counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_host_has_is_withdrawn_and_still_to_be_settled() {
    let mut world = World::lasting().await;
    let (dm, alice) = (world.dm("alice"), world.id("alice"));
    let post = world.says("alice", &dm, "delete everything", "");
    let heard = world.hears().await;
    world.sim.delete_as(&alice, &post.id).unwrap();
    let withdrawn = world.withdrawn().await;
    assert_eq!((&withdrawn.event_id, &withdrawn.message_id), (&heard.event_id, &post.id));
    assert_eq!(withdrawn.account_id, "default");
    world.settle(&heard).await;
    // Settled: there is nothing left to withdraw.
    let post = world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.settle(&heard).await;
    world.sim.delete_as(&alice, &post.id).unwrap();
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    world.hears_nothing().await;
}
