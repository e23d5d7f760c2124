//! An account that is restarted while the host is behind: what the host has, or will be told, it is not given again.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use support::World;

/// More than is on its way to a host that reads nothing.
const MANY: usize = 450;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_twice_when_an_account_is_restarted_while_the_host_is_behind() {
    let mut world = World::reachable(true, |_| (json!({}), json!({}))).await;
    let offered = world.offers(&world.channel("general")).await;
    for n in 0..MANY {
        world.says("alice", &world.dm("alice"), &format!("m{n}"), "");
    }
    // The host reads nothing for a while.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.clicks("alice", &offered, "yes").await.status, 200);
    let config = world.changed(json!({ "replyToMode": "all" }));
    world.reconfigure(config).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;

    let mut heard = HashMap::<String, usize>::new();
    let mut clicks = 0;
    while let Some(message) = world.hears_within(5).await {
        clicks += usize::from(message.interaction.is_some());
        *heard.entry(message.event_id.clone()).or_default() += 1;
        // It settles some while others are still given to it.
        world.settle(&message).await;
    }
    let twice = heard.values().filter(|count| **count > 1).count();
    assert_eq!((heard.len(), clicks, twice), (MANY + 1, 1, 0));
}
