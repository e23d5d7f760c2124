//! `message react`, `read`, `edit` and the like.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::gateway::World;
use support::{Home, Said, libraries};

fn message(world: &World, arguments: &[&str]) -> Said {
    let (command, rest) = arguments.split_first().unwrap();
    let mut all = vec!["message", command, "--channel", "mattermost"];
    all.extend(rest);
    world.home.run(&all)
}

/// A world in which everything may be read.
async fn open() -> World {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["actions"] = json!({ "messages": true });
    world.home.config(&config);
    world
}

/// A post of the bot.
fn bots_post(world: &World, channel: &str, text: &str) -> String {
    world.sim.post_as(world.seed.user_id("openclaw"), channel, text, "").unwrap().id
}

// covers: B01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_told_by_emoji_and_post() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let post = world.say("alice", &general, "shall we?", "");
    let dry = message(&world, &["react", "--message-id", &post, "--emoji", "👍", "--dry-run"]).ok();
    assert_eq!(
        dry.stdout,
        format!("[dry-run] would run react via Mattermost: add :thumbsup: to {post} in channel:{general}\n")
    );
    let nobody = message(&world, &["reactions", "--message-id", &post]).ok();
    assert_eq!(nobody.stdout, format!("Nobody reacted to {post}.\n"));
    let added = message(&world, &["react", "--message-id", &post, "--emoji", "👍"]).ok();
    assert_eq!(added.stdout, format!("✅ Added :thumbsup: to {post}\n"));
    let listed = message(&world, &["reactions", "--message-id", &post]).ok();
    assert_eq!(listed.stdout, "Reactions (1)\nEMOJI       COUNT  BY\n:thumbsup:  1      @openclaw\n");
    let removed =
        message(&world, &["react", "--message-id", &post, "--emoji", ":thumbsup:", "--remove", "--json"])
            .ok()
            .json();
    assert_eq!(
        (&removed["action"], &removed["handledBy"], &removed["payload"]["removed"]),
        (&json!("react"), &json!("plugin"), &json!("thumbsup"))
    );
}

// covers: S22
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_read_as_a_table_and_as_a_document() {
    let world = open().await;
    let general = world.seed.channel("general").to_owned();
    // What the server wrote when people joined is older.
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    let first = world.say("alice", &general, "a first\n\u{1b}[31mthing", "");
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    let second = world.say("bob", &general, "another", "");
    let said = message(&world, &["read", "--target", "#general", "--limit", "2"]).ok();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "Messages (2, and there are more)");
    assert!(lines[1].starts_with("ID ") && lines[1].ends_with("TEXT"), "{}", said.stdout);
    assert!(lines[2].starts_with(&second) && lines[2].contains("@bob") && lines[2].ends_with("another"));
    assert!(lines[3].starts_with(&first) && lines[3].ends_with("a first [31mthing"), "{}", said.stdout);
    let target = format!("channel:{general}");
    let told = message(&world, &["read", "--target", &target, "--limit", "1", "--json"]).ok().json();
    assert_eq!(
        (&told["action"], &told["channel"], &told["dryRun"]),
        (&json!("read"), &json!("mattermost"), &json!(false))
    );
    let payload = &told["payload"];
    assert_eq!(
        (&payload["ok"], &payload["channelId"], &payload["hasMore"]),
        (&json!(true), &json!(general), &json!(true))
    );
    let post = &payload["messages"][0];
    assert_eq!(
        (&post["id"], &post["message"], &post["timestampMs"]),
        (&json!(second), &json!("another"), &post["create_at"])
    );
    assert!(post["timestampUtc"].as_str().unwrap().ends_with('Z'));
    let before =
        message(&world, &["read", "--target", &target, "--before", &second, "--limit", "1", "--json"]);
    assert_eq!(before.ok().json()["payload"]["messages"][0]["id"], first);
    let dry = message(&world, &["read", "--target", "#general", "--dry-run"]).ok();
    assert_eq!(dry.stdout, format!("[dry-run] would run read via Mattermost: channel:{general}\n"));
}

// covers: S22
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_that_is_not_configured_names_the_key_and_the_file() {
    let world = World::new().await;
    message(&world, &["read", "--target", "#general"]).failed(&[
        "channels.mattermost.actions.messages",
        "hint: the configuration is ",
        "openclaw.json",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_edited_pinned_and_deleted() {
    let world = open().await;
    let general = world.seed.channel("general").to_owned();
    let post = bots_post(&world, &general, "frist");
    let edited = message(&world, &["edit", "--message-id", &post, "--message", "first"]).ok();
    assert_eq!(edited.stdout, format!("✅ Edited {post}\n"));
    assert_eq!(message(&world, &["pin", "--message-id", &post]).ok().stdout, format!("✅ Pinned {post}\n"));
    let pins = message(&world, &["pins", "--target", "#general"]).ok();
    assert!(pins.stdout.starts_with("Messages (1)\n") && pins.stdout.contains("first"), "{}", pins.stdout);
    let again = message(&world, &["pin", "--message-id", &post, "--json"]).ok().json();
    assert_eq!(again["payload"]["changed"], false);
    message(&world, &["unpin", "--message-id", &post]).ok();
    let none = message(&world, &["list-pins", "--target", "#general"]).ok();
    assert_eq!(none.stdout, format!("Nothing is pinned to channel:{general}.\n"));
    let dry = message(&world, &["delete", "--message-id", &post, "--dry-run"]).ok();
    assert_eq!(
        dry.stdout,
        format!("[dry-run] would run delete via Mattermost: {post} in channel:{general}\n")
    );
    assert_eq!(
        message(&world, &["delete", "--message-id", &post]).ok().stdout,
        format!("✅ Deleted {post}\n")
    );
    assert!(world.said_by_bot(&general).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_are_read_and_posts_are_found() {
    let world = open().await;
    let general = world.seed.channel("general").to_owned();
    let topic = world.say("alice", &general, "the deployment", "");
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    world.say("bob", &general, "is done", &topic);
    let thread = message(&world, &["thread", "--message-id", &topic]).ok();
    assert!(thread.stdout.lines().nth(2).unwrap().ends_with("the deployment"), "{}", thread.stdout);
    assert!(thread.stdout.lines().nth(3).unwrap().ends_with("is done"), "{}", thread.stdout);
    let found = message(&world, &["search", "--query", "deployment"]).ok();
    assert!(found.stdout.contains("CHANNEL") && found.stdout.contains(&topic), "{}", found.stdout);
    let found = message(&world, &["search", "--query", "nothing of it", "--target", "#general"]).ok();
    assert_eq!(found.stdout, format!("Nothing was found in channel:{general}.\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_described() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let said = message(&world, &["channel-info", "--target", "#general"]).ok();
    for words in [&format!("channel:{general}"), "public", "Members", "general"] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
    let told = message(&world, &["channel-info", "--target", "#general", "--json"]).ok().json();
    assert_eq!((&told["payload"]["kind"], &told["payload"]["archived"]), (&json!("public"), &json!(false)));
    world.direct("alice");
    let said = message(&world, &["channel-info", "--target", "@alice"]).ok();
    assert!(said.stdout.starts_with("Channel  direct conversation\n"), "{}", said.stdout);
    assert!(!said.stdout.contains("__"), "ids that the server made a name of: {}", said.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hint_names_the_option_that_is_wrong() {
    let world = open().await;
    let post = world.say("alice", world.seed.channel("general"), "hers", "");
    for (arguments, hint) in [
        (&["react", "--message-id", "nopost", "--emoji", "x"][..], "hint: check --message-id"),
        (&["react", "--message-id", &post, "--emoji", "🫠"], "hint: check --emoji"),
        (&["edit", "--message-id", &post, "--message", " "], "hint: check --message\n"),
        (&["read", "--target", "#no-such-channel"], "hint: check --target"),
        (&["search", "--query", " "], "hint: check --query"),
        (&["delete", "--message-id", &post, "--account", "nobody"], "hint: check --account"),
    ] {
        message(&world, arguments).failed(&[hint]);
    }
}

#[test]
fn a_channel_without_actions_says_so() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.run(&["message", "read", "--channel", "echo", "--target", "room:lobby"])
        .failed(&["does not support"]);
}
