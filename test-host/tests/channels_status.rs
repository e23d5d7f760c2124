//! `channels status`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::gateway::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_gateway_tells_all_in_one_line() {
    let world = World::new().await;
    let _gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "echo: hello").await;
    let said = world.home.run(&["channels", "status"]).ok();
    assert!(said.stdout.starts_with("Gateway reachable.\n"), "{}", said.stdout);
    let line = said.stdout.lines().nth(1).unwrap();
    assert!(
        line.starts_with(
            "- Mattermost default: enabled, configured, running, connected, token:config, bot:@openclaw"
        ),
        "{line}"
    );
    for flag in ["in:", "out:", &format!("url:{}", world.sim.url())] {
        assert!(line.contains(flag), "no {flag} in {line}");
    }
    let said = world.home.run(&["channels", "status", "--probe"]).ok();
    assert!(said.stdout.trim_end().ends_with(", works"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_form_has_the_real_commands_keys() {
    let world = World::new().await;
    let gateway = world.gateway(&[]).await;
    let status = world.home.run(&["channels", "status", "--json"]).ok().json();
    assert_eq!(status["gateway"]["pid"], gateway.id());
    assert_eq!(status["channelOrder"], json!(["mattermost"]));
    let account = &status["channelAccounts"]["mattermost"][0];
    assert_eq!((&account["accountId"], &account["connected"]), (&json!("default"), &json!(true)));
    assert!(account["lastConnectedAt"].is_i64(), "{account}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slash_commands_that_the_bot_may_not_register_are_an_issue() {
    let world = World::new().await;
    world.sim.set_slash_permission(false);
    let mut config = world.config();
    config["channels"]["mattermost"]["commands"] = json!({ "native": true });
    world.home.config(&config);
    let _gateway = world.gateway(&[]).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let issue = loop {
        let status = world.home.run(&["channels", "status", "--json"]).ok().json();
        if let Some(issue) = status["statusIssues"].get(0) {
            break issue.clone();
        }
        assert!(std::time::Instant::now() < deadline, "{status:#}");
    };
    assert_eq!((&issue["accountId"], &issue["kind"]), (&json!("default"), &json!("slash")));
    assert!(issue["message"].as_str().unwrap().contains("manage_own_slash_commands"), "{issue}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_gateway_it_shows_the_configuration_and_can_probe() {
    let world = World::new().await;
    let said = world.home.run(&["channels", "status"]).ok();
    assert!(said.stdout.starts_with("No gateway is running."), "{}", said.stdout);
    assert!(
        said.stdout.contains("- Mattermost default: enabled, configured, token:config"),
        "{}",
        said.stdout
    );
    let said = world.home.run(&["channels", "status", "--probe"]).ok();
    assert!(said.stdout.contains("bot:@openclaw") && said.stdout.contains("works"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_of_a_wrong_token_says_why() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] = json!("wrongtokenwrongtokenwrongt");
    world.home.config(&config);
    let said = world.home.run(&["channels", "status", "--probe"]).failed(&["the probe failed"]);
    assert!(said.stdout.contains("fails: ") && !said.stdout.contains("wrongtoken"), "{}", said.stdout);
    let status = world.home.run(&["channels", "status", "--probe", "--json"]).failed(&[]).json();
    assert_eq!(status["statusIssues"][0]["kind"], "probe", "{status:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_form_lists_misconfigured_accounts() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["baseUrl"] = json!("ftp://x");
    world.home.config(&config);
    let status = world.home.run(&["channels", "status", "--json"]).ok().json();
    let issue = &status["statusIssues"][0];
    assert_eq!((&issue["channel"], &issue["accountId"]), (&json!("mattermost"), &json!("default")));
    assert!(issue["message"].as_str().unwrap().contains("baseUrl"), "{issue}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_killed_gateway_is_told_from_a_running_one() {
    let world = World::new().await;
    let mut gateway = world.gateway(&[]).await;
    gateway.signal("KILL");
    gateway.ended().await;
    let said = world.home.run(&["channels", "status"]).ok();
    assert!(
        said.stdout.contains(&format!("pid {} ended without cleaning up", gateway.id())),
        "{}",
        said.stdout
    );
    // Nothing of it is in the way of the next one.
    world.gateway(&[]).await;
}
