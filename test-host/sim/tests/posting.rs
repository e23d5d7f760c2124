//! Writing, changing and deleting posts over REST.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::Lab;
use serde_json::{Value, json};

#[tokio::test]
async fn a_post_comes_back_as_it_was_written() {
    let lab = Lab::new().await;
    let answer = lab.say("openclaw", "general", "hello #world").await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["props"], json!({ "from_bot": "true" }));
    assert_eq!(answer.body["hashtags"], "#world");
    let again = lab.get("alice", &format!("/posts/{}", answer.id())).await;
    assert_eq!(again.body, answer.body);
    assert!(again.headers["x-version-id"].to_str().unwrap().starts_with("11.6.0."));
    assert_eq!(again.headers["x-request-id"].len(), 26);
}

#[tokio::test]
async fn what_may_not_be_written_is_refused_as_on_a_real_server() {
    let lab = Lab::new().await;
    let (general, ops) = (lab.seed.channel("general"), lab.seed.channel("ops"));
    let root = lab.say("alice", "general", "root").await;
    let reply = json!({ "channel_id": general, "message": "r", "root_id": root.id() });
    let reply = lab.post("alice", "/posts", reply).await;
    let cases = [
        (json!({ "channel_id": "z".repeat(26), "message": "x" }), 403, "api.context.permissions.app_error"),
        (
            json!({ "channel_id": general, "message": "ü".repeat(16_384) }),
            400,
            "model.post.is_valid.message_length.app_error",
        ),
        (
            json!({ "channel_id": general, "message": "x", "root_id": reply.id() }),
            400,
            "api.post.create_post.root_id.app_error",
        ),
        (
            json!({ "channel_id": ops, "message": "x", "root_id": root.id() }),
            400,
            "api.post.create_post.channel_root_id.app_error",
        ),
        (json!("no post"), 400, "api.context.invalid_body_param.app_error"),
    ];
    for (body, status, id) in cases {
        assert_eq!(lab.post("alice", "/posts", body).await.error(), (status, id));
    }
    let longest = json!({ "channel_id": general, "message": "ü".repeat(16_383) });
    assert_eq!(lab.post("alice", "/posts", longest).await.status, 201);
    assert_eq!(lab.get("nobody", "/users/me").await.error(), (401, "api.context.session_expired.app_error"));
}

#[tokio::test]
async fn a_patch_keeps_what_it_does_not_name_and_an_update_drops_it() {
    let lab = Lab::new().await;
    let body = json!({
        "channel_id": lab.seed.channel("general"),
        "message": "one",
        "props": { "mark": "m", "attachments": [{ "text": "card" }] },
    });
    let post = lab.post("openclaw", "/posts", body).await;
    let path = format!("/posts/{}", post.id());
    assert_eq!(lab.post("alice", &format!("{path}/pin"), Value::Null).await.status, 200);
    let patched = lab.put("openclaw", &format!("{path}/patch"), json!({ "message": "two" })).await;
    assert_eq!(patched.body["props"]["mark"], "m");
    assert_eq!(patched.body["is_pinned"], true);
    assert_eq!(patched.body["edit_at"], patched.body["update_at"]);
    let card = &patched.body["props"]["attachments"][0];
    assert_eq!((&card["text"], &card["fields"], &card["ts"]), (&json!("card"), &Value::Null, &Value::Null));
    let updated = lab.put("openclaw", &path, json!({ "id": post.id(), "message": "three" })).await;
    assert_eq!(updated.body["props"], json!({}));
    assert_eq!(updated.body["is_pinned"], false);
    assert_eq!(lab.put("alice", &format!("{path}/patch"), json!({ "message": "no" })).await.status, 403);
}

#[tokio::test]
async fn what_stands_behind_a_button_is_never_shown() {
    let lab = Lab::new().await;
    let action = json!({ "name": "Yes", "integration": { "url": "http://x/", "context": { "secret": 1 } } });
    let props = json!({ "attachments": [{ "actions": [action] }] });
    let body = json!({ "channel_id": lab.seed.channel("general"), "message": "m", "props": props });
    let post = lab.post("openclaw", "/posts", body).await;
    let shown = &post.body["props"]["attachments"][0]["actions"][0];
    assert_eq!(shown["name"], "Yes");
    assert_eq!(shown["id"].as_str().unwrap().len(), 26);
    assert_eq!(shown.get("integration"), None);
}

#[tokio::test]
async fn a_deleted_post_is_gone_for_readers_and_editors() {
    let lab = Lab::new().await;
    let post = lab.say("alice", "general", "gone soon").await;
    let path = format!("/posts/{}", post.id());
    assert_eq!(lab.delete("bob", &path).await.status, 403);
    assert_eq!(lab.delete("alice", &path).await.body, json!({ "status": "OK" }));
    assert_eq!(lab.get("alice", &path).await.error(), (404, "app.post.get.app_error"));
    assert_eq!(lab.put("alice", &format!("{path}/patch"), json!({ "message": "x" })).await.status, 403);
}

#[tokio::test]
async fn reactions_are_kept_once_and_taken_back() {
    let lab = Lab::new().await;
    let post = lab.say("alice", "general", "nice").await;
    let bob = lab.seed.user_id("bob");
    let body = json!({ "user_id": bob, "post_id": post.id(), "emoji_name": "thumbsup" });
    let first = lab.post("bob", "/reactions", body.clone()).await;
    assert_eq!(first.body, lab.post("bob", "/reactions", body.clone()).await.body);
    assert_eq!(lab.post("alice", "/reactions", body).await.status, 403);
    let list = format!("/posts/{}/reactions", post.id());
    assert_eq!(lab.get("alice", &list).await.body.as_array().unwrap().len(), 1);
    let one = format!("/users/{bob}/posts/{}/reactions/thumbsup", post.id());
    for _ in 0..2 {
        assert_eq!(lab.delete("bob", &one).await.status, 200);
    }
    assert_eq!(lab.get("alice", &list).await.body, Value::Null);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_not_found_without_a_request_id() {
    let lab = Lab::new().await;
    for (method, path) in [("GET", "/no/such/route"), ("GET", "/users/not-an-id"), ("PATCH", "/posts")] {
        let answer = lab.call("alice", method, path, Value::Null).await;
        assert_eq!(answer.error(), (404, "api.context.404.app_error"), "{method} {path}");
        assert_eq!(answer.headers.get("x-request-id"), None);
        assert!(answer.body["detailed_error"].as_str().unwrap().contains(&format!("'/api/v4{path}'")));
    }
}

#[tokio::test]
async fn a_waiter_sees_posts_edits_and_reactions_though_nobody_listens() {
    let lab = Lab::new().await;
    let general = lab.seed.channel("general");
    let post = lab.say("alice", "general", "first").await;
    let id = post.id().to_owned();
    let (alice, bob) = (lab.seed.user_id("alice"), lab.seed.user_id("bob"));
    let soon = async |what: &str, act: &dyn Fn()| {
        let waiting = lab.sim.wait_for_post(
            general,
            |post| post.message == what || post.reactions.iter().any(|(_, emoji)| emoji == what),
            common::PATIENCE,
        );
        let acting = async {
            // By then the waiter has looked at everything that was there.
            tokio::time::sleep(common::QUIET).await;
            act();
        };
        tokio::join!(waiting, acting).0.unwrap()
    };
    let seen = soon("second", &|| drop(lab.sim.post_as(bob, general, "second", "").unwrap())).await;
    assert_eq!(seen.user_id, bob);
    let seen = soon("edited", &|| drop(lab.sim.edit_as(alice, &id, "edited").unwrap())).await;
    assert_eq!(seen.id, id);
    let seen = soon("eyes", &|| lab.sim.react_as(bob, &id, "eyes").unwrap()).await;
    assert_eq!(seen.id, id);
    // What was there before counts too, and the oldest comes first.
    let any = lab.sim.wait_for_post(general, |post| post.kind.is_empty(), common::PATIENCE).await.unwrap();
    assert_eq!(any.id, id);
    let never = lab.sim.wait_for_post(general, |post| post.message == "never", common::QUIET).await;
    assert!(matches!(never, Err(mattermost_sim::SimError::Timeout(_))));
}
