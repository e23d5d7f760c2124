//! Revoked tokens and disabled bots.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::Lab;
use serde_json::{Value, json};

const FAILED: &str = "api.web_socket_router.not_authenticated.app_error";

#[tokio::test]
async fn a_revoked_token_leaves_its_socket_open_and_deaf() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    assert!(lab.sim.revoke_token(lab.seed.token("openclaw")));
    lab.say("alice", "general", "@openclaw do you hear?").await;
    assert!(socket.is_quiet().await);
    socket.send(json!({ "seq": 7, "action": "ping" })).await;
    let reply = socket.reply().await;
    assert_eq!((&reply["status"], &reply["error"]["id"]), (&json!("FAIL"), &json!(FAILED)));
    assert_eq!(
        lab.get("openclaw", "/users/me").await.error(),
        (401, "api.context.session_expired.app_error")
    );
}

#[tokio::test]
async fn a_disabled_bot_is_out_until_it_is_enabled() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    let bot = format!("/bots/{}", lab.seed.user_id("openclaw"));
    assert_eq!(lab.post("alice", &format!("{bot}/disable"), Value::Null).await.status, 404);
    let disabled = lab.post("admin", &format!("{bot}/disable"), Value::Null).await;
    assert!(disabled.body["delete_at"].as_i64() > Some(0));
    socket.send(json!({ "seq": 2, "action": "ping" })).await;
    assert_eq!(socket.reply().await["error"]["id"], FAILED);
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 401);
    lab.post("admin", &format!("{bot}/enable"), Value::Null).await;
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 200);
}

#[tokio::test]
async fn access_tokens_are_made_switched_and_revoked_by_admins() {
    let lab = Lab::new().await;
    let path = format!("/users/{}/tokens", lab.seed.user_id("alerts"));
    let body = json!({ "description": "second" });
    assert_eq!(lab.post("alice", &path, body.clone()).await.status, 403);
    let token = lab.post("admin", &path, body).await;
    let secret = token.body["token"].as_str().unwrap().to_owned();
    let named = json!({ "token_id": token.id() });
    for (switch, status) in [("disable", 401), ("enable", 200), ("revoke", 401)] {
        assert_eq!(lab.post("admin", &format!("/users/tokens/{switch}"), named.clone()).await.status, 200);
        assert_eq!(lab.get(&secret, "/users/me").await.status, status, "{switch}");
    }
}
