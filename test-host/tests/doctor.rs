//! `doctor`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use support::Home;
use support::gateway::{Gateway, World};

fn scripted(section: &Value) -> Home {
    let home = Home::new();
    home.place_scripted();
    home.config(&json!({ "channels": { "scripted": section } }));
    home
}

/// The finding of one check.
fn finding(report: &Value, check: &str) -> Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{report:#}")).clone()
}

#[test]
fn with_nothing_there_it_says_what_to_begin_with() {
    let home = Home::new();
    let said = home.run(&["doctor"]).failed(&["one thing does not work"]);
    assert!(said.stdout.contains("openclaw.json does not exist"), "{}", said.stdout);
    assert!(
        said.stdout.contains("ERROR  plugin") && said.stdout.contains("plugins install"),
        "{}",
        said.stdout
    );
    let report = home.run(&["doctor", "--json"]).failed(&[]).json();
    assert_eq!((&report["ok"], finding(&report, "plugin")["level"].as_str()), (&json!(false), Some("error")));
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_place() {
    let home = scripted(&json!({}));
    home.write("openclaw.json", "{\n  channels: { a: 's3cret' b: 1 } }");
    let said = home.run(&["doctor"]).failed(&[]);
    assert!(said.stdout.contains("openclaw.json:2:27: expected comma"), "{}", said.stdout);
    assert!(!said.stdout.contains("s3cret"), "{}", said.stdout);
    home.write("openclaw.json", "{ channels: { scripted: { a: '${NO_SUCH_VARIABLE}' } } }");
    let said = home.run(&["doctor"]).failed(&[]);
    assert!(said.stdout.contains("openclaw.json:1:27: channels.scripted.a needs"), "{}", said.stdout);
}

#[test]
fn a_wrong_key_is_told_with_its_line_and_column() {
    let home = scripted(&json!({}));
    home.write("openclaw.json", "{\n  channels: {\n    // mine\n    scripted: { a: 1, bad: 7 },\n  },\n}\n");
    let said = home.run(&["doctor"]).failed(&[]);
    assert!(said.stdout.contains("channels.scripted.bad must not be 7"), "{}", said.stdout);
    assert!(
        said.stdout.contains("-> correct channels.scripted.bad in ")
            && said.stdout.contains("openclaw.json:4:23"),
        "{}",
        said.stdout
    );
}

// covers: A16
#[test]
fn old_keys_are_named_and_moved_only_with_fix() {
    let home = scripted(&json!({}));
    let text = "{\n  // mine\n  channels: { scripted: { old: 1 } },\n}\n";
    let file = home.write("openclaw.json", text);
    let said = home.run(&["doctor"]).ok();
    assert!(said.stdout.contains("To be changed: Moved channels.scripted.old"), "{}", said.stdout);
    assert!(
        said.stdout.contains("doctor --fix` does it") && said.stdout.contains("look at it"),
        "{}",
        said.stdout
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let report = home.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!((&report["fixed"], report["changes"].as_array().unwrap().len()), (&json!(true), 1));
    let backup = report["backup"].as_str().unwrap();
    assert!(backup.contains("openclaw.json.bak-"), "{backup}");
    assert_eq!(std::fs::read_to_string(backup).unwrap(), text);
    let new = std::fs::read_to_string(&file).unwrap();
    assert!(new.contains("// mine") && new.contains("new: 1") && !new.contains("old: 1"), "{new}");
    let said = home.run(&["doctor", "--fix"]).ok();
    assert!(!said.stdout.contains("Changed:") && !said.stdout.contains("Saved in"), "{}", said.stdout);
}

#[test]
fn what_a_plugin_finds_is_shown_and_an_error_is_exit_code_1() {
    let finding = |level: &str| json!({ "account_id": "default", "check": "teams", "level": level, "message": "the bot is in no team", "way_out": "add it" });
    let home = scripted(&json!({ "answers": { "account.doctor": [finding("warning")] } }));
    let said = home.run(&["doctor"]).ok();
    let line = said.stdout.lines().find(|line| line.contains("teams")).unwrap();
    let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["warn", "teams", "scripted default", "the bot is in no team"]);
    assert!(said.stdout.contains("-> add it"), "{}", said.stdout);
    let home = scripted(&json!({ "answers": { "account.doctor": [finding("error")] } }));
    home.run(&["doctor"]).failed(&["one thing does not work"]);
}

#[test]
fn a_plugin_that_does_not_load_is_told() {
    let home = scripted(&json!({}));
    home.write("extensions/broken/openclaw.plugin.json", r#"{ "id": "broken" }"#);
    home.write("extensions/broken/native/libbroken.so", "no library");
    let report = home.run(&["doctor", "--json"]).failed(&[]).json();
    let broken =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["of"] == "broken").unwrap();
    assert_eq!(broken["level"], "error", "{broken}");
}

fn explanation() -> Value {
    json!({
        "account_id": "default", "message_id": "p1", "answered": false, "reason": "not_mentioned",
        "steps": [
            { "step": "access", "passed": true, "reason": "group_policy_open", "detail": "groupPolicy is open" },
            { "step": "mention", "passed": false, "reason": "not_mentioned", "detail": "chatmode is oncall" },
        ],
    })
}

#[tokio::test]
async fn a_post_is_explained_with_and_without_a_gateway() {
    let home = scripted(&json!({ "answers": { "inbound.explain": explanation() } }));
    let explain = ["doctor", "--explain", "https://chat.example.com/team/pl/p1"];
    let said = home.run(&explain).ok();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "The agent is not asked: not_mentioned");
    assert!(lines[2].starts_with("STEP") && lines[4].starts_with("mention  no"), "{}", said.stdout);
    let mut gateway = Gateway::start(&home, &[]);
    gateway.line("gateway: running").await;
    assert_eq!(home.run(&[&explain[..], &["--json"]].concat()).ok().json(), explanation());
    let line = gateway.line("inbound.explain").await;
    assert!(line.contains(r#""message_id":"p1""#), "{line}");
}

#[test]
fn a_post_that_cannot_be_explained_is_a_failure() {
    let home = scripted(&json!({}));
    home.run(&["doctor", "--explain", "p1"]).failed(&["inbound.explain has no answer in the script"]);
    Home::new().run(&["doctor", "--explain", "p1"]).failed(&["no plugin is there"]);
}

#[test]
fn what_is_missing_in_the_configuration_is_told_once() {
    let home = Home::new();
    home.place_mattermost();
    let said = home.run(&["doctor"]).failed(&[]);
    assert_eq!(said.stdout.matches("has no botToken").count(), 1, "{}", said.stdout);
    assert!(said.stdout.contains("gateway") && said.stdout.contains("not running"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_account_is_fine_and_a_refused_token_is_not() {
    let world = World::new().await;
    let said = world.home.run(&["doctor"]).ok();
    assert!(said.stdout.contains("mattermost default"), "{}", said.stdout);
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] = json!("wrongtokenwrongtokenwrongt");
    world.home.config(&config);
    let said = world.home.run(&["doctor"]).failed(&["does not work"]);
    assert!(!said.stdout.contains("wrongtoken") && said.stdout.contains("ERROR"), "{}", said.stdout);
}

// covers: A16
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_stream_mode_is_moved() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["streamMode"] = json!("block");
    world.home.config(&config);
    let said = world.home.run(&["doctor", "--fix"]).ok();
    assert!(said.stdout.contains("Changed: ") && said.stdout.contains("streamMode"), "{}", said.stdout);
    let text = std::fs::read_to_string(world.home.path().join("openclaw.json")).unwrap();
    let section = serde_json::from_str::<Value>(&text).unwrap()["channels"]["mattermost"].take();
    assert_eq!(section["streaming"], json!({ "mode": "block" }));
    assert!(section.get("streamMode").is_none(), "{section}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_not_for_the_bot_is_explained_by_its_rules() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let (silent, heard) = (
        world.say("alice", &general, "nobody in particular", ""),
        world.say("alice", &general, "@openclaw hi", ""),
    );
    let explain = |post: &str| world.home.run(&["doctor", "--explain", post, "--json"]).ok().json();
    assert_eq!(explain(&silent)["answered"], false);
    let answered = explain(&heard);
    assert_eq!(answered["answered"], true, "{answered:#}");
    assert!(
        answered["steps"].as_array().unwrap().iter().any(|step| step["step"] == "mention"),
        "{answered:#}"
    );
}
