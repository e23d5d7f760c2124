//! Clicking buttons and choosing in menus: what the integration is told, and who may.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{
    Lab,
    integration::{Integration, Reply},
    post_of,
};
use mattermost_sim::{Options, Version};
use serde_json::{Value, json};

const BROKEN: (u16, &str) = (400, "api.post.do_action.action_integration.app_error");
const NO_ACTION: (u16, &str) = (404, "api.post.do_action.action_id.app_error");
const FORBIDDEN: (u16, &str) = (403, "api.context.permissions.app_error");

/// Posts actions as the bot; the post's id.
async fn offer(lab: &Lab, channel: &str, actions: Value) -> String {
    let props = json!({ "attachments": [{ "actions": actions }] });
    let body = json!({ "channel_id": lab.seed.channel(channel), "message": "choose", "props": props });
    lab.post("openclaw", "/posts", body).await.id().to_owned()
}

/// Clicks over HTTP; status and error id.
async fn click(lab: &Lab, who: &str, post: &str, action: &str, body: Value) -> (u16, String) {
    let answer = lab.post(who, &format!("/posts/{post}/actions/{action}"), body).await;
    (answer.status, answer.id().to_owned())
}

fn error((status, id): (u16, &str)) -> (u16, String) {
    (status, id.to_owned())
}

async fn lab() -> (Lab, Integration) {
    (Lab::new().await, Integration::new().await)
}

#[tokio::test]
async fn an_integration_is_told_of_a_click_in_the_bytes_of_a_real_server() {
    let (lab, there) = lab().await;
    let context = json!({
        "action_id": "yes", "n": 1, "f": 1.0, "big": 12345678901234567890_u64, "u": "é<>&",
        "nested": { "b": 1, "a": [1, { "z": 1, "y": null }] }, "_token": "abc",
    });
    let post = offer(&lab, "general", json!([there.button("yes", context)])).await;
    let clicked = lab.sim.click(lab.seed.user_id("alice"), &post, "yes").await;
    assert_eq!((clicked.status, &clicked.body["status"]), (200, &json!("OK")));
    let seen = there.last();
    assert_eq!(
        seen.names(),
        ["Host", "User-Agent", "Content-Length", "Accept", "Content-Type", "Accept-Encoding"]
    );
    assert_eq!(seen.header("User-Agent"), "Mattermost-Bot/1.1");
    assert_eq!(seen.header("Content-Type"), "application/json");
    let trigger = seen.json()["trigger_id"].as_str().unwrap().to_owned();
    let told = format!(
        concat!(
            r#"{{"user_id":"{user}","user_name":"alice","channel_id":"{channel}","channel_name":"general","#,
            r#""team_id":"{team}","team_domain":"lab","post_id":"{post}","trigger_id":"{trigger}","#,
            r#""type":"button","data_source":"","context":{{"_token":"abc","action_id":"yes","#,
            r#""big":12345678901234567000,"f":1,"n":1,"nested":{{"a":[1,{{"y":null,"z":1}}],"b":1}},"#,
            r#""u":"é\u003c\u003e\u0026"}}}}"#
        ),
        user = lab.seed.user_id("alice"),
        channel = lab.seed.channel("general"),
        team = lab.seed.team_id,
        post = post,
        trigger = trigger,
    );
    assert_eq!(seen.body, told);
}

#[tokio::test]
async fn what_stands_behind_a_button_is_shown_to_nobody() {
    let (lab, there) = lab().await;
    let (mut alice, _) = lab.listen("alice").await;
    let secret = json!({ "secret": "hidden words" });
    let post = offer(&lab, "general", json!([there.button("yes", secret)])).await;
    let path = format!("/posts/{post}");
    let patched = lab.put("openclaw", &format!("{path}/patch"), json!({ "message": "changed" })).await;
    let page = format!("/channels/{}/posts", lab.seed.channel("general"));
    let mut shown = vec![patched.body, alice.event("posted").await, alice.event("post_edited").await];
    for path in [path.clone(), format!("{path}/thread"), page, format!("{path}?include_deleted=true")] {
        shown.push(lab.get("openclaw", &path).await.body);
    }
    shown.push(lab.post("openclaw", "/posts/ids", json!([post])).await.body);
    for shown in shown {
        let text = shown.to_string();
        assert!(text.contains("yes"), "{text}");
        assert!(!text.contains("hidden words") && !text.contains("integration"), "{text}");
    }
    // The button works as before: a change that names no props keeps what stands behind them.
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await.0, 200);
    assert_eq!(there.last().json()["context"]["secret"], "hidden words");
    // Only those who are told of a deletion see it, as on a real server.
    lab.delete("openclaw", &path).await;
    let deleted = post_of(&alice.event("post_deleted").await);
    let integration = &deleted["props"]["attachments"][0]["actions"][0]["integration"];
    assert_eq!(integration["context"]["secret"], "hidden words");
}

#[tokio::test]
async fn props_that_were_read_and_written_back_have_lost_their_integrations() {
    let (lab, there) = lab().await;
    let post = offer(&lab, "general", json!([there.button("yes", json!({}))])).await;
    let read = lab.get("openclaw", &format!("/posts/{post}")).await.body;
    lab.put("openclaw", &format!("/posts/{post}/patch"), json!({ "props": read["props"] })).await;
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await, error(NO_ACTION));
    assert!(there.seen().is_empty());
}

#[tokio::test]
async fn the_route_takes_letters_and_digits_only() {
    let (lab, there) = lab().await;
    let actions: Vec<Value> =
        ["with_under", "with-dash", "Fine1"].iter().map(|id| there.button(id, json!({}))).collect();
    let post = offer(&lab, "general", json!(actions)).await;
    let no_route = (404, "api.context.404.app_error".to_owned());
    for id in ["with_under", "with-dash"] {
        assert_eq!(click(&lab, "alice", &post, id, json!({})).await, no_route, "{id}");
        let clicked = lab.sim.click(lab.seed.user_id("alice"), &post, id).await;
        assert_eq!((clicked.status, &clicked.body["id"]), (404, &json!(no_route.1)), "{id}");
    }
    assert_eq!(click(&lab, "alice", &post, "nosuch", json!({})).await, error(NO_ACTION));
    assert_eq!(
        click(&lab, "alice", "short", "Fine1", json!({})).await.1,
        "api.context.invalid_url_param.app_error"
    );
    assert!(there.seen().is_empty());
    // A body that is none counts as empty.
    assert_eq!(click(&lab, "alice", &post, "Fine1", json!("no object")).await.0, 200);
}

#[tokio::test]
async fn an_old_server_takes_only_ids_of_its_own() {
    let lab = Lab::with(Options::version(Version::V5_16)).await;
    let there = Integration::new().await;
    let id = "abcdefghijklmnopqrstuvwxyz";
    let actions = json!([there.button("yes", json!({})), there.button(id, json!({ "a": 1 }))]);
    let post = offer(&lab, "general", actions).await;
    let refused = (400, "api.context.invalid_url_param.app_error".to_owned());
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await, refused);
    assert_eq!(lab.sim.click(lab.seed.user_id("alice"), &post, "yes").await.status, 400);
    assert_eq!(click(&lab, "alice", &post, id, json!({})).await.0, 200);
    assert_eq!(there.last().header("User-Agent"), "mattermost-5.16.0");
}

#[tokio::test]
async fn a_choice_in_a_menu_is_part_of_the_context() {
    let (lab, there) = lab().await;
    let menu = |id: &str, more: Value| {
        let mut menu = there.button(id, json!({ "kept": true }));
        menu["type"] = json!("select");
        menu.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        menu
    };
    let options = json!({ "options": [{ "text": "A", "value": "a" }] });
    let post = offer(
        &lab,
        "general",
        json!([menu("menu", options), menu("people", json!({ "data_source": "users" }))]),
    )
    .await;
    assert_eq!(click(&lab, "alice", &post, "menu", json!({ "selected_option": "a" })).await.0, 200);
    let told = there.last().json();
    assert_eq!(told["context"], json!({ "kept": true, "selected_option": "a" }));
    assert_eq!((&told["type"], &told["data_source"]), (&json!("select"), &json!("")));
    let bob = lab.seed.user_id("bob");
    assert_eq!(lab.sim.choose(lab.seed.user_id("alice"), &post, "people", bob).await.status, 200);
    let told = there.last().json();
    assert_eq!((&told["data_source"], &told["context"]["selected_option"]), (&json!("users"), &json!(bob)));
    // A button has no options, whatever its clicker sends.
    let post = offer(&lab, "general", json!([there.button("yes", json!({}))])).await;
    click(&lab, "alice", &post, "yes", json!({ "selected_option": "a" })).await;
    assert_eq!(there.last().json().get("context"), None);
}

#[tokio::test]
async fn who_is_not_in_the_channel_clicks_nothing_and_bots_may_click() {
    let (lab, there) = lab().await;
    let actions = json!([there.button("yes", json!({}))]);
    let post = offer(&lab, "secret", actions.clone()).await;
    lab.sim.leave(lab.seed.channel("secret"), lab.seed.user_id("mallory")).unwrap();
    assert_eq!(click(&lab, "mallory", &post, "yes", json!({})).await, error(FORBIDDEN));
    assert_eq!(click(&lab, "admin", &post, "yes", json!({})).await.0, 200);
    assert_eq!(click(&lab, "alerts", &post, "yes", json!({})).await.0, 200);
    assert_eq!(there.last().json()["user_name"], "alerts");
    // Open channels are no exception.
    let post = offer(&lab, "general", actions).await;
    lab.sim.leave(lab.seed.channel("general"), lab.seed.user_id("mallory")).unwrap();
    assert_eq!(click(&lab, "mallory", &post, "yes", json!({})).await, error(FORBIDDEN));
    assert_eq!(click(&lab, "alice", &"z".repeat(26), "yes", json!({})).await, error(FORBIDDEN));
    let gone = (404, "app.post.get.app_error".to_owned());
    assert_eq!(click(&lab, "admin", &"z".repeat(26), "yes", json!({})).await, gone);
    lab.delete("openclaw", &format!("/posts/{post}")).await;
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await, gone);
    assert_eq!(there.seen().len(), 2);
}

#[tokio::test]
async fn only_addresses_that_the_server_allows_are_called() {
    let (lab, there) = lab().await;
    let to = |url: String| json!([{ "id": "yes", "name": "yes", "type": "button", "integration": { "url": url } }]);
    let alice = lab.seed.user_id("alice");
    for url in [
        "http://10.255.255.1/click".to_owned(),
        "http://[fd00::1]/click".to_owned(),
        "http://127.0.0.1:1/nobody-listens".to_owned(),
        "/no/such".to_owned(),
        "/plugins/com.example.plugin/action".to_owned(),
        format!("{}/plugins/com.example.plugin/action", lab.sim.url()),
        "ftp://127.0.0.1/".to_owned(),
        String::new(),
    ] {
        let post = offer(&lab, "general", to(url.clone())).await;
        assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await, error(BROKEN), "{url}");
    }
    let [near, name] = [there.url(), there.url_at("localhost")].map(to);
    let [near, name] = [offer(&lab, "general", near).await, offer(&lab, "general", name).await];
    for (list, near_works, name_works) in [
        ("", false, false),
        ("localhost", false, true),
        ("127.0.0.1", true, false),
        ("10.0.0.0/8,127.0.0.0/8", true, true),
        ("10.0.0.0/8", false, false),
    ] {
        lab.sim.set_allowed_internal(list);
        for (post, works) in [(&near, near_works), (&name, name_works)] {
            assert_eq!(lab.sim.click(alice, post, "yes").await.status == 200, works, "{list}");
        }
    }
    let forbidden = lab.sim.callbacks().last().unwrap().answer.clone().unwrap_err();
    assert!(forbidden.contains("AllowedUntrustedInternalConnections"), "{forbidden}");
}

#[tokio::test]
async fn a_plugin_of_the_server_itself_gets_the_session_of_the_clicker() {
    let (lab, _) = lab().await;
    lab.sim.set_allowed_internal("");
    let url = format!("{}/plugins/com.example.plugin/action", lab.sim.url());
    let actions = json!([{ "id": "yes", "name": "yes", "type": "button", "integration": { "url": url } }]);
    let post = offer(&lab, "general", actions).await;
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await, error(BROKEN));
    let record = lab.sim.callbacks().pop().unwrap();
    assert_eq!(record.answer, Ok(404));
    assert_eq!(record.header("authorization"), Some(format!("Bearer {}", lab.seed.token("alice")).as_str()));
}

#[tokio::test]
async fn without_post_actions_a_click_reaches_nobody() {
    let lab = Lab::with(Options::default().post_actions(false)).await;
    let there = Integration::new().await;
    let post = offer(&lab, "general", json!([there.button("yes", json!({}))])).await;
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await.0, 501);
    assert!(there.seen().is_empty());
    lab.sim.set_post_actions(true);
    assert_eq!(click(&lab, "alice", &post, "yes", json!({})).await.0, 200);
}

#[tokio::test]
async fn a_button_of_an_ephemeral_post_works_with_its_cookie_only() {
    let (lab, there) = lab().await;
    there.next_json(json!({ "ephemeral_text": "clicked" }));
    let (mut alice, _) = lab.listen("alice").await;
    let actions = json!([there.button("yes", json!({ "kept": 1 }))]);
    let post = json!({
        "channel_id": lab.seed.channel("general"), "message": "only you",
        "props": { "attachments": [{ "actions": actions }] },
    });
    let body = json!({ "user_id": lab.seed.user_id("alice"), "post": post });
    let made = lab.post("admin", "/posts/ephemeral", body).await;
    let shown = post_of(&alice.event("ephemeral_message").await);
    let action = &shown["props"]["attachments"][0]["actions"][0];
    assert_eq!(action.get("integration"), None);
    let cookie = action["cookie"].as_str().unwrap();
    assert!(!cookie.is_empty() && !cookie.contains("kept"));
    let id = made.id();
    let with = |cookie: &str| json!({ "cookie": cookie });
    assert_eq!(click(&lab, "alice", id, "yes", json!({})).await, error(FORBIDDEN));
    assert_eq!(click(&lab, "alice", id, "yes", with("bm90IG9uZQ==")).await, error(BROKEN));
    let turned: String = cookie.chars().rev().collect();
    assert_eq!(click(&lab, "alice", id, "yes", with(&turned)).await, error(BROKEN));
    assert_eq!(click(&lab, "alice", &"z".repeat(26), "yes", with(cookie)).await, error(BROKEN));
    assert!(there.seen().is_empty());
    assert_eq!(click(&lab, "alice", id, "yes", with(cookie)).await.0, 200);
    let told = there.last().json();
    assert_eq!((&told["post_id"], &told["context"]), (&json!(id), &json!({ "kept": 1 })));
    let answer = post_of(&alice.event("ephemeral_message").await);
    assert_eq!((&answer["message"], &answer["root_id"]), (&json!("clicked"), &json!(id)));
    // The person's own client sends the cookie along.
    assert_eq!(lab.sim.click(lab.seed.user_id("alice"), id, "yes").await.status, 200);
    // There is no post that an answer could change.
    there.next_json(json!({ "update": { "message": "changed" } }));
    assert_eq!(click(&lab, "alice", id, "yes", with(cookie)).await.0, 404);
}

#[tokio::test]
async fn a_click_goes_on_when_its_clicker_hangs_up() {
    let (lab, there) = lab().await;
    let (mut alice, _) = lab.listen("alice").await;
    let post = offer(&lab, "general", json!([there.button("yes", json!({}))])).await;
    let body = json!({ "update": { "message": "done" } }).to_string().into_bytes();
    there.next(Reply::Late(200, body));
    let path = format!("/posts/{post}/actions/yes");
    let hung_up = tokio::time::timeout(
        std::time::Duration::from_millis(100),
        lab.attempt("alice", "POST", &path, json!({})),
    );
    assert!(hung_up.await.is_err());
    assert_eq!(post_of(&alice.event("post_edited").await)["message"], "done");
}
