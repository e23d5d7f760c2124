//! What was deleted, edited or forbidden after it was said, and who may not say it at all.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic)]
mod support;

use host_sdk::protocol::HandleRequest;
use mattermost_sim::{Draft, Options};
use serde_json::json;
use std::time::Duration;
use support::World;

async fn paired(lasting: bool, around: serde_json::Value) -> World {
    World::build(Options::default(), lasting, |seed| {
        (json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }), around)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_it_waits_is_not_taken_up_by_a_restarted_account() {
    let mut world = paired(true, json!({})).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    let slip = world.says("bob", &dm, "a slip", "");
    world.asked().await;
    world.sim.delete_as(&bob, &slip.id).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let config = world.changed(json!({ "replyToMode": "all" }));
    world.reconfigure(config).await.unwrap();
    let heard = world.hears_within(5).await.map(|message| message.text);
    assert_eq!(heard, None, "a deleted message was given to the host");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_nobody_listens_is_not_taken_up() {
    let mut world = paired(true, json!({})).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    let slip = world.says("bob", &dm, "a slip", "");
    world.asked().await;
    let world = world.stop().await;
    world.sim.delete_as(&bob, &slip.id).unwrap();
    let mut world = world.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let heard = world.hears_within(5).await.map(|message| message.text);
    assert_eq!(heard, None, "a deleted message was given to the host");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_shows_what_a_message_says_now() {
    let mut world = World::new().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let post = world.says("bob", &general, "the password is 1234", "");
    world.until_ignored("not_mentioned", 1).await;
    world.sim.edit_as(&bob, &post.id, "(removed)").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.says("alice", &general, "@openclaw hi", "");
    let heard = world.hears().await;
    assert!(!heard.body.contains("1234"), "{}", heard.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_the_silence_of_bots() {
    let around =
        json!({ "plugins": { "entries": { "mattermost": { "config": { "allowBots": "mentions" } } } } });
    let mut world = World::begin(Options::default(), json!({}), around, false).await;
    let general = world.channel("general");
    let props = json!({ "from_webhook": "true" }).as_object().cloned().unwrap();
    let hook =
        |n: usize| Draft { message: format!("@openclaw {n}"), props: props.clone(), ..Draft::default() };
    for n in 0..9 {
        world.posts("bob", &general, hook(n));
    }
    world.until_ignored("bot_loop", 1).await;
    for _ in 0..8 {
        world.hears().await;
    }
    world.says("bob", &general, "now a person says something", "");
    world.posts("bob", &general, hook(100));
    let heard = world.hears_within(4).await.map(|message| message.text);
    assert_eq!(heard.as_deref(), Some("100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gives_no_commands_in_its_owners_name() {
    let mut world = World::build(Options::default(), false, |seed| {
        (json!({ "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("bob")], "allowFrom": [seed.user_id("bob")], "dmPolicy": "allowlist" }),
         json!({ "plugins": { "entries": { "mattermost": { "config": { "allowBots": true } } } } }))
    }).await;
    let general = world.channel("general");
    let props = json!({ "from_webhook": "true", "override_username": "CI" }).as_object().cloned().unwrap();
    world.posts(
        "bob",
        &general,
        Draft { message: "@openclaw /bash rm -rf ~".to_owned(), props, ..Draft::default() },
    );
    let heard = world.hears_within(4).await.map(|message| message.text);
    assert_eq!(heard, None, "a webhook's command is taken as its owner's");
}
