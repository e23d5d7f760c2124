//! Requests that are no clicks, or not here, or not now: each refused with its status, in the order of the checks, and
//! without any effect.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{HandleRequest, HttpAnswer, HttpHeader, HttpRequest, HttpResponse};
use mattermost_sim::PostRecord;
use serde_json::{Value, json};
use support::offers::{callback, signed};
use support::{Called, World};

const PATH: &str = "/mattermost/interactions/default";

async fn world() -> World {
    World::reachable(false, |_| (json!({}), json!({}))).await
}

/// A post with buttons, and the context of a click on it that was turned down: an attacker who has seen one.
async fn overheard(world: &World) -> (PostRecord, Value) {
    let offered = world.offers(&world.channel("general")).await;
    // Bots are not heard, so nothing happens.
    world.clicks("alerts", &offered, "yes").await;
    (offered, world.stolen())
}

async fn sends(world: &World, body: &Value) -> Called {
    sends_text(world, &body.to_string()).await
}

async fn sends_text(world: &World, body: &str) -> Called {
    world.http().call("POST", PATH, &[("Content-Type", "application/json")], body).await
}

fn error(called: &Called) -> (u16, String) {
    let body: Value = serde_json::from_str(&called.body).unwrap_or_default();
    (called.status, body["error"].as_str().unwrap_or_default().to_owned())
}

fn refused(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

/// The first step of a request, straight to the library.
async fn head(world: &World, request: HttpRequest) -> HttpAnswer {
    let answer = world.instance.handle(&HandleRequest::HttpRequest(request)).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

fn from(peer: &str, headers: &[(&str, &str)]) -> HttpRequest {
    HttpRequest {
        method: "POST".to_owned(),
        path: PATH.to_owned(),
        peer: Some(peer.to_owned()),
        headers: headers
            .iter()
            .map(|(name, value)| HttpHeader { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect(),
        ..HttpRequest::default()
    }
}

async fn comes_in(world: &World, request: HttpRequest) -> bool {
    match head(world, request).await {
        HttpAnswer::ReadBody(_) => true,
        HttpAnswer::Respond(HttpResponse { status: 403, body, .. }) => {
            assert_eq!(body, r#"{"error":"Forbidden origin"}"#);
            false
        }
        other => panic!("{other:?}"),
    }
}

// covers: B15
#[tokio::test]
async fn every_broken_request_has_its_status_and_no_effect() {
    let mut world = world().await;
    let (offered, context) = overheard(&world).await;
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let called = world.http().call(method, PATH, &[], "").await;
        assert_eq!(error(&called), refused(405, "Method Not Allowed"), "{method}");
        assert!(called.head.contains("allow: post"), "{}", called.head);
    }
    let alice = world.id("alice");
    let good = callback(&alice, &offered, context.clone());
    let without = |key: &str| {
        let mut changed = good.clone();
        changed["context"].as_object_mut().unwrap().remove(key);
        changed
    };
    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed["context"][key] = value;
        changed
    };
    let token = world.seed.token("openclaw").to_owned();
    let nameless = signed(&token, "http://x", "yes", "Yes", json!({}))["integration"]["context"].clone();
    let unnamed = {
        let mut context = nameless.as_object().unwrap().clone();
        context.remove("action_id");
        context.remove("_token");
        let signer =
            openclaw_mattermost::buttons::Signer::of_token(&mattermost_client::Token::new(&token).unwrap());
        let signature = signer.sign(&context);
        context.insert("_token".to_owned(), json!(signature));
        callback(&alice, &offered, Value::Object(context))
    };
    let huge = json!({ "context": { "x": "x".repeat(70_000) } });
    let cases = [
        (sends(&world, &huge).await, refused(413, "Payload too large")),
        (sends_text(&world, "").await, refused(400, "Invalid request body")),
        (sends_text(&world, "{").await, refused(400, "Invalid request body")),
        (sends_text(&world, "a=b&c=d").await, refused(400, "Invalid request body")),
        (sends_text(&world, "[1]").await, refused(400, "Invalid request body")),
        (sends_text(&world, r#"{"context":{"a":1,"a":2}}"#).await, refused(400, "Invalid request body")),
        (sends_text(&world, r#"{"context":{"n":1e999}}"#).await, refused(400, "Invalid request body")),
        (sends(&world, &json!({})).await, refused(400, "Missing context")),
        (sends(&world, &json!({ "context": [] })).await, refused(400, "Missing context")),
        (sends(&world, &without("_token")).await, refused(403, "Missing token")),
        (sends(&world, &with("_token", json!(5))).await, refused(403, "Missing token")),
        (sends(&world, &with("_token", json!("beef"))).await, refused(403, "Invalid token")),
        (sends(&world, &with("_token", json!("0".repeat(64)))).await, refused(403, "Invalid token")),
        (sends(&world, &with("callback_data", json!("no"))).await, refused(403, "Invalid token")),
        (sends(&world, &without("callback_data")).await, refused(403, "Invalid token")),
        (sends(&world, &with("more", json!(1))).await, refused(403, "Invalid token")),
        (sends(&world, &unnamed).await, refused(400, "Missing action_id in context")),
    ];
    for (number, (called, expected)) in cases.into_iter().enumerate() {
        assert_eq!(error(&called), expected, "case {number}: {called:?}");
    }
    world.hears_of_no_click().await;
    assert!(world.has_buttons(&offered));
    // What an attacker tried takes nothing from those who may.
    world.clicks("alice", &offered, "yes").await;
    assert_eq!(world.hears().await.sender.username.as_deref(), Some("alice"));
}

// covers: B18 B19
#[tokio::test]
async fn a_button_works_in_its_channel_on_its_post_for_its_account_and_nowhere_else() {
    let mut world = world().await;
    let (offered, context) = overheard(&world).await;
    let alice = world.id("alice");
    let other = world.offers(&world.channel("ops")).await;
    let sibling = world.offers(&world.channel("general")).await;

    let elsewhere = callback(&alice, &other, context.clone());
    assert_eq!(error(&sends(&world, &elsewhere).await), refused(403, "Channel mismatch"));
    let mut lying = callback(&alice, &other, context.clone());
    lying["channel_id"] = json!(offered.channel_id);
    assert_eq!(error(&sends(&world, &lying).await), refused(403, "Post/channel mismatch"));
    let copied = callback(&alice, &sibling, context.clone());
    assert_eq!(error(&sends(&world, &copied).await), refused(403, "Post mismatch"));
    let mut gone = callback(&alice, &offered, context.clone());
    gone["post_id"] = json!("a".repeat(26));
    assert_eq!(error(&sends(&world, &gone).await), refused(500, "Failed to validate interaction"));

    let token = world.seed.token("openclaw").to_owned();
    let foreign = signed(world.seed.token("alerts"), "http://x", "yes", "Yes", json!({}));
    let foreign = callback(&alice, &offered, foreign["integration"]["context"].clone());
    assert_eq!(error(&sends(&world, &foreign).await), refused(403, "Invalid token"));
    let unknown = signed(&token, "http://x", "maybe", "Maybe", json!({}));
    let unknown = callback(&alice, &offered, unknown["integration"]["context"].clone());
    assert_eq!(error(&sends(&world, &unknown).await), refused(403, "Unknown action"));
    world.hears_of_no_click().await;
    assert!([&offered, &other, &sibling].into_iter().all(|post| world.has_buttons(post)));
}

#[tokio::test]
async fn buttons_that_are_too_old_say_so_and_do_nothing() {
    let mut world = world().await;
    let url = world.http().url(PATH);
    let token = world.seed.token("openclaw").to_owned();
    let channel = world.channel("general");
    for expires_at in [json!(1_000), json!("soon"), json!(null)] {
        let old = signed(&token, &url, "yes", "Yes", json!({ "__openclaw_expires_at": expires_at }));
        let posted = world.offers_by_hand("openclaw", &channel, json!([old]));
        assert_eq!(world.clicks("alice", &posted, "yes").await.status, 200);
        assert!(world.sim.ephemerals(&world.id("alice")).pop().unwrap().message.contains("too old"));
        assert!(world.has_buttons(&posted));
    }
    world.hears_of_no_click().await;
}

#[tokio::test]
async fn a_click_that_is_sent_again_has_no_second_effect() {
    let mut world = world().await;
    let offered = world.offers(&world.channel("general")).await;
    world.clicks("alice", &offered, "yes").await;
    let replayed = callback(&world.id("bob"), &offered, world.stolen());
    let message = world.hears().await;
    world.echo(&message).await;
    for _ in 0..3 {
        let called = sends(&world, &replayed).await;
        assert_eq!(called.status, 200);
        assert!(called.body.contains("@alice was first"), "{}", called.body);
    }
    world.hears_of_no_click().await;
    assert_eq!(world.card(&offered), "✓ **Yes** selected by @alice");
}

#[tokio::test]
async fn nobody_can_click_as_somebody_who_does_not_exist() {
    let mut world = world().await;
    let (offered, context) = overheard(&world).await;
    let called = sends(&world, &callback(&"b".repeat(26), &offered, context.clone())).await;
    assert_eq!(called.status, 200);
    assert!(called.body.contains("ignored this action"), "{}", called.body);
    for strange in ["", "x", "../../users/me", "a b"] {
        let called = sends(&world, &callback(strange, &offered, context.clone())).await;
        assert_eq!(error(&called), refused(400, "Invalid request body"), "{strange:?}");
    }
    world.hears_of_no_click().await;
    assert!(world.has_buttons(&offered));
}

// covers: B16
#[tokio::test]
async fn only_this_machine_may_call_unless_others_are_named() {
    let world = world().await;
    assert!(comes_in(&world, from("127.0.0.1", &[])).await);
    assert!(comes_in(&world, from("::1", &[])).await);
    assert!(comes_in(&world, from("::ffff:127.0.0.1", &[])).await);
    for stranger in ["203.0.113.9", "10.0.0.1", "127.0.0.2", "fe80::1", "nonsense"] {
        assert!(!comes_in(&world, from(stranger, &[("X-Forwarded-For", "127.0.0.1")])).await, "{stranger}");
    }
    let log = world.life.logs.everything();
    assert!(log.contains("rejected callback source 203.0.113.9"), "{log}");

    let named = World::reachable(false, |_| {
        let ips = ["203.0.113.0/24", " 2001:db8::7 ", ""];
        (json!({ "interactions": { "allowedSourceIps": ips } }), json!({}))
    })
    .await;
    assert!(comes_in(&named, from("203.0.113.9", &[])).await);
    assert!(comes_in(&named, from("2001:db8::7", &[])).await);
    assert!(!comes_in(&named, from("203.0.114.9", &[])).await);
    assert!(!comes_in(&named, from("127.0.0.1", &[])).await);
}

// covers: B17
#[tokio::test]
async fn behind_a_trusted_proxy_the_address_that_it_names_counts() {
    let world = World::reachable(false, |_| {
        let section = json!({ "interactions": { "allowedSourceIps": ["198.51.100.4"] } });
        (section, json!({ "gateway": { "trustedProxies": ["10.0.0.0/8"] } }))
    })
    .await;
    let forwarded = |hops: &'static str| from("10.1.2.3", &[("X-Forwarded-For", hops)]);
    assert!(comes_in(&world, forwarded("198.51.100.4")).await);
    assert!(comes_in(&world, forwarded("6.6.6.6, 198.51.100.4, 10.0.0.9")).await);
    assert!(!comes_in(&world, forwarded("198.51.100.4, 6.6.6.6")).await);
    assert!(!comes_in(&world, from("10.1.2.3", &[])).await);
    let real_ip = [("X-Real-IP", "198.51.100.4")];
    assert!(!comes_in(&world, from("10.1.2.3", &real_ip)).await, "not without allowRealIpFallback");
    let stranger = from("203.0.113.9", &[("X-Forwarded-For", "198.51.100.4")]);
    assert!(!comes_in(&world, stranger).await, "whoever is no proxy of ours speaks for himself");
}

// covers: S26
#[tokio::test]
async fn the_log_says_what_was_wrong_in_the_words_of_the_documentation() {
    let world = world().await;
    let (offered, context) = overheard(&world).await;
    let alice = world.id("alice");
    let mut unsigned = callback(&alice, &offered, context.clone());
    unsigned["context"].as_object_mut().unwrap().remove("_token");
    sends(&world, &unsigned).await;
    let mut forged = callback(&alice, &offered, context);
    forged["context"]["callback_data"] = json!("something else");
    sends(&world, &forged).await;
    comes_in(&world, from("203.0.113.9", &[])).await;
    let log = world.life.logs.everything();
    for words in ["missing _token in context", "invalid _token", "rejected callback source"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains(world.seed.token("openclaw")), "the log shows the token");
}

#[tokio::test]
async fn an_account_that_does_not_run_takes_no_clicks() {
    let world = world().await;
    let (offered, context) = overheard(&world).await;
    let body = callback(&world.id("alice"), &offered, context);
    world.instance.handle(&HandleRequest::AccountStop(Default::default())).await.unwrap();
    let called = sends(&world, &body).await;
    assert_eq!(error(&called), refused(503, "Account not running"));
    let called = world.http().call("GET", PATH, &[], "").await;
    assert_eq!(called.status, 405, "the method is judged first");
    let called = world.http().call("POST", "/mattermost/interactions/nobody", &[], "{}").await;
    assert_eq!(called.status, 404);
}
