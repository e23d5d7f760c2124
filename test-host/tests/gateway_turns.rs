//! `gateway run`: messages that are deleted before their turn, and what happens between turns.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::gateway::World;
use support::scripted::{message, running, scripted, session};

#[tokio::test]
async fn a_message_that_was_deleted_before_its_turn_is_settled_without_one() {
    let gone = json!({
        "type": "inbound.withdrawn", "event_id": "e2", "account_id": "default", "message_id": "e2",
    });
    let events = json!([message("e1", "one"), message("e2", "two"), message("e3", "three"), gone]);
    let home = scripted(&events);
    let mut gateway = running(&home, r#"exec:sleep 0.5; grep -o '"text":"[^"]*"' | head -1"#).await;
    gateway.line("message e2 was deleted before its turn").await;
    gateway.line(r#"{"type":"inbound.ack","event_id":"e2"}"#).await;
    gateway.line(r#"sent "text":"three""#).await;
    assert!(!gateway.log().contains(r#"sent "text":"two""#), "{}", gateway.log());
}

#[tokio::test]
async fn what_happened_since_the_last_turn_of_a_session_is_given_with_the_next() {
    let happened = |id: &str, key: &str, text: &str| {
        json!({
            "type": "inbound.system_event", "event_id": id, "account_id": "default", "text": text,
            "session": session(key),
        })
    };
    let events = json!([
        happened("h1", "s1", "alice reacted"),
        happened("h2", "other", "bob reacted"),
        message("e1", "one"),
    ]);
    let home = scripted(&events);
    let agent = r#"exec:python3 -c "import json,sys; d=json.load(sys.stdin); print(d['session']['key'], [e['text'] for e in d.get('system_events', [])])""#;
    let mut gateway = running(&home, agent).await;
    gateway.line("sent s1 ['alice reacted']").await;
    gateway.line("default: bob reacted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_deleted_before_its_turn_has_no_answer() {
    let world = World::new().await;
    let agent = r#"exec:sleep 1; grep -o '"raw_text":"[^"]*"' | head -n 1"#;
    let mut gateway = world.gateway(&["--agent", agent]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "one", "");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let gone = world.say("alice", &direct, "two", "");
    world.say("alice", &direct, "three", "");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    world.sim.delete_as(world.seed.user_id("alice"), &gone).unwrap();
    gateway.line("was deleted before its turn").await;
    world.hear(&direct, r#""raw_text":"three""#).await;
    let said: Vec<String> = world.said_by_bot(&direct).into_iter().map(|post| post.message).collect();
    assert!(said.iter().all(|text| !text.contains("two")), "{said:?}");
    // The answer stands on the server a moment before the gateway knows it and settles the message.
    let unsettled = || {
        let status = world.home.run(&["channels", "status", "--json"]).ok().json();
        status["channelAccounts"]["mattermost"][0]["unsettled"].as_u64()
    };
    let start = std::time::Instant::now();
    while unsettled() != Some(0) {
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "unsettled: {:?}", unsettled());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
