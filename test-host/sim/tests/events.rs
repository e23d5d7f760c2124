//! Events over the WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, post_of};
use serde_json::{Value, json};

#[tokio::test]
async fn a_post_is_echoed_with_the_callers_id_and_numbered() {
    let lab = Lab::new().await;
    let (mut bot, id) = lab.listen("openclaw").await;
    assert_eq!(id.len(), 26);
    let body =
        json!({ "channel_id": lab.seed.channel("general"), "message": "own", "pending_post_id": "mine" });
    lab.post("openclaw", "/posts", body).await;
    let frame = bot.event("posted").await;
    assert_eq!(post_of(&frame)["pending_post_id"], "mine");
    assert_eq!(frame["data"]["sender_name"], "@openclaw");
    assert_eq!(frame["data"].get("mentions"), None);
    let first = frame["seq"].as_i64().unwrap();
    lab.say("alice", "general", "next").await;
    assert_eq!(bot.event("posted").await["seq"], first + 1);
}

#[tokio::test]
async fn only_members_hear_of_a_channel() {
    let lab = Lab::new().await;
    let (mut mallory, _) = lab.listen("mallory").await;
    let direct = lab.direct("alice", "openclaw");
    lab.sim.post_as(lab.seed.user_id("alice"), &direct, "between us", "").unwrap();
    assert!(mallory.is_quiet().await);
    assert_eq!(lab.get("mallory", &format!("/channels/{direct}/posts")).await.status, 403);
}

#[tokio::test]
async fn mentions_name_only_the_reader_and_not_code() {
    let lab = Lab::new().await;
    let (mut bot, _) = lab.listen("openclaw").await;
    let own = json!(format!("[\"{}\"]", lab.seed.user_id("openclaw")));
    let cases = [
        ("@openclaw, hello", true),
        ("@OpenClaw.", true),
        ("@channel all of you", true),
        ("`@openclaw` in code", false),
        ("mail me@openclaw", false),
        ("@bob only", false),
    ];
    for (message, mentioned) in cases {
        lab.say("alice", "general", message).await;
        let frame = bot.event("posted").await;
        assert_eq!(frame["data"].get("mentions"), mentioned.then_some(&own), "{message}");
    }
}

#[tokio::test]
async fn edits_pins_reactions_and_deletions_are_told() {
    let lab = Lab::new().await;
    let (mut bot, _) = lab.listen("openclaw").await;
    let (mut admin, _) = lab.listen("admin").await;
    let post = lab.say("alice", "general", "before").await;
    let path = format!("/posts/{}", post.id());
    lab.put("alice", &format!("{path}/patch"), json!({ "message": "after" })).await;
    let edited = post_of(&bot.event("post_edited").await);
    assert_eq!((&edited["message"], edited["edit_at"].as_i64() > Some(0)), (&json!("after"), true));
    lab.post("bob", &format!("{path}/pin"), Value::Null).await;
    assert_eq!(post_of(&bot.event("post_edited").await)["is_pinned"], true);
    lab.sim.react_as(lab.seed.user_id("bob"), post.id(), "eyes").unwrap();
    let reaction = bot.event("reaction_added").await;
    assert!(reaction["data"]["reaction"].as_str().unwrap().contains("\"emoji_name\":\"eyes\""));
    lab.delete("alice", &path).await;
    let deleted = bot.event("post_deleted").await;
    assert_eq!(deleted["broadcast"]["contains_sanitized_data"], true);
    assert_eq!(deleted["data"].get("delete_by"), None);
    let deleted = admin.event("post_deleted").await;
    assert_eq!(deleted["data"]["delete_by"], lab.seed.user_id("alice"));
}

#[tokio::test]
async fn typing_reaches_the_others_over_rest_and_over_the_socket() {
    let lab = Lab::new().await;
    let general = lab.seed.channel("general");
    let (mut alice, _) = lab.listen("alice").await;
    let (mut bot, _) = lab.listen("openclaw").await;
    bot.send(json!({ "seq": 1, "action": "user_typing", "data": { "channel_id": general } })).await;
    assert_eq!(bot.reply().await, json!({ "status": "OK", "seq_reply": 1 }));
    let typing = alice.event("typing").await;
    assert_eq!(typing["data"], json!({ "parent_id": "", "user_id": lab.seed.user_id("openclaw") }));
    lab.post("alice", "/users/me/typing", json!({ "channel_id": general, "parent_id": "p" })).await;
    assert_eq!(bot.event("typing").await["data"]["parent_id"], "p");
}

#[tokio::test]
async fn being_added_and_removed_is_told_to_the_one_and_to_the_rest() {
    let lab = Lab::new().await;
    let body = json!({ "team_id": lab.seed.team_id, "name": "side", "display_name": "Side", "type": "P" });
    let channel = lab.post("alice", "/channels", body).await;
    assert_eq!(channel.status, 201);
    let (mut bot, _) = lab.listen("openclaw").await;
    let (mut alice, _) = lab.listen("alice").await;
    let (members, bot_id) = (format!("/channels/{}/members", channel.id()), lab.seed.user_id("openclaw"));
    assert_eq!(lab.get("openclaw", &format!("/channels/{}", channel.id())).await.status, 403);
    lab.post("alice", &members, json!({ "user_id": bot_id })).await;
    assert_eq!(bot.event("user_added").await["broadcast"]["user_id"], bot_id);
    assert_eq!(alice.event("user_added").await["data"]["user_id"], bot_id);
    assert_eq!(post_of(&bot.event("posted").await)["type"], "system_add_to_channel");
    lab.delete("alice", &format!("{members}/{bot_id}")).await;
    assert_eq!(bot.event("user_removed").await["data"]["channel_id"], channel.id());
    assert_eq!(alice.event("user_removed").await["data"]["user_id"], bot_id);
}

#[tokio::test]
async fn new_conversations_are_announced() {
    let lab = Lab::new().await;
    let (mut bot, _) = lab.listen("openclaw").await;
    let ids = [lab.seed.user_id("alice"), lab.seed.user_id("bob"), lab.seed.user_id("openclaw")];
    let direct = lab.post("alice", "/channels/direct", json!([ids[0], ids[2]])).await;
    assert_eq!(bot.event("direct_added").await["broadcast"]["channel_id"], direct.id());
    let group = lab.post("alice", "/channels/group", json!(ids)).await;
    assert_eq!(group.body["display_name"], "alice, bob, openclaw");
    assert_eq!(bot.event("group_added").await["broadcast"]["channel_id"], group.id());
    assert_eq!(lab.post("bob", "/channels/group", json!(ids)).await.id(), group.id());
}
