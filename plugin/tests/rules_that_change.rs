//! Rules that change while the host is asked who was approved.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic)]
mod support;

use host_sdk::protocol::Event;
use mattermost_sim::Options;
use serde_json::json;
use std::time::Duration;
use support::{World, pending};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_listed_meanwhile_is_heard() {
    let mut world = World::build(Options::default(), true, |seed| {
        (json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await;
    let dm = world.dm("bob");
    world.says("bob", &dm, "let me in", "");
    world.asked().await;
    let config = world.changed(json!({ "allowFrom": [world.id("alice"), world.id("bob")] }));
    world.reconfigure(config).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(6), async {
        loop {
            match world.events.next().await.unwrap() {
                Event::HostRequest(request) => {
                    world.reply(&request, pending(None, false)).await;
                }
                Event::InboundMessage(message) => return message.raw_text.clone(),
                _ => {}
            }
        }
    })
    .await;
    assert!(heard.is_ok(), "allowFrom lists him, and his message is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_heard_any_more_is_not_heard() {
    let mut world = World::build(Options::default(), true, |seed| {
        (json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await;
    let dm = world.dm("bob");
    world.says("bob", &dm, "let me in", "");
    world.asked().await;
    let config = world.changed(json!({ "dmPolicy": "disabled" }));
    world.reconfigure(config).await.unwrap();
    let heard = world.hears_within(5).await.map(|message| message.raw_text);
    assert_eq!(heard, None, "dmPolicy is disabled");
}
