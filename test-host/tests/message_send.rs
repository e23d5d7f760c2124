//! `message send`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::gateway::World;
use support::{Home, libraries};

fn send(world: &World, target: &str, more: &[&str]) -> support::Said {
    let mut arguments =
        vec!["message", "send", "--channel", "mattermost", "--target", target, "--message", "hi"];
    arguments.extend(more);
    world.home.run(&arguments)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_target_reaches_its_channel() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let said = send(&world, &format!("channel:{general}"), &[]).ok();
    let post = world.hear(&general, "hi").await;
    assert_eq!(said.stdout, format!("✅ Sent via Mattermost. Message ID: {} (channel {general})\n", post.id));
    let direct = world.direct("alice");
    send(&world, "@alice", &[]).ok();
    send(&world, &format!("user:{}", world.seed.user_id("alice")), &[]).ok();
    assert_eq!(world.said_by_bot(&direct).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_goes_into_the_thread_of_what_it_answers() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let root = world.say("alice", &general, "a topic", "");
    let reply = world.say("bob", &general, "a remark", &root);
    send(&world, &format!("channel:{general}"), &["--reply-to", &reply]).ok();
    assert_eq!(world.hear(&general, "hi").await.root_id, root);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_form_names_the_post() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let sent = send(&world, &format!("channel:{general}"), &["--json"]).ok().json();
    assert_eq!((&sent["action"], &sent["dryRun"]), (&json!("send"), &json!(false)));
    assert_eq!(sent["messageId"], world.hear(&general, "hi").await.id);
    assert_eq!((&sent["channelId"], &sent["handledBy"]), (&json!(general), &json!("core")));
    assert_eq!(sent["targetWords"], json!(null), "only a dry run looks for them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_text_says_of_how_many_posts_it_is() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let text = "word ".repeat(1_000);
    let said = world
        .home
        .run(&["message", "send", "--channel", "mattermost", "--target", "#general", "--message", &text])
        .ok();
    let first = world.said_by_bot(&general).into_iter().find(|post| post.message.starts_with("word"));
    assert_eq!(world.said_by_bot(&general).len(), 2);
    assert!(said.stdout.starts_with("✅ Sent via Mattermost in 2 posts. Message ID: "), "{}", said.stdout);
    assert!(first.is_some(), "the posts are the text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_names_the_target_and_posts_nothing() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let said = send(&world, &format!("channel:{general}"), &["--dry-run"]).ok();
    assert_eq!(
        said.stdout,
        format!("[dry-run] would send via Mattermost to #general in team lab, channel:{general}\nhi\n")
    );
    assert!(world.said_by_bot(&general).is_empty());
    let said = send(&world, "@alice", &["--dry-run"]).ok();
    let alice = world.seed.user_id("alice");
    assert_eq!(
        said.stdout,
        format!("[dry-run] would send via Mattermost to @alice (direct), user:{alice}\nhi\n")
    );
    let opened = world.sim.requests().iter().any(|one| one.path.ends_with("/channels/direct"));
    assert!(!opened, "a dry run made a direct channel");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slip_in_a_name_is_answered_with_what_was_probably_meant() {
    let world = World::new().await;
    send(&world, "@alcie", &[]).failed(&["@alcie", "did you mean @alice", "hint: check --target"]);
    send(&world, "#generall", &[]).failed(&["did you mean #general?\n"]);
    send(&world, "mallory", &[]).failed(&["no channel #mallory", "a person is @username"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_does_not_exist_is_told() {
    let world = World::new().await;
    send(&world, "@nobody.at.all", &[]).failed(&["nobody.at.all", "hint: "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hint_names_the_option_that_is_wrong() {
    let world = World::new().await;
    let general = format!("channel:{}", world.seed.channel("general"));
    for (target, more, hint) in [
        (
            "nonsense:x",
            &[][..],
            "hint: check --target; `directory peers list` and `directory groups list` show",
        ),
        (&general, &["--account", "nobody"], "hint: check --account"),
        (&general, &["--media", "/no/such/file"], "hint: check --media\n"),
        (&general, &["--reply-to", "nopost"], "hint: check --reply-to\n"),
    ] {
        send(&world, target, more).failed(&[hint]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_urls_are_attached_together() {
    let world = World::new().await;
    let general = world.seed.channel("general").to_owned();
    let path = world.home.path().join("notes.txt");
    std::fs::write(&path, "notes").unwrap();
    let url = format!("{}/api/v4/system/ping", world.sim.url());
    let media = ["--media", path.to_str().unwrap(), "--media", &url];
    send(&world, &format!("channel:{general}"), &media).ok();
    let files = &world.said_by_bot(&general)[0].file_ids;
    let names: Vec<String> = files.iter().map(|id| world.sim.file(id).unwrap().name).collect();
    assert_eq!(names, ["notes.txt", "ping.json"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_form_of_a_dry_run_has_no_post() {
    let world = World::new().await;
    let general = format!("channel:{}", world.seed.channel("general"));
    let answer = send(&world, &general, &["--dry-run", "--json"]).ok().json();
    assert_eq!((&answer["messageId"], &answer["sentAt"]), (&json!(null), &json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_told_as_such() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] = json!("wrongtokenwrongtokenwrongt");
    world.home.config(&config);
    let said = send(&world, "@alice", &[]).failed(&["token", "hint: "]);
    assert!(!said.stderr.contains("wrongtoken"), "{}", said.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_output_has_a_token() {
    let world = World::new().await;
    let token = world.seed.token("openclaw").to_owned();
    let gateway = world.gateway(&["--log-level", "trace"]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "echo: hello").await;
    let mut said = vec![gateway.log()];
    for arguments in [
        &["channels", "status", "--probe", "--json", "--log-level", "trace"][..],
        &[
            "message",
            "send",
            "--channel",
            "mattermost",
            "--target",
            "@bob",
            "--message",
            "x",
            "--log-level",
            "trace",
        ],
        &["plugins", "inspect", "mattermost", "--json"],
    ] {
        let run = world.home.run(arguments);
        said.extend([run.stdout, run.stderr]);
    }
    assert!(said.iter().all(|text| !text.contains(&token)));
    assert!(said.iter().any(|text| text.contains("openclaw")));
}

#[test]
fn an_unknown_channel_is_answered_with_those_that_are_there() {
    let home = Home::new();
    let send = ["message", "send", "--channel", "matrix", "--target", "x", "--message", "y"];
    home.run(&send).failed(&["none is installed", "plugins install"]);
    home.install(&libraries::echo()).ok();
    home.run(&send).failed(&["\"matrix\"", "use one of: echo"]);
}

#[test]
fn a_target_that_the_plugin_refuses_shows_its_own_message() {
    let home = Home::new();
    home.install(&libraries::echo()).ok();
    home.run(&["message", "send", "--channel", "echo", "--target", "lobby", "--message", "x"])
        .failed(&["write room:<name>"]);
}
