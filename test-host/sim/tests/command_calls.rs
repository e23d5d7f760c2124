//! Executing slash commands: what their integrations are told, and what becomes of their answers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::{io::Write, time::Duration};

use common::{
    Lab,
    integration::{Integration, Reply, Seen},
    post_of,
};
use flate2::{Compression, write::GzEncoder};
use mattermost_sim::{CommandOutcome, Options, Version};
use serde_json::{Value, json};

/// A server with the command `/oc_status`.
async fn lab_as(options: Options) -> (Lab, Integration) {
    let lab = Lab::with(options).await;
    let there = Integration::new().await;
    assert_eq!(lab.post("admin", "/commands", there.command(&lab.seed, "oc_status")).await.status, 201);
    (lab, there)
}

async fn lab() -> (Lab, Integration) {
    lab_as(Options::default()).await
}

async fn execute(lab: &Lab, command: &str) -> CommandOutcome {
    lab.sim.execute(lab.seed.user_id("alice"), lab.seed.channel("general"), "", command).await
}

async fn told(lab: &Lab, there: &Integration, command: &str) -> Seen {
    assert_eq!(execute(lab, command).await.status, 200);
    there.last()
}

#[tokio::test]
async fn an_integration_is_told_who_where_and_what_in_a_sorted_form() {
    let (lab, there) = lab().await;
    let seen = told(&lab, &there, "/OC_Status some  text @bob, @nobody ~ops").await;
    assert_eq!(
        seen.fields(),
        [
            "channel_id",
            "channel_mentions",
            "channel_mentions_ids",
            "channel_name",
            "command",
            "response_url",
            "root_id",
            "team_domain",
            "team_id",
            "text",
            "token",
            "trigger_id",
            "user_id",
            "user_mentions",
            "user_mentions_ids",
            "user_name",
        ]
    );
    let command = &lab.sim.commands(&lab.seed.team_id)[0];
    for (name, value) in [
        ("channel_id", lab.seed.channel("general")),
        ("channel_name", "general"),
        ("channel_mentions", "ops"),
        ("command", "/oc_status"),
        ("root_id", ""),
        ("team_domain", "lab"),
        ("team_id", &lab.seed.team_id),
        ("text", "some  text @bob, @nobody ~ops"),
        ("token", &command.token),
        ("user_id", lab.seed.user_id("alice")),
        ("user_mentions", "bob"),
        ("user_mentions_ids", lab.seed.user_id("bob")),
        ("user_name", "alice"),
    ] {
        assert_eq!(seen.field(name), value, "{name}");
    }
    assert!(seen.body.contains("&text=some++text+%40bob%2C+%40nobody+~ops&"), "{}", seen.body);
    assert!(seen.field("response_url").starts_with(&format!("{}/hooks/commands/", lab.sim.url())));
}

#[tokio::test]
async fn the_headers_are_those_of_a_real_server() {
    let (lab, there) = lab().await;
    let seen = told(&lab, &there, "/oc_status").await;
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/call"));
    assert_eq!(
        seen.names(),
        [
            "Host",
            "User-Agent",
            "Content-Length",
            "Accept",
            "Authorization",
            "Content-Type",
            "Accept-Encoding"
        ]
    );
    assert_eq!(seen.header("User-Agent"), "Mattermost-Bot/1.1");
    assert_eq!(seen.header("Accept"), "application/json");
    assert_eq!(seen.header("Content-Type"), "application/x-www-form-urlencoded");
    let token = &lab.sim.commands(&lab.seed.team_id)[0].token;
    assert_eq!(seen.header("Authorization"), format!("Token {token}"));
    let record = &lab.sim.callbacks()[0];
    assert_eq!((record.answer.clone(), record.body.as_str()), (Ok(200), seen.body.as_str()));
    assert_eq!(record.header("authorization"), Some(seen.header("Authorization")));
    assert!(!format!("{record:?}").contains(token.as_str()));
}

#[tokio::test]
async fn the_method_g_puts_the_form_into_the_query() {
    let (lab, there) = lab().await;
    let mut body = there.command(&lab.seed, "oc_get");
    body["method"] = json!("G");
    body["url"] = json!(format!("{}?kept=1", there.url()));
    lab.post("admin", "/commands", body).await;
    let seen = told(&lab, &there, "/oc_get now").await;
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("GET", ""));
    assert!(seen.path.starts_with("/call?kept=1&channel_id="), "{}", seen.path);
    assert_eq!(seen.field("text"), "now");
    assert_eq!(seen.names(), ["Host", "User-Agent", "Accept", "Authorization", "Accept-Encoding"]);
}

#[tokio::test]
async fn an_old_server_says_no_thread_and_no_mentions() {
    let (lab, there) = lab_as(Options::version(Version::V5_16)).await;
    let seen = told(&lab, &there, "/oc_status @bob").await;
    assert_eq!(seen.header("User-Agent"), "mattermost-5.16.0");
    assert!(!seen.fields().iter().any(|name| name == "root_id" || name.starts_with("user_mentions")));
}

#[tokio::test]
async fn an_ephemeral_answer_is_shown_to_who_asked_where_they_asked() {
    let (lab, there) = lab().await;
    let (mut alice, _) = lab.listen("alice").await;
    let (mut bob, _) = lab.listen("bob").await;
    let root = lab.say("alice", "general", "root").await;
    bob.event("posted").await;
    there.next_json(json!({ "response_type": "ephemeral", "text": "Processing <https://a.example|it>..." }));
    let body = json!({
        "channel_id": lab.seed.channel("general"), "command": "/oc_status", "root_id": root.id(),
    });
    let answer = lab.post("alice", "/commands/execute", body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "response_type": "ephemeral", "text": "Processing <https://a.example|it>...", "username": "",
            "channel_id": "", "icon_url": "", "type": "", "props": null, "goto_location": "",
            "trigger_id": answer.body["trigger_id"], "skip_slack_parsing": false, "attachments": null,
            "extra_responses": null,
        })
    );
    assert_eq!(there.last().field("root_id"), root.id());
    let post = post_of(&alice.event("ephemeral_message").await);
    assert_eq!(post["message"], "Processing [it](https://a.example)...");
    assert_eq!((&post["root_id"], &post["type"]), (&root.body["id"], &json!("system_ephemeral")));
    assert_eq!(post["props"], json!({ "from_webhook": "true" }));
    assert!(bob.is_quiet().await);
    let shown = lab.sim.ephemerals(lab.seed.user_id("alice"));
    assert_eq!(
        shown.iter().map(|post| post.message.as_str()).collect::<Vec<_>>(),
        [post["message"].as_str().unwrap()]
    );
    assert!(lab.sim.ephemerals(lab.seed.user_id("bob")).is_empty());
}

#[tokio::test]
async fn a_public_answer_is_a_post_of_who_asked() {
    let (lab, there) = lab().await;
    there.next_json(json!({
        "response_type": "in_channel", "text": "public", "props": { "mine": 1 },
        "attachments": [{ "text": "card" }],
    }));
    assert_eq!(execute(&lab, "/oc_status").await.status, 200);
    let post = lab.sim.posts(lab.seed.channel("general")).pop().unwrap();
    assert_eq!((post.message.as_str(), post.kind.as_str()), ("public", "slack_attachment"));
    assert_eq!(post.user_id, lab.seed.user_id("alice"));
    assert_eq!((&post.props["from_webhook"], &post.props["mine"]), (&json!("true"), &json!(1)));
    assert_eq!(post.props["attachments"][0]["text"], "card");
    assert!(lab.sim.ephemerals(lab.seed.user_id("alice")).is_empty());
}

#[tokio::test]
async fn only_the_old_server_lets_an_integration_choose_its_name() {
    for (version, name) in [(Version::V5_16, Some(&json!("robot"))), (Version::V11_6, None)] {
        let (lab, there) = lab_as(Options::version(version)).await;
        there.next_json(json!({ "text": "public", "response_type": "in_channel", "username": "robot" }));
        assert_eq!(execute(&lab, "/oc_status").await.status, 200);
        let post = lab.sim.posts(lab.seed.channel("general")).pop().unwrap();
        assert_eq!(post.props.get("override_username"), name);
    }
}

#[tokio::test]
async fn what_else_an_integration_may_answer() {
    let (lab, there) = lab().await;
    let texts = |lab: &Lab| -> Vec<String> {
        lab.sim.ephemerals(lab.seed.user_id("alice")).into_iter().map(|post| post.message).collect()
    };
    there.next(Reply::Text("plain".to_owned()));
    let plain = execute(&lab, "/oc_status").await;
    assert_eq!((&plain.body["response_type"], &plain.body["text"]), (&json!(""), &json!("plain")));
    assert_eq!(texts(&lab), ["plain"]);
    // Nothing to show is shown nowhere.
    there.next(Reply::Text(String::new()));
    assert_eq!(execute(&lab, "/oc_status").await.status, 200);
    there.next_json(json!({}));
    assert_eq!(execute(&lab, "/oc_status").await.status, 200);
    assert_eq!(texts(&lab), ["plain"]);
    there.next_json(json!({ "text": "one", "extra_responses": [{ "text": "two" }, { "text": null }] }));
    assert_eq!(execute(&lab, "/oc_status").await.status, 200);
    assert_eq!(texts(&lab), ["plain", "one", "two"]);
    let name = format!("hello <@{}> <!here>", lab.seed.user_id("bob"));
    there.next_json(json!({ "text": name }));
    assert_eq!(execute(&lab, "/oc_status").await.body["text"], "hello @bob @here");
    there.next_json(json!({ "text": name, "skip_slack_parsing": true }));
    assert_eq!(execute(&lab, "/oc_status").await.body["text"], name);
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_of_the_server() {
    let (lab, there) = lab().await;
    let failed = "api.command.execute_command.failed.app_error";
    let failed_resp = "api.command.execute_command.failed_resp.app_error";
    let not_posted = "api.command.execute_command.create_post_failed.app_error";
    let json = |text: &str| {
        Reply::Raw(200, vec![("Content-Type", "application/json; charset=utf-8".to_owned())], text.into())
    };
    for (reply, id) in [
        (Reply::Status(500), failed_resp),
        (Reply::Status(204), failed_resp),
        (json("{"), failed),
        (json("[1]"), failed),
        (json(r#"{"text": 1}"#), failed),
        (json(r#"{"text": "x", "type": "system_join_channel"}"#), not_posted),
        (json(r#"{"text": "x", "channel_id": "elsewhere"}"#), not_posted),
    ] {
        there.next(reply.clone());
        let outcome = execute(&lab, "/oc_status").await;
        assert_eq!((outcome.status, &outcome.body["id"]), (500, &json!(id)), "{reply:?}");
    }
    there.next(Reply::Status(500));
    let message = execute(&lab, "/oc_status").await.body["message"].clone();
    assert_eq!(message, "Command with a trigger of 'oc_status' returned response 500 Internal Server Error.");
    assert!(lab.sim.ephemerals(lab.seed.user_id("alice")).is_empty());
}

#[tokio::test]
async fn an_integration_that_is_silent_is_given_up() {
    let (lab, there) = lab_as(Options::default().integration_timeout(Duration::from_millis(100))).await;
    there.next(Reply::Silence);
    let outcome = execute(&lab, "/oc_status").await;
    assert_eq!(outcome.body["id"], "api.command.execute_command.failed.app_error");
    assert_eq!(lab.sim.callbacks()[0].answer, Err("no answer within 100ms".to_owned()));
}

#[tokio::test]
async fn an_answer_is_read_up_to_a_mebibyte_zipped_or_not() {
    let (lab, there) = lab().await;
    let long = "x".repeat(1024 * 1024 + 10);
    let text = |outcome: CommandOutcome| outcome.body["text"].as_str().unwrap_or_default().len();
    // A text of that length is no post, but the user's client is told what came.
    there.next_json(json!({ "text": "y".repeat(10_000) }));
    assert_eq!(text(execute(&lab, "/oc_status").await), 10_000);
    there.next(Reply::Raw(200, vec![], long.clone().into_bytes()));
    execute(&lab, "/oc_status").await;
    assert_eq!(lab.sim.callbacks().last().unwrap().answered.len(), 1024 * 1024);
    there.next_json(json!({ "text": long }));
    let cut = execute(&lab, "/oc_status").await;
    assert_eq!(cut.body["id"], "api.command.execute_command.failed.app_error");
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(json!({ "text": "zipped" }).to_string().as_bytes()).unwrap();
    let headers =
        vec![("Content-Type", "application/json".to_owned()), ("Content-Encoding", "gzip".to_owned())];
    there.next(Reply::Raw(200, headers, zipped.finish().unwrap()));
    assert_eq!(execute(&lab, "/oc_status").await.body["text"], "zipped");
}

#[tokio::test]
async fn a_redirect_is_followed_with_or_without_the_form() {
    let (lab, there) = lab().await;
    for (status, method) in [(307, "POST"), (302, "GET")] {
        there.next(Reply::Raw(status, vec![("Location", "/other".to_owned())], vec![]));
        assert_eq!(execute(&lab, "/oc_status").await.status, 200);
        let seen = there.last();
        assert_eq!((seen.path.as_str(), seen.method.as_str()), ("/other", method));
        assert_eq!(seen.body.is_empty(), method == "GET");
    }
}

#[tokio::test]
async fn who_may_not_write_in_a_channel_executes_nothing_there() {
    let (lab, there) = lab().await;
    let run = async |who: &str, body: Value| {
        let answer = lab.post(who, "/commands/execute", body).await;
        (answer.status, answer.id().to_owned())
    };
    let error = |status: u16, id: &str| (status, id.to_owned());
    let general = lab.seed.channel("general");
    let body = |command: &str| json!({ "channel_id": general, "command": command });
    let start = error(400, "api.command.execute_command.start.app_error");
    assert_eq!(run("alice", body("/")).await, start);
    assert_eq!(run("alice", body("oc_status")).await, start);
    assert_eq!(run("alice", json!({ "channel_id": "x", "command": "/oc_status" })).await, start);
    let unknown = error(404, "api.command.execute_command.not_found.app_error");
    assert_eq!(run("alice", body("/oc_other")).await, unknown);
    let forbidden = error(403, "api.context.permissions.app_error");
    lab.sim.leave(general, lab.seed.user_id("bob")).unwrap();
    assert_eq!(run("bob", body("/oc_status")).await, forbidden);
    let direct = lab.direct("alice", "openclaw");
    let in_direct = |team: &str| json!({ "channel_id": direct, "command": "/oc_status", "team_id": team });
    assert_eq!(run("alice", in_direct("")).await, forbidden);
    assert!(there.seen().is_empty());
    assert_eq!(run("alice", in_direct(&lab.seed.team_id)).await.0, 200);
    assert_eq!(there.last().field("channel_id"), direct);
    let outcome = lab.sim.execute(lab.seed.user_id("alice"), &direct, "", "/oc_status").await;
    assert_eq!(outcome.status, 200);
    lab.sim.archive(general).unwrap();
    assert_eq!(
        run("alice", body("/oc_status")).await,
        error(400, "api.command.execute_command.deleted.error")
    );
}
