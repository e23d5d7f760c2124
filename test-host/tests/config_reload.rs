//! The configuration file changes while the gateway runs; secrets in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::time::Duration;
use support::Home;
use support::gateway::{Gateway, World};

fn scripted(section: &Value) -> Home {
    let home = Home::new();
    home.place_scripted();
    home.config(&json!({ "channels": { "scripted": section } }));
    home
}

async fn running(home: &Home, arguments: &[&str]) -> Gateway {
    let mut gateway = Gateway::start(home, arguments);
    gateway.line("gateway: running").await;
    gateway
}

/// Replace the file as editors do.
fn replace(home: &Home, text: &str) {
    let fresh = home.write("openclaw.json.editor", text);
    std::fs::rename(fresh, home.path().join("openclaw.json")).unwrap();
}

#[tokio::test]
async fn a_changed_file_is_given_to_the_channel_and_an_unchanged_one_is_not() {
    let home = scripted(&json!({ "a": 1 }));
    let mut gateway = running(&home, &[]).await;
    replace(&home, "{ channels: { scripted: { a: 1 } } } // only a comment");
    tokio::time::sleep(Duration::from_millis(1_800)).await;
    assert!(!gateway.log().contains("config.update"), "{}", gateway.log());
    replace(&home, "{ channels: { scripted: { a: 2 } } }");
    let line = gateway.line("config.update").await;
    assert!(line.contains(r#"{"a":2}"#), "{line}");
    gateway.line("scripted: new configuration: restarted default").await;
}

#[tokio::test]
async fn a_broken_edit_keeps_the_old_configuration_and_a_repaired_one_is_taken() {
    let home = scripted(&json!({ "a": 1 }));
    let mut gateway = running(&home, &[]).await;
    replace(&home, "{\n  channels: { scripted: { token: 's3cret' oops: 1 } } }");
    let line = gateway.line("is not taken, the old one stays").await;
    assert!(line.contains("openclaw.json:2:43"), "{line}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(gateway.log().matches("is not taken").count(), 1, "{}", gateway.log());
    replace(&home, "");
    gateway.line("openclaw.json is empty").await;
    std::fs::remove_file(home.path().join("openclaw.json")).unwrap();
    gateway.line("openclaw.json is gone").await;
    assert!(
        !gateway.log().contains("config.update") && !gateway.log().contains("s3cret"),
        "{}",
        gateway.log()
    );
    replace(&home, "{ channels: { scripted: { a: 3 } } }");
    gateway.line("the configuration can be read again").await;
    gateway.line("scripted: new configuration").await;
}

#[tokio::test]
async fn what_a_channel_refuses_is_told_with_its_place() {
    let home = scripted(&json!({ "a": 1 }));
    let mut gateway = running(&home, &[]).await;
    replace(&home, "{\n  channels: {\n    scripted: { a: 1, bad: 7 },\n  },\n}\n");
    let line = gateway.line("scripted: the changed configuration is not taken").await;
    assert!(line.contains("channels.scripted.bad") && line.contains("openclaw.json:3:23"), "{line}");
}

#[test]
fn a_start_that_fails_names_the_place() {
    let home = scripted(&json!({}));
    home.write("openclaw.json", "{\n  channels: {\n    scripted: { a: 1, bad: 7 },\n  },\n}\n");
    home.run(&["gateway", "run", "--port", "0"]).failed(&["channels.scripted.bad", "openclaw.json:3:23"]);
    home.write("openclaw.json", "{\n  channels: { scripted: { a: '${NO_SUCH_VARIABLE}' } },\n}\n");
    home.run(&["gateway", "run", "--port", "0"]).failed(&["openclaw.json:2:27", "NO_SUCH_VARIABLE"]);
}

// covers: A15
#[tokio::test]
#[cfg(unix)]
async fn secrets_are_resolved_before_a_channel_sees_the_configuration() {
    use std::os::unix::fs::PermissionsExt;
    let home = scripted(&json!({}));
    let path = home.write("secrets.json", r#"{ "bot": "t0k3n" }"#);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secret = |id: &str| json!({ "source": "file", "provider": "mine", "id": id });
    let config = |a: i32| {
        json!({
            "secrets": { "providers": { "mine": { "source": "file", "path": path } } },
            "channels": { "scripted": { "a": a, "botToken": secret("/bot"), "other": secret("/none") } },
        })
    };
    home.config(&config(1));
    let mut gateway = running(&home, &[]).await;
    let line = gateway.line("the secret cannot be had").await;
    assert!(
        line.contains("channels.scripted.other: the secret cannot be had") && line.contains("has no /none"),
        "{line}"
    );
    home.config(&config(2));
    let line = gateway.line("config.update").await;
    assert!(line.contains(r#""botToken":"t0k3n""#), "{line}");
    assert!(line.contains(r#""other":{"id":"/none","provider":"mine","source":"file"}"#), "{line}");
}

fn two_accounts(world: &World, second: &Value) -> Value {
    let mut config = world.config();
    let token = config["channels"]["mattermost"]["botToken"].take();
    config["channels"]["mattermost"].as_object_mut().unwrap().remove("botToken");
    config["channels"]["mattermost"]["accounts"] =
        json!({ "a": { "botToken": token }, "b": { "botToken": token, "chatmode": second } });
    config
}

// covers: A15
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_the_only_secret_names_where_it_is_missing() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] =
        json!({ "source": "store", "provider": "default", "id": "BOT" });
    world.home.config(&config);
    let said = world.home.run(&["gateway", "run", "--port", "0"]).failed(&["channels.mattermost.botToken"]);
    assert!(said.stderr.contains("this host has no secret store"), "{}", said.stderr);
}

// covers: A18
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_account_that_is_changed_is_restarted() {
    let world = World::new().await;
    world.home.config(&two_accounts(&world, &json!("oncall")));
    let mut gateway = Gateway::start(&world.home, &[]);
    gateway.line("mattermost a: connected").await;
    gateway.line("mattermost b: connected").await;
    let since = |status: &Value, id: &str| {
        let accounts = status["channelAccounts"]["mattermost"].as_array().unwrap();
        accounts.iter().find(|account| account["accountId"] == id).unwrap()["lastStartAt"].clone()
    };
    let before = world.home.run(&["channels", "status", "--json"]).ok().json();
    world.home.config(&two_accounts(&world, &json!("onmessage")));
    let line = gateway.line("mattermost: new configuration").await;
    assert!(line.contains("restarted b") && line.contains("unchanged a"), "{line}");
    let after = world.home.run(&["channels", "status", "--json"]).ok().json();
    assert_eq!(since(&before, "a"), since(&after, "a"));
    assert_ne!(since(&before, "b"), since(&after, "b"));
    gateway.line("caught up account=\"b\"").await;
    assert!(!gateway.log().contains("connection lost"), "{}", gateway.log());
}

// covers: A15
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn an_account_without_its_secret_does_not_stop_the_others() {
    let world = World::new().await;
    let mut config = two_accounts(&world, &json!("oncall"));
    config["channels"]["mattermost"]["accounts"]["b"]["botToken"] =
        json!({ "source": "exec", "provider": "vault", "id": "bot" });
    world.home.config(&config);
    let mut gateway = Gateway::start(&world.home, &[]);
    let line = gateway.line("the secret cannot be had").await;
    assert!(
        line.contains("channels.mattermost.accounts.b.botToken") && line.contains("secrets.providers.vault"),
        "{line}"
    );
    gateway.line("mattermost a: connected").await;
    let status = world.home.run(&["channels", "status", "--json"]).ok().json();
    let accounts = status["channelAccounts"]["mattermost"].as_array().unwrap();
    let second = accounts.iter().find(|account| account["accountId"] == "b").unwrap();
    assert_eq!(second["tokenStatus"], "configured_unavailable", "{second}");
}
