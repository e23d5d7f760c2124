//! A host that is behind while its account is restarted.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic)]
mod support;

use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use support::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_host_is_given_after_the_restart() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    const MANY: usize = 1200;
    for n in 0..MANY {
        world.says("alice", &dm, &format!("m{n}"), "");
    }
    // The host does not read for a while.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let config = world.changed(json!({ "replyToMode": "all" }));
    world.reconfigure(config).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut heard = HashSet::new();
    while let Some(text) = world.hears_within(12).await.map(|message| message.raw_text) {
        heard.insert(text);
    }
    let missing: Vec<String> =
        (0..MANY).map(|n| format!("m{n}")).filter(|text| !heard.contains(text)).collect();
    assert!(missing.is_empty(), "lost: {missing:?} of {MANY}");
}
