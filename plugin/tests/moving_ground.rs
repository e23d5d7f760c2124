//! A token, an address or the rules change while something is under way.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic)]
mod support;

use host_sdk::protocol::{HandleRequest, Outbound};
use mattermost_sim::{Draft, Options};
use serde_json::json;
use std::time::Duration;
use support::{World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_goes_out_with_the_new_token() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    world.sim.faults().refuse_posts(Some(503));
    let old = world.seed.token("openclaw").to_owned();
    let fresh = world.sim.create_token(&world.id("openclaw")).unwrap();
    let out = answer(&heard);
    let config = world.changed(json!({ "botToken": fresh }));
    let (sent, _) =
        tokio::join!(tokio::time::timeout(Duration::from_secs(25), world.instance.send(&out)), async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let updated = world.reconfigure(config).await.unwrap();
            world.sim.revoke_token(&old);
            world.sim.faults().refuse_posts(None);
            updated
        });
    assert!(!world.answers(&dm).is_empty(), "accepted, and never delivered: {sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_goes_out_at_the_new_address_and_holds_up_nothing() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    // the address in the configuration is one that nobody listens at
    let nobody = world.changed(json!({ "baseUrl": "http://127.0.0.1:9" }));
    world.reconfigure(nobody).await.unwrap();
    let out = answer(&heard);
    let right = world.life.config.clone();
    let (sent, _) =
        tokio::join!(tokio::time::timeout(Duration::from_secs(20), world.instance.send(&out)), async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            world.reconfigure(right).await.unwrap();
        });
    // what is sent afterwards to the same conversation
    let second =
        Outbound { target: format!("channel:{dm}"), text: "second".to_owned(), ..Outbound::default() };
    let after = tokio::time::timeout(Duration::from_secs(6), world.instance.send(&second)).await;
    assert!(
        sent.is_ok() && after.is_ok(),
        "stuck at the old address: {sent:?}, and what follows behind it: {}",
        after.is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_conversation_outlives_restarts() {
    let mut world = World::build(Options::default(), true, |seed| {
        (
            json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }),
            json!({ "messages": { "inbound": { "debounceMs": 400 } } }),
        )
    })
    .await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    world.says("bob", &dm, "one", "");
    world.asked().await;
    world.says("bob", &dm, "two", "");
    let id = world.sim.upload_as(&bob, &dm, "x.txt", b"x".to_vec()).unwrap();
    world.posts("bob", &dm, Draft { message: "three".to_owned(), file_ids: vec![id], ..Draft::default() });
    world.says("bob", &dm, "four", "");
    tokio::time::sleep(Duration::from_millis(150)).await;
    let mut world = world.stop().await.open();
    world.says("bob", &dm, "five", "");
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let mut heard = Vec::new();
    while let Some(text) = world.hears_within(4).await.map(|message| message.text) {
        heard.push(text);
    }
    assert_eq!(heard, ["one", "two", "three", "four", "five"]);
}
