//! `pairing ...`, and what the gateway answers the channels that ask about it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use mattermost_sim::PostRecord;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::Home;
use support::gateway::{Gateway, World};

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A request as the store keeps it, made so many minutes ago.
fn request(code: &str, sender: &str, minutes: i64) -> Value {
    let at = now_ms() - minutes * 60_000;
    json!({
        "code": code, "sender_id": sender, "sender_name": format!("{sender}-name"), "account_id": "default",
        "created_at_ms": at, "last_seen_at_ms": at,
    })
}

fn with_requests(channel: &str, requests: &[Value]) -> Home {
    let home = Home::new();
    store(&home, channel, requests);
    home
}

fn store(home: &Home, channel: &str, requests: &[Value]) {
    let document = json!({ "version": 1, "requests": requests });
    home.write(&format!("pairing/{channel}.json"), &document.to_string());
}

#[test]
fn the_list_is_a_table_for_people_and_one_document_for_programs() {
    let home = with_requests("mattermost", &[request("ABCD2345", "u1", 10), request("EXP22345", "u2", 61)]);
    let said = home.run(&["pairing", "list", "mattermost"]).ok();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "mattermost pairing requests (1)");
    assert!(lines[1].starts_with("CODE") && lines[1].ends_with("EXPIRES IN"), "{}", said.stdout);
    let cells: Vec<&str> = lines[2].split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect();
    assert_eq!(cells, ["ABCD2345", "@u1-name", "u1", "default", "10m ago", "49 min"]);
    assert_eq!(lines.len(), 3);
    let document = home.run(&["pairing", "list", "--json"]).ok().json();
    assert_eq!(document["requests"][0]["code"], "ABCD2345");
    assert_eq!(document["requests"].as_array().unwrap().len(), 1);
    let said = home.run(&["pairing", "list", "mattermost", "--account", "other"]).ok();
    assert_eq!(said.stdout, "No pending mattermost pairing requests.\n");
    assert_eq!(Home::new().run(&["pairing", "list"]).ok().stdout, "No pending pairing requests.\n");
}

// covers: I22
#[test]
fn a_code_that_does_nothing_says_why_and_what_helps() {
    let home = with_requests("mattermost", &[request("ABCD2345", "u1", 10), request("EXP22345", "u2", 61)]);
    let approve = |code: &str| home.run(&["pairing", "approve", "mattermost", code, "--no-notify"]);
    let said = approve("ABCD2346").failed(&["no mattermost pairing request", "did you mean ABCD2345?"]);
    assert!(said.stderr.contains("pairing list mattermost"), "{}", said.stderr);
    approve("EXP22345").failed(&["has expired", "1h ago", "write to the bot again"]);
    let said = approve("abcd2345").ok();
    assert!(said.stdout.starts_with("✅ Approved mattermost sender @u1-name (u1)"), "{}", said.stdout);
    approve("ABCD2345").failed(&["was approved already", "@u1-name is let in"]);
    home.run(&["pairing", "approve", "mattermost", "ABCD2345", "--account", "x"]).failed(&["already"]);
    home.run(&["pairing", "approve", "matermost", "22222222"])
        .failed(&["did you mean the channel mattermost?"]);
    home.run(&["pairing", "list", "../x"]).failed(&["not a channel's id"]);
}

#[test]
fn a_request_can_be_dismissed_and_an_approval_revoked() {
    let home = with_requests("mattermost", &[request("ABCD2345", "u1", 1), request("ABCD6789", "u2", 1)]);
    home.run(&["pairing", "dismiss", "mattermost", "abcd6789"]).ok();
    home.run(&["pairing", "approve", "mattermost", "ABCD6789"]).failed(&["no mattermost pairing request"]);
    home.run(&["pairing", "approve", "mattermost", "ABCD2345", "--no-notify"]).ok();
    let said = home.run(&["pairing", "list", "mattermost", "--approved"]).ok();
    assert!(said.stdout.contains("@u1-name") && said.stdout.contains("u1"), "{}", said.stdout);
    home.run(&["pairing", "revoke", "mattermost", "nobody"]).failed(&["was not approved", "--approved"]);
    home.run(&["pairing", "revoke", "mattermost", "u1"]).ok();
    let said = home.run(&["pairing", "list", "mattermost", "--approved"]).ok();
    assert_eq!(said.stdout, "Nobody was approved for mattermost by pairing.\n");
}

#[test]
fn approving_changes_no_configuration() {
    let home = with_requests("mattermost", &[request("ABCD2345", "u1", 1)]);
    let file = home.write("openclaw.json", "{ channels: {} } // mine");
    home.run(&["pairing", "approve", "mattermost", "ABCD2345", "--no-notify"]).ok();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "{ channels: {} } // mine");
}

#[test]
fn that_nobody_could_be_told_is_said_and_is_no_failure() {
    let home = with_requests("mattermost", &[request("ABCD2345", "u1", 1), request("ABCD6789", "u2", 1)]);
    let said = home.run(&["pairing", "approve", "mattermost", "ABCD2345"]).ok();
    assert!(
        said.stderr.contains("warning: approved, but they could not be told: no plugin"),
        "{}",
        said.stderr
    );
    assert!(!said.stdout.contains("They were told"), "{}", said.stdout);
    let document = home.run(&["pairing", "approve", "mattermost", "ABCD6789", "--json"]).ok().json();
    assert_eq!(document["notified"], false);
    assert!(document["notifyError"].as_str().unwrap().contains("no plugin"), "{document}");
}

#[test]
fn a_damaged_file_is_set_aside_and_said() {
    let home = Home::new();
    home.write("pairing/mattermost.json", "{ \"version\": 1, \"requests\": [");
    let said = home.run(&["pairing", "list", "mattermost"]).ok();
    assert!(said.stderr.contains("is damaged") && said.stderr.contains("damaged-"), "{}", said.stderr);
}

fn scripted(events: &Value, answers: &Value) -> Home {
    let home = Home::new();
    home.place_scripted();
    home.config(&json!({ "channels": { "scripted": { "events": events, "answers": answers } } }));
    home
}

fn question(id: &str, sender: &str, create: bool) -> Value {
    json!({
        "type": "host.request", "request_id": id, "account_id": "default",
        "question": { "type": "pairing.check", "sender_id": sender, "sender_name": "alice", "create": create },
    })
}

/// What the host answered a question.
async fn answer(gateway: &mut Gateway, id: &str) -> Value {
    let line = gateway.line(&format!(r#""request_id":"{id}""#)).await;
    let (_, request) = line.split_once("scripted: got ").unwrap();
    serde_json::from_str::<Value>(request).unwrap()["answer"].take()
}

#[tokio::test]
async fn a_channel_that_asks_gets_a_code_and_the_command_that_approves_it() {
    let strange = json!({
        "type": "host.request", "request_id": "r9", "account_id": "default", "question": { "type": "weather" },
    });
    let events = json!([question("r1", "u1", true), question("r2", "u2", false), strange,]);
    let home = scripted(&events, &json!({}));
    let mut gateway = Gateway::start(&home, &[]);
    let first = answer(&mut gateway, "r1").await;
    assert_eq!(
        (&first["type"], &first["approved"], &first["created"]),
        (&json!("pairing.check"), &json!(false), &json!(true))
    );
    let code = first["code"].as_str().unwrap();
    let command = first["approve_command"].as_str().unwrap();
    assert_eq!(
        command,
        format!("test-host --state-dir {} pairing approve scripted {code}", home.path().display())
    );
    assert_eq!(
        answer(&mut gateway, "r2").await,
        json!({ "type": "pairing.check", "approved": false, "created": false })
    );
    assert_eq!(answer(&mut gateway, "r9").await, json!({ "type": "unknown" }));
}

#[tokio::test]
async fn an_approval_holds_at_once_and_is_told_through_the_gateway() {
    let home =
        scripted(&json!([question("r1", "u1", true)]), &json!({ "pairing.approved": { "message_id": "1" } }));
    let mut gateway = Gateway::start(&home, &[]);
    let code = answer(&mut gateway, "r1").await["code"].as_str().unwrap().to_owned();
    gateway.line("gateway: running").await;
    let said = home.run(&["pairing", "approve", "scripted", &code]).ok();
    assert!(
        said.stdout.contains("They were told.") && said.stderr.is_empty(),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let line = gateway.line("pairing.approved").await;
    assert!(line.contains(r#""sender_id":"u1""#) && line.contains(r#""account_id":"default""#), "{line}");
}

/// What the control endpoint answers a request.
fn post(gateway: &Value, token: &str, body: &str) -> String {
    let address = gateway["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "POST /request HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    );
    write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn the_gateway_passes_on_nothing_from_strangers_and_nothing_that_changes_it() {
    let home = scripted(&json!([]), &json!({ "pairing.approved": {} }));
    let mut gateway = Gateway::start(&home, &[]);
    gateway.line("gateway: running").await;
    let file = std::fs::read_to_string(home.path().join("gateway.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let token = file["token"].as_str().unwrap();
    let told = r#"{"channel":"scripted","request":{"type":"pairing.approved","sender_id":"u1"}}"#;
    assert!(post(&file, "guess", told).starts_with("HTTP/1.1 401"), "{}", post(&file, "guess", told));
    assert!(post(&file, token, "nonsense").starts_with("HTTP/1.1 400"));
    let stop = r#"{"channel":"scripted","request":{"type":"account.stop"}}"#;
    assert!(
        post(&file, token, stop).contains("does not pass this request on"),
        "{}",
        post(&file, token, stop)
    );
    assert!(post(&file, token, told).contains(r#"{"result":{}}"#), "{}", post(&file, token, told));
    assert!(!gateway.log().contains("account.stop"), "{}", gateway.log());
}

#[tokio::test]
async fn without_a_gateway_the_one_who_waits_is_told_from_here() {
    let home = scripted(&json!([]), &json!({ "pairing.approved": { "message_id": "1" } }));
    store(&home, "scripted", &[request("ABCD2345", "u1", 1)]);
    let said = home.run(&["pairing", "approve", "scripted", "ABCD2345"]).ok();
    assert!(said.stdout.contains("They were told."), "{}{}", said.stdout, said.stderr);
}

#[tokio::test]
#[cfg(unix)]
async fn a_store_that_cannot_be_used_is_an_answer_too() {
    let home = scripted(&json!([question("r1", "u1", true)]), &json!({}));
    home.write("pairing", "a file where a folder should be");
    let mut gateway = Gateway::start(&home, &[]);
    let failed = answer(&mut gateway, "r1").await;
    assert_eq!(failed["type"], "failed", "{failed}");
}

/// A server whose bot lets nobody in whom it does not know.
async fn closed_world() -> World {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["dmPolicy"] = json!("pairing");
    config["channels"]["mattermost"]["allowFrom"] = json!([]);
    world.home.config(&config);
    world
}

/// The code in the bot's first post in a channel.
async fn code(world: &World, channel: &str) -> String {
    let bot = world.seed.user_id("openclaw").to_owned();
    let post = world.sim.wait_for_post(channel, |post| post.user_id == bot, Duration::from_secs(15)).await;
    let post = post.unwrap_or_else(|_| panic!("the bot says nothing"));
    assert!(post.message.contains("pairing approve mattermost"), "{}", post.message);
    let words = post.message.split(|c: char| !c.is_ascii_alphanumeric());
    let letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    words
        .filter(|word| word.len() == 8 && word.chars().all(|c| letters.contains(c)))
        .map(str::to_owned)
        .next()
        .unwrap_or_else(|| panic!("no code in {:?}", post.message))
}

// covers: I21, I23, I24
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_told_a_code_once_and_is_answered_after_its_approval() {
    let world = closed_world().await;
    let mut gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    let code = code(&world, &direct).await;
    world.say("alice", &direct, "hello again", "");
    gateway.line("@alice asks to be let in").await;
    let list = world.home.run(&["pairing", "list", "mattermost", "--json"]).ok().json();
    assert_eq!(list["requests"][0]["code"], json!(code), "{list}");
    assert_eq!(list["requests"][0]["name"], "alice", "{list}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.said_by_bot(&direct).len(), 1, "{:?}", world.said_by_bot(&direct));
    let said = world.home.run(&["pairing", "approve", "mattermost", &code.to_lowercase()]).ok();
    assert!(said.stdout.contains("They were told."), "{}{}", said.stdout, said.stderr);
    world.say("alice", &direct, "and now?", "");
    world.hear(&direct, "echo: and now?").await;
    assert_eq!(world.said_by_bot(&direct).len(), 3, "{:?}", world.said_by_bot(&direct));
    world.home.run(&["pairing", "revoke", "mattermost", world.seed.user_id("alice")]).ok();
    world.say("alice", &direct, "still there?", "");
    let bot = world.seed.user_id("openclaw").to_owned();
    let asked_again = |post: &PostRecord| {
        post.user_id == bot && post.message.contains("pairing approve") && !post.message.contains(&code)
    };
    world.sim.wait_for_post(&direct, asked_again, Duration::from_secs(15)).await.unwrap();
}

// covers: I22
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_three_wait_a_fourth_is_told_nothing() {
    let world = closed_world().await;
    let waiting = [request("AAAAAAAA", "u1", 1), request("BBBBBBBB", "u2", 2), request("CCCCCCCC", "u3", 59)];
    store(&world.home, "mattermost", &waiting);
    let _gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(world.said_by_bot(&direct).is_empty(), "{:?}", world.said_by_bot(&direct));
    // One of them is an hour old now: there is room again.
    store(&world.home, "mattermost", &[request("AAAAAAAA", "u1", 1), request("CCCCCCCC", "u3", 61)]);
    world.say("alice", &direct, "hello again", "");
    code(&world, &direct).await;
}
