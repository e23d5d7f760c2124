//! What an integration says at the `response_url` of an execution.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, PATIENCE, http_client, integration::Integration, post_of};
use serde_json::{Value, json};

struct Called {
    lab: Lab,
    root_id: String,
    url: String,
}

/// A command was executed in a thread of `general`.
async fn called() -> Called {
    let (lab, there) = (Lab::new().await, Integration::new().await);
    lab.post("admin", "/commands", there.command(&lab.seed, "oc_status")).await;
    let root_id = lab.say("bob", "general", "root").await.id().to_owned();
    let (alice, general) = (lab.seed.user_id("alice"), lab.seed.channel("general"));
    assert_eq!(lab.sim.execute(alice, general, &root_id, "/oc_status").await.status, 200);
    let url = there.last().field("response_url");
    Called { lab, root_id, url }
}

/// The answer's status, content type and body, or its error's id.
async fn say(url: &str, body: Value) -> (u16, String, String) {
    let response = http_client().post(url).json(&body).timeout(PATIENCE).send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    let error =
        serde_json::from_str::<Value>(&text).ok().and_then(|body| Some(body["id"].as_str()?.to_owned()));
    (status, kind, error.unwrap_or(text))
}

fn ok() -> (u16, String, String) {
    (200, "text/plain".to_owned(), "ok".to_owned())
}

#[tokio::test]
async fn a_later_answer_comes_into_the_thread_of_the_call() {
    let Called { lab, root_id, url } = called().await;
    let (mut alice, _) = lab.listen("alice").await;
    assert_eq!(say(&url, json!({ "response_type": "ephemeral", "text": "later" })).await, ok());
    let post = post_of(&alice.event("ephemeral_message").await);
    assert_eq!((&post["message"], &post["root_id"]), (&json!("later"), &json!(root_id)));
    assert_eq!(say(&url, json!({ "response_type": "in_channel", "text": "for all" })).await, ok());
    let post = post_of(&alice.event("posted").await);
    assert_eq!((&post["message"], &post["root_id"]), (&json!("for all"), &json!(root_id)));
    assert_eq!(post["user_id"], lab.seed.user_id("alice"));
}

#[tokio::test]
async fn who_waits_for_an_answer_sees_it_come() {
    let Called { lab, url, .. } = called().await;
    let alice = lab.seed.user_id("alice");
    let wait = lab.sim.wait_for_ephemeral(alice, |post| post.message == "second", PATIENCE);
    let speak = async {
        assert_eq!(say(&url, json!({ "text": "first" })).await, ok());
        assert_eq!(say(&url, json!({ "text": "second" })).await, ok());
    };
    let (seen, ()) = tokio::join!(wait, speak);
    assert_eq!(seen.unwrap().message, "second");
    let none = lab.sim.wait_for_ephemeral(alice, |post| post.message == "third", common::QUIET);
    assert!(none.await.is_err());
}

#[tokio::test]
async fn five_answers_are_taken_and_no_sixth() {
    let Called { lab, url, .. } = called().await;
    for number in 0..5 {
        assert_eq!(say(&url, json!({ "text": format!("answer {number}") })).await, ok());
    }
    let (status, _, error) = say(&url, json!({ "text": "answer 5" })).await;
    assert_eq!((status, error.as_str()), (400, "app.command_webhook.try_use.invalid"));
    assert_eq!(lab.sim.ephemerals(lab.seed.user_id("alice")).len(), 5);
}

#[tokio::test]
async fn answers_need_an_address_that_was_given_out_and_a_command_that_is_there() {
    let Called { lab, url, .. } = called().await;
    let (base, _) = url.rsplit_once('/').unwrap();
    let unknown = say(&format!("{base}/{}", "z".repeat(26)), json!({ "text": "x" })).await;
    assert_eq!((unknown.0, unknown.2.as_str()), (404, "app.command_webhook.get.missing"));
    let broken = http_client().post(&url).header("Content-Type", "application/json").body("{").send().await;
    let broken: Value = broken.unwrap().json().await.unwrap();
    assert_eq!(broken["id"], "web.command_webhook.parse.app_error");
    // A restart forgets none of them.
    lab.sim.restart(std::time::Duration::ZERO, Default::default()).await;
    assert_eq!(say(&url, json!({ "text": "after the restart" })).await, ok());
    let id = lab.sim.commands(&lab.seed.team_id)[0].id.clone();
    lab.delete("admin", &format!("/commands/{id}")).await;
    let gone = say(&url, json!({ "text": "x" })).await;
    assert_eq!((gone.0, gone.2.as_str()), (400, "web.command_webhook.command.app_error"));
}
