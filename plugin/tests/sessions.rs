//! The session that a message belongs to.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ChatKind, InboundMessage};
use mattermost_sim::Options;
use serde_json::{Value, json};
use support::World;

async fn with_session(session: Value) -> World {
    World::begin(Options::default(), json!({}), json!({ "session": session }), false).await
}

async fn direct(world: &mut World, who: &str) -> InboundMessage {
    let dm = world.dm(who);
    world.says(who, &dm, "hi", "");
    world.hears().await
}

// covers: I08
#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_conversation_has_its_session() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let (alice, bob, bot) = (world.id("alice"), world.id("bob"), world.id("openclaw"));
    let group = world.sim.group_channel(&[&alice, &bob, &bot]).unwrap();
    let conversations = [
        (world.dm("alice"), ChatKind::Direct, "agent:main:main".to_owned(), "alice"),
        (
            group.clone(),
            ChatKind::Group,
            format!("agent:main:mattermost:group:{group}"),
            "alice, bob, openclaw",
        ),
        (
            world.channel("secret"),
            ChatKind::Group,
            format!("agent:main:mattermost:group:{}", world.channel("secret")),
            "#secret",
        ),
        (
            world.channel("general"),
            ChatKind::Channel,
            format!("agent:main:mattermost:channel:{}", world.channel("general")),
            "#general",
        ),
    ];
    for (channel, kind, key, label) in conversations {
        world.says("alice", &channel, "hi", "");
        let heard = world.hears().await;
        assert_eq!((heard.conversation.kind, heard.session.key.as_str()), (kind, key.as_str()));
        assert_eq!(heard.conversation.label, label);
        let peer = if kind == ChatKind::Direct { alice.clone() } else { channel };
        assert_eq!((heard.session.peer.kind, heard.session.peer.id), (kind, peer));
        assert_eq!(heard.session.agent_id, "main");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_conversations_are_one_or_each_their_own() {
    for (scope, key) in [
        ("main", "agent:main:main".to_owned()),
        ("per-peer", "agent:main:direct:ID".to_owned()),
        ("per-channel-peer", "agent:main:mattermost:direct:ID".to_owned()),
        ("per-account-channel-peer", "agent:main:mattermost:default:direct:ID".to_owned()),
    ] {
        let mut world = with_session(json!({ "dmScope": scope })).await;
        let key = key.replace("ID", &world.id("alice"));
        assert_eq!(direct(&mut world, "alice").await.session.key, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_exact_binding_chooses_the_agent() {
    let mut world = World::build(Options::default(), false, |seed| {
        let to = |agent: &str, facts: Value| {
            let mut binding =
                json!({ "agentId": agent, "match": { "channel": "mattermost", "accountId": "*" } });
            for (key, value) in facts.as_object().unwrap() {
                binding["match"][key] = value.clone();
            }
            binding
        };
        let ops = json!({ "peer": { "kind": "channel", "id": seed.channel("ops") } });
        let alice = json!({ "peer": { "kind": "direct", "id": seed.user_id("alice") } });
        let team = json!({ "teamId": seed.team_id });
        let bindings = [to("general", json!({})), to("team", team), to("operator", ops), to("friend", alice)];
        (json!({ "chatmode": "onmessage" }), json!({ "bindings": bindings }))
    })
    .await;
    let (general, ops) = (world.channel("general"), world.channel("ops"));
    world.says("bob", &ops, "hi", "");
    assert_eq!(world.hears().await.session.key, format!("agent:operator:mattermost:channel:{ops}"));
    world.says("bob", &general, "hi", "");
    assert_eq!(world.hears().await.session.agent_id, "team");
    assert_eq!(direct(&mut world, "alice").await.session.agent_id, "friend");
    assert_eq!(direct(&mut world, "bob").await.session.agent_id, "general");
}

// covers: I45
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_of_the_main_session_moves_its_last_route() {
    let mut world = World::build(Options::default(), false, |seed| {
        let keys =
            json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")], "chatmode": "onmessage" });
        (keys, json!({}))
    })
    .await;
    assert!(direct(&mut world, "alice").await.session.updates_last_route);
    let dm = world.dm("bob");
    world.says("bob", &dm, "hi", "");
    let request = world.asked().await;
    world.reply(&request, support::approved()).await;
    let heard = world.hears().await;
    assert_eq!((heard.session.key.as_str(), heard.session.updates_last_route), ("agent:main:main", false));
    // A channel never does.
    world.says("alice", &world.channel("general"), "hi", "");
    assert!(!world.hears().await.session.updates_last_route);
}

// covers: I45
#[tokio::test(flavor = "multi_thread")]
async fn without_one_owner_whoever_spoke_last_moves_it() {
    let mut world = World::new().await;
    assert!(direct(&mut world, "alice").await.session.updates_last_route);
    assert!(direct(&mut world, "bob").await.session.updates_last_route);
    let mut world = World::build(Options::default(), false, |seed| {
        let keys =
            json!({ "dmPolicy": "allowlist", "allowFrom": [seed.user_id("alice"), seed.user_id("bob")] });
        (keys, json!({ "session": { "dmScope": "per-peer" } }))
    })
    .await;
    assert!(direct(&mut world, "bob").await.session.updates_last_route);
}
