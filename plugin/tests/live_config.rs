//! A new configuration for a channel that runs.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ErrorCode, Lifecycle};
use mattermost_sim::{Options, Seed, Sim};
use serde_json::{Value, json};
use support::{Life, World, config};

/// Two accounts, `main` as `openclaw` and `second` as `alerts`.
async fn two() -> World {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let life =
        Life { config: accounts(&sim, &seed), state: Some(tempfile::tempdir().unwrap()), ..Life::default() };
    let (instance, events) = life.instance();
    let mut world = World { sim, seed, instance, events, life };
    world.start().await;
    world.until_connected(2).await;
    world
}

fn accounts(sim: &Sim, seed: &Seed) -> Value {
    config(json!({ "baseUrl": sim.url(), "dmPolicy": "open", "allowFrom": ["*"], "accounts": {
        "main": { "botToken": seed.token("openclaw") },
        "second": { "botToken": seed.token("alerts") },
    } }))
}

fn handshakes(world: &World) -> usize {
    world.sim.requests().iter().filter(|request| request.path.contains("/websocket")).count()
}

/// What alice writes to `alerts` is heard by this account, or nobody.
async fn second_hears(world: &mut World, text: &str) -> String {
    let dm = world.sim.direct_channel(&world.id("alice"), &world.id("alerts")).unwrap();
    world.says("alice", &dm, text, "");
    let heard = world.hears().await;
    assert_eq!(heard.text, text);
    heard.account_id
}

// covers: A18
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_one_account_leaves_the_others_connection_alone() {
    let mut world = two().await;
    let started = world.account("main").await.last_start_at_ms;
    assert_eq!(handshakes(&world), 2);
    let mut config = world.life.config.clone();
    config["channels"]["mattermost"]["accounts"]["second"]["replyToMode"] = json!("all");
    let updated = world.reconfigure(config.clone()).await.unwrap();
    assert_eq!((updated.restarted, updated.unchanged), (vec!["second".to_owned()], vec!["main".to_owned()]));
    assert!(updated.started.is_empty() && updated.stopped.is_empty());
    world.until_handshakes(3).await;
    world.until_connected(2).await;
    assert_eq!(second_hears(&mut world, "as it says now").await, "second");
    let main = world.account("main").await;
    assert_eq!((main.last_start_at_ms, main.reconnects, main.connected), (started, 0, true));
    assert_eq!(world.sim.sockets(), 2);
    // The same again changes nothing.
    let updated = world.reconfigure(config).await.unwrap();
    assert_eq!((updated.restarted.len(), updated.unchanged.len()), (0, 2));
    world.hears_nothing().await;
    assert_eq!(handshakes(&world), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_come_and_go_with_the_configuration() {
    let mut world = two().await;
    let whole = world.life.config.clone();
    let mut without = whole.clone();
    without["channels"]["mattermost"]["accounts"].as_object_mut().unwrap().remove("second");
    let updated = world.reconfigure(without).await.unwrap();
    assert_eq!((updated.stopped, updated.unchanged), (vec!["second".to_owned()], vec!["main".to_owned()]));
    world.until_sockets(1).await;
    let mut off = whole.clone();
    off["channels"]["mattermost"]["accounts"]["second"]["enabled"] = json!(false);
    let updated = world.reconfigure(off).await.unwrap();
    assert_eq!((updated.started.len(), updated.unchanged), (0, vec!["main".to_owned()]));
    let updated = world.reconfigure(whole).await.unwrap();
    assert_eq!((updated.started, updated.unchanged), (vec!["second".to_owned()], vec!["main".to_owned()]));
    world.until_sockets(2).await;
    assert_eq!(second_hears(&mut world, "back again").await, "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_read_changes_nothing() {
    let mut world = World::lasting().await;
    for broken in [json!({ "foo": 1 }), json!({ "chatmode": "sometimes" }), json!({ "historyLimit": "many" })]
    {
        let config = world.changed(broken.clone());
        match world.reconfigure(config).await {
            Err(error) => assert_eq!(error.code, ErrorCode::Config, "{broken}"),
            Ok(updated) => {
                assert_eq!(updated.unchanged, ["default"], "{broken}");
                assert!(
                    updated.warnings.iter().any(|told| told.contains("goes on as it was")),
                    "{updated:?}"
                );
            }
        }
    }
    let error = world.reconfigure(json!([])).await.unwrap_err();
    assert!(matches!(error.code, ErrorCode::Config | ErrorCode::InvalidArgument), "{error:?}");
    world.hears_nothing().await;
    assert_eq!(handshakes(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_for_bursts_is_taken_up_without_a_restart() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "at once", "");
    assert_eq!(world.hears().await.text, "at once");
    let mut config = world.life.config.clone();
    config["messages"] = json!({ "inbound": { "debounceMs": 600 } });
    let updated = world.reconfigure(config).await.unwrap();
    assert_eq!((updated.unchanged, updated.restarted.len()), (vec!["default".to_owned()], 0));
    world.says("alice", &dm, "one", "");
    world.says("alice", &dm, "two", "");
    assert_eq!(world.hears().await.text, "one\ntwo");
    let mut config = world.life.config.clone();
    config["messages"] = json!({ "inbound": { "debounceMs": 0 } });
    world.reconfigure(config).await.unwrap();
    world.says("alice", &dm, "three", "");
    world.says("alice", &dm, "four", "");
    assert_eq!(world.hears().await.text, "three");
    assert_eq!(world.hears().await.text, "four");
    assert_eq!(handshakes(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_an_account_is_restarted_is_heard_by_the_new_rules() {
    let mut world = World::lasting().await;
    let (general, dm) = (world.channel("general"), world.dm("alice"));
    let config = world.changed(json!({ "chatmode": "onmessage" }));
    let updated = world.reconfigure(config).await.unwrap();
    assert_eq!(updated.restarted, ["default"]);
    for number in 0..5 {
        world.says("alice", &dm, &format!("m{number}"), "");
    }
    let mut texts = Vec::new();
    while texts.len() < 5 {
        let heard = world.hears().await;
        world.settle(&heard).await;
        texts.push(heard.text);
    }
    assert_eq!(texts, ["m0", "m1", "m2", "m3", "m4"]);
    world.says("bob", &general, "nobody is named", "");
    assert_eq!(world.hears().await.text, "nobody is named");
    assert_eq!(world.status().await.lifecycle, Lifecycle::Ready);
}
