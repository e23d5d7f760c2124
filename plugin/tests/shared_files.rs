//! Several bots in one channel.
#![allow(clippy::unwrap_used, missing_docs, clippy::panic)]
mod support;

use mattermost_sim::{Draft, Options, Seed, Sim};
use serde_json::json;
use support::{Life, World, config};

#[tokio::test(flavor = "multi_thread")]
async fn bots_of_one_host_fetch_the_same_file_side_by_side() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed: Seed = sim.seed().unwrap();
    let cfg = config(
        json!({ "baseUrl": sim.url(), "groupPolicy": "open", "dmPolicy": "open", "allowFrom": ["*"], "chatmode": "onmessage", "accounts": {
        "main": { "botToken": seed.token("openclaw") },
        "second": { "botToken": seed.token("alerts") },
    } }),
    );
    let life = Life { config: cfg, state: Some(tempfile::tempdir().unwrap()), ..Life::default() };
    let (instance, events) = life.instance();
    let mut world = World { sim, seed, instance, events, life };
    world.start().await;
    world.until_connected(2).await;
    let (bob, admin) = (world.id("bob"), world.seed.admin.id.clone());
    let general = world.channel("general");
    world.sim.join(&admin, &general, &world.id("alerts")).ok();
    let mut bad = Vec::new();
    let mut names = std::collections::BTreeMap::<String, u32>::new();
    for number in 0..150 {
        let ids = (0..4)
            .map(|_| world.sim.upload_as(&bob, &general, "cat.png", b"a cat".to_vec()).unwrap())
            .collect();
        world.posts(
            "bob",
            &general,
            Draft { message: format!("look {number}"), file_ids: ids, ..Draft::default() },
        );
        for _ in 0..2 {
            let heard = world.hears().await;
            *names.entry(heard.account_id.clone()).or_default() += 1;
            for media in &heard.media {
                if let Some(problem) = &media.problem {
                    bad.push((number, heard.account_id.clone(), problem.clone()));
                }
            }
            world.settle(&heard).await;
        }
    }
    assert!(bad.is_empty(), "{} of 1200: {:?}", bad.len(), bad.first());
}
