//! What people do beyond writing, without HTTP, as others see it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, post_of};
use mattermost_sim::Draft;
use serde_json::{Map, Value, json};

fn props(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_draft_is_told_with_its_kind_its_props_and_its_files() {
    let lab = Lab::new().await;
    let (general, alice) = (lab.seed.channel("general"), lab.seed.user_id("alice"));
    let (mut bot, _) = lab.listen("openclaw").await;
    let file = lab.sim.upload_as(alice, general, "a/b.png", b"png".to_vec()).unwrap();
    let draft = Draft {
        message: "look".to_owned(),
        kind: "slack_attachment",
        props: props(&json!({ "from_webhook": "true", "attachments": [{ "text": "a card" }] })),
        file_ids: vec![file.clone()],
        ..Draft::default()
    };
    lab.sim.post_draft(alice, general, draft).unwrap();
    let frame = bot.event("posted").await;
    let post = post_of(&frame);
    assert_eq!((&post["type"], &post["message"]), (&json!("slack_attachment"), &json!("look")));
    assert_eq!(post["props"]["from_webhook"], "true");
    assert_eq!(post["props"]["attachments"][0]["text"], "a card");
    assert_eq!(post["file_ids"], json!([file]));
    assert_eq!(post["metadata"]["files"][0]["name"], "a/b.png");
    let info = lab.get("openclaw", &format!("/files/{file}/info")).await;
    assert_eq!((info.status, &info.body["mime_type"]), (200, &json!("image/png")));
}

#[tokio::test]
async fn pins_and_other_props_are_edits_that_nobody_wrote() {
    let lab = Lab::new().await;
    let (general, alice) = (lab.seed.channel("general"), lab.seed.user_id("alice"));
    let (mut bot, _) = lab.listen("openclaw").await;
    let post = lab.sim.post_as(alice, general, "hi", "").unwrap();
    lab.sim.pin(&post.id, true).unwrap();
    let frame = bot.event("post_edited").await;
    assert_eq!((&post_of(&frame)["is_pinned"], &post_of(&frame)["edit_at"]), (&json!(true), &json!(0)));
    lab.sim.patch_props(&post.id, props(&json!({ "clicked": true }))).unwrap();
    let frame = bot.event("post_edited").await;
    assert_eq!(
        (&post_of(&frame)["props"]["clicked"], &post_of(&frame)["edit_at"]),
        (&json!(true), &json!(0))
    );
    lab.sim.react_as(alice, &post.id, "eyes").unwrap();
    bot.event("reaction_added").await;
    lab.sim.unreact_as(alice, &post.id, "eyes").unwrap();
    bot.event("reaction_removed").await;
}

#[tokio::test]
async fn what_is_told_comes_numbered_and_to_one_user_alone() {
    let lab = Lab::new().await;
    let (mut bot, _) = lab.listen("openclaw").await;
    let (mut mallory, _) = lab.listen("mallory").await;
    let frames = (0..1_000).map(|n| json!({ "event": "odd", "data": { "n": n } }));
    lab.sim.tell(lab.seed.user_id("openclaw"), frames).await.unwrap();
    let first = bot.event("odd").await;
    let second = bot.event("odd").await;
    assert_eq!((&first["data"]["n"], &second["data"]["n"]), (&json!(0), &json!(1)));
    assert_eq!(second["seq"].as_i64(), first["seq"].as_i64().map(|seq| seq + 1));
    assert!(mallory.is_quiet().await);
    assert!(lab.sim.tell(lab.seed.user_id("openclaw"), [json!([])]).await.is_err());
}

#[tokio::test]
async fn groups_names_and_members_are_what_they_are_over_rest() {
    let lab = Lab::new().await;
    let [alice, bob, bot] = ["alice", "bob", "openclaw"].map(|name| lab.seed.user_id(name));
    let group = lab.sim.group_channel(&[alice, bob, bot]).unwrap();
    let shown = lab.get("openclaw", &format!("/channels/{group}")).await;
    assert_eq!(
        (&shown.body["type"], &shown.body["display_name"]),
        (&json!("G"), &json!("alice, bob, openclaw"))
    );
    lab.sim.rename(bob, "robert").unwrap();
    assert_eq!(lab.get("openclaw", &format!("/users/{bob}")).await.body["username"], "robert");
}
