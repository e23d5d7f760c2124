//! Interactive dialogs: opening them with a trigger id, and sending in what was filled in.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{
    Lab, PATIENCE, http_client,
    integration::{Integration, Reply},
};
use serde_json::{Value, json};

/// What an integration may open, and for whom it got the trigger id.
async fn clicked() -> (Lab, Integration, String) {
    let (lab, there) = (Lab::new().await, Integration::new().await);
    let props = json!({ "attachments": [{ "actions": [there.button("yes", json!({}))] }] });
    let body = json!({ "channel_id": lab.seed.channel("general"), "message": "choose", "props": props });
    let post = lab.post("openclaw", "/posts", body).await;
    assert_eq!(lab.sim.click(lab.seed.user_id("alice"), post.id(), "yes").await.status, 200);
    let trigger = there.last().json()["trigger_id"].as_str().unwrap().to_owned();
    (lab, there, trigger)
}

/// Asks for a dialog as an integration does, without a session; status and body.
async fn open(lab: &Lab, body: Value) -> (u16, Value) {
    let url = format!("{}/api/v4/actions/dialogs/open", lab.sim.url());
    let response = http_client().post(url).json(&body).timeout(PATIENCE).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_dialog_opens_for_the_one_who_clicked() {
    let (lab, there, trigger) = clicked().await;
    let (mut alice, _) = lab.listen("alice").await;
    let (mut bob, _) = lab.listen("bob").await;
    let elements = json!([{ "display_name": "N", "name": "n", "type": "text", "unknown": 1 }]);
    let dialog = json!({ "callback_id": "cb", "title": "T", "elements": elements });
    let body = json!({ "trigger_id": trigger, "url": there.url(), "dialog": dialog });
    assert_eq!(open(&lab, body).await, (200, json!({ "status": "OK" })));
    let event = alice.event("open_dialog").await;
    let opened: Value = serde_json::from_str(event["data"]["dialog"].as_str().unwrap()).unwrap();
    assert_eq!(opened["trigger_id"].as_str().unwrap().len(), 26);
    assert_eq!(opened["dialog"]["elements"][0]["multiselect"], false);
    assert_eq!(opened["dialog"]["elements"][0].get("unknown"), None);
    assert_eq!((&opened["url"], &opened["dialog"]["title"]), (&json!(there.url()), &json!("T")));
    assert!(bob.is_quiet().await);
}

#[tokio::test]
async fn a_dialog_needs_an_address_and_a_fresh_trigger_id_of_this_server() {
    let (lab, there, trigger) = clicked().await;
    let id = async |body: Value| {
        let (status, body) = open(&lab, body).await;
        (status, body["id"].as_str().unwrap_or_default().to_owned())
    };
    let without = id(json!({ "trigger_id": trigger, "url": "" })).await;
    assert_eq!(without, (400, "api.context.invalid_body_param.app_error".to_owned()));
    let (other, _, foreign) = clicked().await;
    for (trigger, reason) in
        [("%", "base64_decode_failed"), ("YTpi", "missing_data"), (&foreign, "verify_signature_failed")]
    {
        let refused = id(json!({ "trigger_id": trigger, "url": there.url() })).await;
        assert_eq!(refused, (400, format!("interactive_message.decode_trigger_id.{reason}")));
    }
    other.sim.stop().await;
    // It lives as long as an integration may take.
    lab.sim.set_integration_timeout(std::time::Duration::from_millis(1));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let old = id(json!({ "trigger_id": trigger, "url": there.url() })).await;
    assert_eq!(old, (400, "interactive_message.decode_trigger_id.expired".to_owned()));
}

#[tokio::test]
async fn what_was_filled_in_is_sent_to_the_integration() {
    let (lab, there, _) = clicked().await;
    let filled = json!({
        "url": there.url(), "callback_id": "cb", "state": "s<1>", "channel_id": lab.seed.channel("general"),
        "team_id": lab.seed.team_id, "submission": { "n": "text", "count": 3 },
    });
    there.next_json(json!({ "errors": { "n": "too short" } }));
    let answer = lab.post("alice", "/actions/dialogs/submit", filled.clone()).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({ "errors": { "n": "too short" } })));
    let told = format!(
        r#"{{"type":"dialog_submission","callback_id":"cb","state":"s\u003c1\u003e","user_id":"{}","channel_id":"{}","team_id":"{}","submission":{{"count":3,"n":"text"}},"cancelled":false}}"#,
        lab.seed.user_id("alice"),
        lab.seed.channel("general"),
        lab.seed.team_id,
    );
    assert_eq!(there.last().body, told);
    // Nothing is a fine answer, another status is none.
    there.next(Reply::Text(String::new()));
    assert_eq!(lab.post("alice", "/actions/dialogs/submit", filled.clone()).await.body, json!({}));
    there.next(Reply::Status(500));
    let broken = lab.post("alice", "/actions/dialogs/submit", filled.clone()).await;
    assert_eq!(broken.error(), (400, "api.post.do_action.action_integration.app_error"));
    lab.sim.leave(lab.seed.channel("general"), lab.seed.user_id("mallory")).unwrap();
    let forbidden = lab.post("mallory", "/actions/dialogs/submit", filled).await;
    assert_eq!(forbidden.error(), (403, "api.context.permissions.app_error"));
}
