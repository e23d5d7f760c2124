//! What becomes of an integration's answer to a click.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::Duration;

use common::{
    Lab,
    integration::{Integration, Reply},
    post_of,
};
use mattermost_sim::{ClickOutcome, Draft, Options};
use serde_json::{Map, Value, json};

struct Offered {
    lab: Lab,
    there: Integration,
    post: String,
}

async fn offered_in(lab: Lab, root_id: &str, more: Value) -> Offered {
    let there = Integration::new().await;
    let mut props = Map::new();
    props.insert("attachments".to_owned(), json!([{ "actions": [there.button("yes", json!({}))] }]));
    props.extend(more.as_object().unwrap().clone());
    let draft =
        Draft { message: "choose".to_owned(), root_id: root_id.to_owned(), props, ..Draft::default() };
    let post = lab.sim.post_draft(lab.seed.user_id("openclaw"), lab.seed.channel("general"), draft);
    Offered { post: post.unwrap().id, there, lab }
}

async fn offered() -> Offered {
    offered_in(Lab::new().await, "", json!({})).await
}

impl Offered {
    async fn click(&self, answer: Reply) -> ClickOutcome {
        self.there.next(answer);
        self.lab.sim.click(self.lab.seed.user_id("alice"), &self.post, "yes").await
    }

    async fn read(&self) -> Value {
        self.lab.get("openclaw", &format!("/posts/{}", self.post)).await.body
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error_and_changes_nothing() {
    let offered = offered().await;
    let before = offered.read().await;
    for answer in [
        Reply::Status(500),
        Reply::Status(403),
        Reply::Status(204),
        Reply::Status(201),
        Reply::Text("not json".to_owned()),
        Reply::Json(json!([])),
        Reply::Json(json!({ "update": "text" })),
        Reply::Json(json!({ "ephemeral_text": 1 })),
        Reply::Raw(200, vec![], json!({ "ephemeral_text": "x".repeat(1024 * 1024) }).to_string().into()),
    ] {
        let said = format!("{answer:?}").chars().take(60).collect::<String>();
        let clicked = offered.click(answer).await;
        let id = &clicked.body["id"];
        assert_eq!(
            (clicked.status, id),
            (400, &json!("api.post.do_action.action_integration.app_error")),
            "{said}"
        );
    }
    assert_eq!(offered.read().await, before);
    assert!(offered.lab.sim.ephemerals(offered.lab.seed.user_id("alice")).is_empty());
}

#[tokio::test]
async fn an_answer_that_asks_for_nothing_is_fine() {
    let offered = offered().await;
    let before = offered.read().await;
    for answer in [
        Reply::Json(json!({})),
        Reply::Json(Value::Null),
        Reply::Text(String::new()),
        Reply::Json(json!({ "update": null, "ephemeral_text": null })),
        Reply::Json(json!({ "error": { "message": "nope" } })),
    ] {
        let clicked = offered.click(answer).await;
        assert_eq!((clicked.status, &clicked.body["status"]), (200, &json!("OK")));
        assert_eq!(clicked.body["trigger_id"].as_str().unwrap().len(), 26);
    }
    assert_eq!(offered.read().await, before);
}

#[tokio::test]
async fn an_update_sets_the_text_and_the_props_only_if_it_has_any() {
    let offered = offered_in(Lab::new().await, "", json!({ "mine": 1 })).await;
    offered.lab.sim.pin(&offered.post, true).unwrap();
    offered.click(Reply::Json(json!({ "update": { "message": "text only" } }))).await;
    let post = offered.read().await;
    assert_eq!((&post["message"], &post["props"]["mine"]), (&json!("text only"), &json!(1)));
    assert_eq!(post["is_pinned"], true);
    assert_ne!(post["edit_at"], 0);
    // Kept props have kept buttons.
    let attachments = json!([{ "actions": [offered.there.button("yes", json!({ "second": 2 }))] }]);
    let update = json!({ "update": { "message": "replaced", "props": { "attachments": attachments } } });
    assert_eq!(offered.click(Reply::Json(update)).await.status, 200);
    let post = offered.read().await;
    assert_eq!((post["props"].get("mine"), post["props"].get("from_bot")), (None, None));
    assert!(!post.to_string().contains("integration"));
    // New props have new buttons.
    assert_eq!(offered.click(Reply::Json(json!({ "update": { "props": {} } }))).await.status, 200);
    assert_eq!(offered.there.last().json()["context"], json!({ "second": 2 }));
    let post = offered.read().await;
    assert_eq!((&post["message"], &post["props"]), (&json!(""), &json!({})));
    let clicked = offered.click(Reply::Json(json!({}))).await;
    assert_eq!(
        (clicked.status, &clicked.body["id"]),
        (404, &json!("api.post.do_action.action_id.app_error"))
    );
}

#[tokio::test]
async fn who_a_post_seems_to_be_from_stays_as_it_was() {
    let kept = json!({ "from_webhook": "true", "override_username": "robot" });
    let offered = offered_in(Lab::new().await, "", kept.clone()).await;
    let props = json!({
        "override_username": "somebody", "override_icon_url": "https://a.example/icon", "mine": 1,
    });
    offered.click(Reply::Json(json!({ "update": { "props": props }, "ephemeral_text": "done" }))).await;
    let mut expected = kept.clone();
    expected["mine"] = json!(1);
    assert_eq!(offered.read().await["props"], expected);
    let shown = offered.lab.sim.ephemerals(offered.lab.seed.user_id("alice"));
    assert_eq!(json!(shown[0].props), kept);
}

#[tokio::test]
async fn the_edit_is_told_before_the_words_for_the_clicker() {
    let offered = offered().await;
    let (mut alice, _) = offered.lab.listen("alice").await;
    let (mut bob, _) = offered.lab.listen("bob").await;
    let answer = json!({ "update": { "message": "chosen" }, "ephemeral_text": "only you" });
    assert_eq!(offered.click(Reply::Json(answer)).await.status, 200);
    assert_eq!(post_of(&bob.event("post_edited").await)["message"], "chosen");
    let edited = alice.event("post_edited").await;
    let words = alice.event("ephemeral_message").await;
    assert_eq!(post_of(&words)["message"], "only you");
    assert_eq!(edited["seq"].as_i64().map(|seq| seq + 1), words["seq"].as_i64());
    assert!(bob.is_quiet().await);
}

#[tokio::test]
async fn an_ephemeral_answer_stands_in_the_thread_of_the_post() {
    let offered = offered().await;
    offered.click(Reply::Json(json!({ "ephemeral_text": "see <https://a.example|it>" }))).await;
    let skip = json!({ "ephemeral_text": "see <https://a.example|it>", "skip_slack_parsing": true });
    offered.click(Reply::Json(skip)).await;
    let alice = offered.lab.seed.user_id("alice").to_owned();
    let shown = offered.lab.sim.ephemerals(&alice);
    let texts: Vec<&str> = shown.iter().map(|post| post.message.as_str()).collect();
    assert_eq!(texts, ["see [it](https://a.example)", "see <https://a.example|it>"]);
    assert!(shown.iter().all(|post| post.root_id == offered.post && post.user_id == alice));
    let root = offered.lab.say("bob", "general", "root").await.id().to_owned();
    let offered = offered_in(offered.lab, &root, json!({})).await;
    offered.click(Reply::Json(json!({ "ephemeral_text": "in the thread" }))).await;
    assert_eq!(offered.lab.sim.ephemerals(&alice).pop().unwrap().root_id, root);
}

#[tokio::test]
async fn an_integration_that_is_silent_is_given_up() {
    let lab = Lab::with(Options::default().integration_timeout(Duration::from_millis(100))).await;
    let offered = offered_in(lab, "", json!({})).await;
    assert_eq!(offered.click(Reply::Silence).await.status, 400);
    offered.lab.sim.set_integration_timeout(Duration::from_secs(5));
    assert_eq!(offered.click(Reply::Late(200, b"{}".to_vec())).await.status, 200);
}

#[tokio::test]
async fn a_post_that_was_deleted_meanwhile_is_not_changed() {
    let offered = offered().await;
    let (sim, alice) = (&offered.lab.sim, offered.lab.seed.user_id("alice"));
    let late = json!({ "update": { "message": "too late" } }).to_string().into_bytes();
    offered.there.next(Reply::Late(200, late));
    let click = sim.click(alice, &offered.post, "yes");
    let delete = async {
        while offered.there.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        sim.delete_as(offered.lab.seed.user_id("openclaw"), &offered.post).unwrap();
    };
    let (clicked, ()) = tokio::join!(click, delete);
    assert_eq!((clicked.status, &clicked.body["id"]), (404, &json!("app.post.get.app_error")));
}
