//! The behaviour of a server of 2019.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{End, Lab, post_of};
use mattermost_sim::{Options, Version};
use serde_json::{Value, json};

async fn lab() -> Lab {
    Lab::with(Options::version(Version::V5_16)).await
}

#[tokio::test]
async fn later_routes_are_unknown_pages_in_plain_text() {
    let lab = lab().await;
    let general = lab.seed.channel("general");
    let typing = json!({ "channel_id": general });
    for answer in [
        lab.get("openclaw", "/users/me/channels").await,
        lab.post("openclaw", "/users/me/typing", typing).await,
    ] {
        assert_eq!(answer.error(), (404, "api.context.404.app_error"));
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    let path = format!("/users/me/teams/{}/channels", lab.seed.team_id);
    assert_eq!(lab.get("openclaw", &path).await.status, 200);
    assert_eq!(lab.get("openclaw", "/config/client?format=old").await.body["Version"], "5.16.0");
}

#[tokio::test]
async fn errors_have_the_ids_and_words_of_their_time() {
    let lab = lab().await;
    let missing = lab.get("openclaw", &format!("/posts/{}", "z".repeat(26))).await;
    assert_eq!(missing.error(), (404, "store.sql_post.get.app_error"));
    let body = json!({ "channel_id": lab.seed.channel("general"), "message": "x".repeat(16_384) });
    let long = lab.post("openclaw", "/posts", body).await;
    assert_eq!(long.error(), (400, "model.post.is_valid.msg.app_error"));
    let forbidden = lab.post("openclaw", "/posts", json!({ "channel_id": "z".repeat(26) })).await;
    assert_eq!(forbidden.body["message"], "You do not have the appropriate permissions");
    let alone = lab.post("openclaw", "/channels/direct", json!([lab.seed.user_id("openclaw")])).await;
    assert_eq!(alone.status, 400);
}

#[tokio::test]
async fn a_post_has_the_fields_of_its_time() {
    let lab = lab().await;
    let post = lab.say("openclaw", "general", "old").await;
    assert_eq!(post.body["parent_id"], "");
    for field in ["remote_id", "participants", "last_reply_at", "file_ids"] {
        assert_eq!(post.body.get(field), None, "{field}");
    }
}

#[tokio::test]
async fn there_is_no_connection_id_and_no_resume() {
    let lab = lab().await;
    let mut socket = lab.socket(Some("openclaw"), "").await;
    let hello = socket.event("hello").await;
    assert_eq!(hello["data"].get("connection_id"), None);
    assert_eq!(hello["broadcast"].get("connection_id"), None);
    lab.say("alice", "general", "@openclaw @bob").await;
    let posted = socket.event("posted").await;
    let mentions: Vec<String> = serde_json::from_str(posted["data"]["mentions"].as_str().unwrap()).unwrap();
    assert_eq!(mentions.len(), 2, "all who are meant are named");
    assert_eq!(post_of(&posted)["message"], "@openclaw @bob");
    lab.sim.cut_sockets();
    assert_eq!(socket.end().await, End::Dropped);
    let mut again = lab.socket(Some("openclaw"), "?connection_id=nope").await;
    let hello: Value = again.next().await.unwrap();
    assert_eq!((&hello["event"], &hello["seq"]), (&json!("hello"), &json!(0)));
}
