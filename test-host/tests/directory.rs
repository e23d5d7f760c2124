//! `directory self|peers|groups`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::gateway::World;

const LIST_PEERS: [&str; 3] = ["directory", "peers", "list"];
const LIST_GROUPS: [&str; 3] = ["directory", "groups", "list"];

fn list(world: &World, which: &[&str], more: &[&str]) -> support::Said {
    world.home.run(&[which, &["--channel", "mattermost"], more].concat())
}

// covers: S21
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_channels_are_tables_whose_ids_are_targets() {
    let world = World::new().await;
    world.sim.call(world.seed.user_id("alice"), "Alice", "Liddell").unwrap();
    let said = list(&world, &LIST_PEERS, &[]).ok();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "Peers (5)");
    assert!(lines[1].starts_with("ID ") && lines[1].contains("DISPLAY NAME"), "{}", lines[1]);
    let alice = lines.iter().find(|line| line.contains(" alice ")).unwrap();
    for word in ["Alice Liddell", "person", "lab"] {
        assert!(alice.contains(word), "no {word} in {alice}");
    }
    let target = alice.split_whitespace().next().unwrap();
    world
        .home
        .run(&["message", "send", "--channel", "mattermost", "--target", target, "--message", "hi"])
        .ok();
    let said = list(&world, &LIST_GROUPS, &["--query", "SECRET"]).ok();
    assert!(said.stdout.starts_with("Groups (1)\n"), "{}", said.stdout);
    let secret = format!("channel:{}", world.seed.channel("secret"));
    assert!(said.stdout.contains(&secret) && said.stdout.contains("private"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_form_is_a_list_of_entries() {
    let world = World::new().await;
    let found = list(&world, &LIST_PEERS, &["--query", "ali", "--json"]).ok().json();
    let alice = &found[0];
    assert_eq!((&alice["kind"], &alice["name"]), (&json!("user"), &json!("alice")));
    assert_eq!(alice["id"], format!("user:{}", world.seed.user_id("alice")));
    assert_eq!((&alice["isBot"], &alice["teams"]), (&json!(false), &json!(["lab"])));
    assert_eq!(found.as_array().unwrap().len(), 1);
    let said = list(&world, &LIST_GROUPS, &["--limit", "2", "--json"]).ok();
    assert_eq!(said.json().as_array().unwrap().len(), 2);
    assert!(said.stderr.contains("there are more"), "{}", said.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_knows_itself_and_who_is_in_a_channel() {
    let world = World::new().await;
    let said = list(&world, &["directory", "self"], &[]).ok();
    assert!(said.stdout.starts_with("Self (1)\n") && said.stdout.contains("openclaw"), "{}", said.stdout);
    let heading = said.stdout.lines().nth(1).unwrap();
    let columns: Vec<&str> = heading.split_whitespace().collect();
    assert_eq!(columns, ["ID", "NAME", "KIND"], "columns that say nothing are left out");
    let members = ["directory", "groups", "members"];
    let said = list(&world, &members, &["--group-id", "#general"]).ok();
    assert!(said.stdout.starts_with("Members (5)\n"), "{}", said.stdout);
    list(&world, &members, &["--group-id", "#nowhere"]).failed(&["#nowhere", "hint: check --group-id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finding_nothing_is_no_failure() {
    let world = World::new().await;
    let said = list(&world, &LIST_PEERS, &["--query", "nobody-has-this-name"]).ok();
    assert_eq!(said.stdout, "No peers found for channel \"mattermost\".\n");
    assert_eq!(list(&world, &LIST_GROUPS, &["--query", "zebra", "--json"]).ok().json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_fails_is_told_and_when_all_fail_the_command_does() {
    let world = World::new().await;
    let mut config = world.config();
    let section = &mut config["channels"]["mattermost"];
    let token = section["botToken"].take();
    section["accounts"] = json!({
        "good": { "botToken": token }, "bad": { "botToken": "wrongtokenwrongtokenwrongt" },
    });
    section.as_object_mut().unwrap().remove("botToken");
    world.home.config(&config);
    let said = list(&world, &LIST_GROUPS, &[]).ok();
    assert!(said.stdout.starts_with("Groups (5)\n"), "{}", said.stdout);
    assert!(said.stderr.contains("warning: account bad could not be asked"), "{}", said.stderr);
    let said = list(&world, &LIST_GROUPS, &["--account", "bad"]).failed(&["token", "hint: "]);
    assert!(said.stdout.is_empty() && !said.stderr.contains("wrongtoken"), "{}", said.stderr);
    list(&world, &LIST_PEERS, &["--account", "nobody"]).failed(&["\"nobody\"", "hint: check --account"]);
}
