//! Authentication of WebSockets and the requests over them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use common::{End, Lab};
use mattermost_sim::{Options, Version};
use serde_json::{Value, json};

fn challenge(token: &str) -> Value {
    json!({ "seq": 1, "action": "authentication_challenge", "data": { "token": token } })
}

#[tokio::test]
async fn a_challenge_is_answered_after_the_hello() {
    let lab = Lab::new().await;
    let mut socket = lab.socket(None, "").await;
    socket.send(challenge(lab.seed.token("openclaw"))).await;
    let hello = socket.next().await.unwrap();
    assert_eq!((&hello["event"], &hello["seq"]), (&json!("hello"), &json!(0)));
    assert_eq!(socket.reply().await, json!({ "status": "OK", "seq_reply": 1 }));
    socket.send(json!({ "seq": 2, "action": "ping" })).await;
    let pong = socket.reply().await;
    assert_eq!((&pong["data"]["text"], &pong["data"]["version"]), (&json!("pong"), &json!("11.6.0")));
    socket.send(json!({ "seq": 3, "action": "no_such_action" })).await;
    assert_eq!(socket.reply().await["error"]["id"], "api.web_socket_router.bad_action.app_error");
    socket.send(json!({ "seq": 0, "action": "ping" })).await;
    assert_eq!(socket.reply().await["error"]["id"], "api.web_socket_router.bad_seq.app_error");
}

#[tokio::test]
async fn with_a_header_the_challenge_is_ignored() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    socket.send(challenge(lab.seed.token("openclaw"))).await;
    socket.send(json!({ "seq": 2, "action": "ping" })).await;
    assert_eq!(socket.reply().await["seq_reply"], 2);
}

#[tokio::test]
async fn a_wrong_challenge_and_silence_end_without_a_close_frame() {
    let lab = Lab::with({
        let mut options = Options::default();
        options.auth_timeout = Duration::from_millis(200);
        options
    })
    .await;
    let mut wrong = lab.socket(None, "").await;
    wrong.send(challenge(&"a".repeat(26))).await;
    assert_eq!(wrong.end().await, End::Dropped);
    let mut silent = lab.socket(Some("unknown"), "").await;
    assert_eq!(silent.end().await, End::Dropped);
}

#[tokio::test]
async fn an_unauthenticated_ping_is_unanswered_now_and_failed_before() {
    let lab = Lab::new().await;
    let mut socket = lab.socket(None, "").await;
    socket.send(json!({ "seq": 1, "action": "ping" })).await;
    assert!(socket.is_quiet().await);
    let lab = Lab::with(Options::version(Version::V5_16)).await;
    let mut socket = lab.socket(None, "").await;
    socket.send(json!({ "seq": 1, "action": "ping" })).await;
    assert_eq!(socket.reply().await["error"]["status_code"], 401);
}
