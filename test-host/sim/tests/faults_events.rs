//! Faults of events.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, post_of};
use serde_json::json;

#[tokio::test]
async fn a_duplicated_event_has_a_number_of_its_own() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    lab.sim.faults().duplicate_events(true);
    lab.say("alice", "general", "twice").await;
    let (first, second) = (socket.event("posted").await, socket.event("posted").await);
    assert_eq!(post_of(&first)["id"], post_of(&second)["id"]);
    assert!(second["seq"].as_i64() > first["seq"].as_i64());
    lab.sim.faults().duplicate_events(false);
    lab.say("alice", "general", "once").await;
    assert_eq!(post_of(&socket.event("posted").await)["message"], "once");
    assert!(socket.is_quiet().await);
}

#[tokio::test]
async fn a_deaf_server_answers_pings_and_queues_nothing() {
    let lab = Lab::new().await;
    let (mut socket, id) = lab.listen("openclaw").await;
    // Its answer comes after the presence that the connection itself caused.
    socket.send(json!({ "seq": 1, "action": "ping" })).await;
    let mut next = 1;
    loop {
        let frame = socket.next().await.unwrap();
        match frame["seq"].as_i64() {
            Some(seq) => next = seq + 1,
            None => break,
        }
    }
    lab.sim.faults().deaf(true);
    lab.say("alice", "general", "unheard").await;
    socket.send(json!({ "seq": 2, "action": "ping" })).await;
    assert_eq!(socket.next().await.unwrap()["data"]["text"], "pong");
    lab.sim.cut_sockets();
    lab.say("alice", "general", "unheard too").await;
    let query = format!("?connection_id={id}&sequence_number={next}");
    let mut socket = lab.socket(Some("openclaw"), &query).await;
    assert!(socket.is_quiet().await);
    lab.sim.faults().deaf(false);
    lab.say("alice", "general", "heard").await;
    let heard = socket.event("posted").await;
    assert_eq!(post_of(&heard)["message"], "heard");
}
