//! `gateway run`: how it starts, what it says, and how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::Home;
use support::gateway::{Gateway, World};

#[test]
fn without_a_plugin_it_says_how_to_install_one() {
    Home::new().run(&["gateway", "run"]).failed(&["no plugin is installed", "plugins install"]);
}

#[test]
fn without_an_account_it_says_what_is_missing() {
    let home = Home::new();
    home.place_mattermost();
    home.run(&["gateway", "run", "--port", "0"]).failed(&["no account could be started", "hint: "]);
}

#[test]
fn a_missing_token_is_told_once() {
    let home = Home::new();
    home.place_mattermost();
    home.config(&json!({ "channels": { "mattermost": { "baseUrl": "http://127.0.0.1:9" } } }));
    let said = home.run(&["gateway", "run", "--port", "0"]).failed(&["has no botToken"]);
    assert_eq!(said.stderr.matches("has no botToken").count(), 1, "{}", said.stderr);
    let hint = said.stderr.lines().find(|line| line.starts_with("hint: ")).unwrap();
    let file = home.path().join("openclaw.json");
    assert_eq!(hint, format!("hint: the configuration is {}", file.display()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_section_that_no_plugin_reads_is_told() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["matermost"] = json!({ "enabled": true });
    config["channels"]["telegram"] = json!({});
    config["channels"]["defaults"] = json!({});
    world.home.config(&config);
    let gateway = world.gateway(&[]).await;
    let log = gateway.log();
    let line = |of: &str| log.lines().find(|line| line.contains(of)).unwrap_or_default();
    assert!(line("channels.matermost is ignored").contains("did you mean channels.mattermost?"), "{log}");
    assert!(line("WARN gateway: channels.telegram is ignored").ends_with("brings this channel"), "{log}");
    assert!(!log.contains("channels.defaults"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hint_of_a_wrong_key_names_key_and_file() {
    let world = World::new().await;
    let file = world.home.path().join("openclaw.json");
    let url = "channels.mattermost.baseUrl";
    for (key, value, hint) in [
        ("baseUrl", json!("ftp://x"), format!("hint: correct {url} in {}", file.display())),
        ("zork", json!(1), format!("hint: rename or remove channels.mattermost.zork in {}", file.display())),
    ] {
        let mut config = world.config();
        config["channels"]["mattermost"][key] = value;
        world.home.config(&config);
        world.home.run(&["gateway", "run", "--port", "0"]).failed(&[&hint]);
    }
}

/// A gateway whose agent has begun to answer alice, and takes a second for it.
#[cfg(unix)]
async fn answering() -> (World, Gateway, String) {
    let world = World::new().await;
    let started = world.home.path().join("started");
    let agent = format!("exec:touch {}; sleep 1; echo done", started.display());
    let gateway = world.gateway(&["--agent", &agent]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    while !started.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    (world, gateway, direct)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_signal_that_comes_twice_at_once_counts_once() {
    let (world, mut gateway, direct) = answering().await;
    gateway.signal("TERM");
    gateway.line("waiting for 1 answer in work").await;
    gateway.signal("TERM");
    assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
    assert_eq!(world.said_by_bot(&direct).len(), 1, "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_configuration_is_refused_by_key() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["chatmode"] = json!("sometimes");
    world.home.config(&config);
    world.home.run(&["gateway", "run", "--port", "0"]).failed(&["channels.mattermost.chatmode"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_as_whom_and_where_it_is_connected() {
    let world = World::new().await;
    let mut gateway = world.gateway(&[]).await;
    let line = gateway.line("connected as").await;
    let expected = format!("mattermost default: connected as @openclaw to {} (11.6.0)", world.sim.url());
    assert!(line.ends_with(&expected), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_and_its_return_are_one_line_each() {
    let world = World::new().await;
    let mut gateway = world.gateway(&[]).await;
    world.sim.cut_sockets();
    gateway.line("mattermost default: connection lost (").await;
    gateway.line("mattermost default: connection is back after ").await;
    assert_eq!(gateway.log().matches("connection lost").count(), 1, "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_told_and_does_not_end_the_gateway() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] = json!("wrongtokenwrongtokenwrongt");
    world.home.config(&config);
    let mut gateway = Gateway::start(&world.home, &[]);
    let line = gateway.line("mattermost default: blocked: ").await;
    assert!(line.contains("token"), "{line}");
    assert!(!gateway.log().contains("wrongtoken"), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_can_come_from_the_environment_alone() {
    let world = World::new().await;
    // Only that the server may be on this machine is not said by a variable.
    let network = json!({ "dangerouslyAllowPrivateNetwork": true });
    world.home.config(&json!({ "channels": { "mattermost": { "network": network } } }));
    let mut command = world.home.command(&["message", "send", "--channel", "mattermost", "--message", "hi"]);
    command.args(["--target", &format!("channel:{}", world.seed.channel("general"))]);
    command.env("MATTERMOST_URL", world.sim.url()).env("MATTERMOST_BOT_TOKEN", world.seed.token("openclaw"));
    support::said(&mut command).ok();
    world.hear(world.seed.channel("general"), "hi").await;
}

// covers: R07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_server_of_the_environment_is_refused_with_the_key_and_the_file() {
    let world = World::new().await;
    std::fs::remove_file(world.home.path().join("openclaw.json")).unwrap();
    let mut command = world.home.command(&["gateway", "run", "--port", "0"]);
    command.env("MATTERMOST_URL", world.sim.url()).env("MATTERMOST_BOT_TOKEN", world.seed.token("openclaw"));
    let key = "set channels.mattermost.network.dangerouslyAllowPrivateNetwork to true";
    let said = support::said(&mut command).failed(&["no account could be started", key, "hint: "]);
    assert!(said.stderr.contains("openclaw.json"), "{}", said.stderr);
    let mut doctor = world.home.command(&["doctor"]);
    doctor.env("MATTERMOST_URL", world.sim.url()).env("MATTERMOST_BOT_TOKEN", world.seed.token("openclaw"));
    let said = support::said(&mut doctor).failed(&[]);
    assert!(said.stdout.contains("--allow-private-network"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_signal_ends_it_in_good_order() {
    for name in ["TERM", "INT"] {
        let world = World::new().await;
        let mut gateway = world.gateway(&[]).await;
        let file = world.home.path().join("gateway.json");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        gateway.signal(name);
        assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
        assert!(!file.exists());
        assert!(gateway.log().contains("gateway: stopped"), "{}", gateway.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_turn_in_work_ends_before_the_gateway_does() {
    let (world, mut gateway, direct) = answering().await;
    gateway.signal("TERM");
    assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
    assert_eq!(world.said_by_bot(&direct).len(), 1, "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn messages_whose_turn_had_not_come_are_left_for_the_next_start() {
    let world = World::new().await;
    let mut gateway = world.gateway(&["--agent", "exec:sleep 2; echo done"]).await;
    let direct = world.direct("alice");
    for text in ["one", "two", "three"] {
        world.say("alice", &direct, text, "");
    }
    let held = || {
        let status = world.home.run(&["channels", "status", "--json"]).ok().json();
        status["channelAccounts"]["mattermost"][0]["unsettled"] == 3
    };
    while !held() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    gateway.signal("TERM");
    assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
    gateway.line("mattermost default: left 2 messages for the next start").await;
    assert_eq!(world.said_by_bot(&direct).len(), 1, "{}", gateway.log());
    let _next = world.gateway(&[]).await;
    for answer in ["echo: two", "echo: three"] {
        world.hear(&direct, answer).await;
    }
    assert_eq!(world.said_by_bot(&direct).len(), 3, "{:?}", world.said_by_bot(&direct));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_with_its_parent_when_asked_to() {
    let world = World::new().await;
    let mut gateway = world.gateway(&["--until-stdin-closes"]).await;
    gateway.close_stdin();
    assert_eq!(gateway.ended().await.code(), Some(0), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_gateway_on_the_same_state_directory_is_refused() {
    let world = World::new().await;
    let gateway = world.gateway(&[]).await;
    let said = world.home.run(&["gateway", "run", "--port", "0"]);
    said.failed(&["already running", &format!("pid {}", gateway.id())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_cannot_start_does_not_stop_the_others() {
    let world = World::new().await;
    world.home.write("extensions/broken/openclaw.plugin.json", "{ no");
    let mut gateway = world.gateway(&[]).await;
    let line = gateway.line("broken: not started").await;
    assert!(line.contains("openclaw.plugin.json:1:3"), "{line}");
}
