//! `gateway run`: messages reach the agent, and its answers reach the right place.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::{Duration, Instant};
use support::gateway::{Gateway, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_direct_message_is_answered() {
    let world = World::new().await;
    let _gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    assert_eq!(world.hear(&direct, "echo: hello").await.root_id, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_in_a_channel_is_answered_there_and_other_talk_is_not() {
    let world = World::new().await;
    let _gateway = world.gateway(&[]).await;
    let general = world.seed.channel("general").to_owned();
    world.say("alice", &general, "nobody in particular", "");
    world.say("alice", &general, "@openclaw hello", "");
    assert_eq!(world.hear(&general, "echo: hello").await.root_id, "");
    assert_eq!(world.said_by_bot(&general).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_in_a_thread_is_answered_in_the_thread() {
    let world = World::new().await;
    let _gateway = world.gateway(&[]).await;
    let general = world.seed.channel("general").to_owned();
    let root = world.say("alice", &general, "a topic", "");
    world.say("bob", &general, "@openclaw and you?", &root);
    assert_eq!(world.hear(&general, "echo: and you?").await.root_id, root);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_conversation_are_answered_in_their_order() {
    let world = World::new().await;
    let _gateway = world.gateway(&[]).await;
    let direct = world.direct("alice");
    for number in 0..20 {
        world.say("alice", &direct, &format!("number {number}"), "");
    }
    world.hear(&direct, "echo: number 19").await;
    let said: Vec<_> = world.said_by_bot(&direct).into_iter().map(|post| post.message).collect();
    let expected: Vec<_> = (0..20).map(|number| format!("echo: number {number}")).collect();
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_command_gets_the_message_as_json_and_its_output_is_the_answer() {
    let world = World::new().await;
    // Shows a field of the event, and that stdin ends.
    let agent = r#"exec:printf '  got '; grep -o '"raw_text":"[^"]*"'; echo; echo noise >&2"#;
    let mut gateway = world.gateway(&["--agent", agent]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, r#"got "raw_text":"hello""#).await;
    gateway.line("agent: noise").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_command_without_output_says_nothing_and_a_failed_one_is_logged() {
    let world = World::new().await;
    let agent = r#"exec:case "$(cat)" in *'"text":"quiet"'*) ;; *'"text":"bad"'*) echo no idea >&2; exit 3 ;; *) echo done ;; esac"#;
    let mut gateway = world.gateway(&["--agent", agent]).await;
    let (alice, bob) = (world.direct("alice"), world.direct("bob"));
    world.say("alice", &alice, "quiet", "");
    world.say("alice", &alice, "speak", "");
    world.hear(&alice, "done").await;
    world.say("bob", &bob, "bad", "");
    let line = gateway.line("exit status: 3").await;
    for words in ["ERROR mattermost default: no answer to @bob", "exit status: 3: no idea"] {
        assert!(line.contains(words), "no {words:?} in {line}");
    }
    assert_eq!((world.said_by_bot(&alice).len(), world.said_by_bot(&bob).len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_command_may_complain_of_anything_without_losing_its_answer() {
    let world = World::new().await;
    // No text, then a line without an end; a closed pipe would end the command before its answer.
    let agent = r"exec:printf 'caf\351\n' >&2; head -c 20000000 /dev/zero >&2 && echo done";
    let mut gateway = world.gateway(&["--agent", agent]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "done").await;
    gateway.line("agent: caf").await;
    gateway.line("(20000000 bytes in all)").await;
    assert!(gateway.log().len() < 100_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn an_answer_without_end_is_none_and_its_command_is_ended() {
    let world = World::new().await;
    let mut gateway = world.gateway(&["--agent", "exec:yes; echo never"]).await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    gateway.line("its answer is longer than 1 MiB").await;
    assert!(world.said_by_bot(&direct).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_command_does_not_see_the_channels_secrets() {
    let world = World::new().await;
    let mut config = world.config();
    config["channels"]["mattermost"]["botToken"] = "${TOKEN_OF_THE_TEST}".into();
    world.home.config(&config);
    let seen = world.home.path().join("seen");
    let agent = format!("exec:env > {}; echo done", seen.display());
    let token = world.seed.token("openclaw");
    let variables =
        [("TOKEN_OF_THE_TEST", token), ("MATTERMOST_BOT_TOKEN", token), ("HARMLESS_OF_THE_TEST", "1")];
    let mut gateway = Gateway::start_with(&world.home, &["--agent", &agent], &variables);
    gateway.line("connected as @openclaw").await;
    let direct = world.direct("alice");
    world.say("alice", &direct, "hello", "");
    world.hear(&direct, "done").await;
    let seen = std::fs::read_to_string(&seen).unwrap();
    assert!(!seen.contains(token) && !seen.contains("TOKEN"), "{seen}");
    assert!(seen.contains("PATH=") && seen.contains("HARMLESS_OF_THE_TEST=1"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_command_that_takes_too_long_is_ended_with_its_children() {
    let world = World::new().await;
    let marker = world.home.path().join("child");
    let agent = format!("exec:sleep 61 & echo $! > {}; wait", marker.display());
    let mut gateway = world.gateway(&["--agent", &agent, "--agent-timeout", "1"]).await;
    world.say("alice", &world.direct("alice"), "hello", "");
    gateway.line("took longer than 1.0 s").await;
    let child = std::fs::read_to_string(&marker).unwrap();
    let start = Instant::now();
    while std::process::Command::new("kill").args(["-0", child.trim()]).output().unwrap().status.success() {
        assert!(start.elapsed() < Duration::from_secs(5), "the command's child {child} still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_slow_conversation_does_not_hold_up_another() {
    let world = World::new().await;
    let agent = r#"exec:case "$(cat)" in *'"text":"slow"'*) sleep 5 ;; esac; echo done"#;
    let _gateway = world.gateway(&["--agent", agent]).await;
    let (alice, bob) = (world.direct("alice"), world.direct("bob"));
    world.say("alice", &alice, "slow", "");
    let start = Instant::now();
    world.say("bob", &bob, "fast", "");
    world.hear(&bob, "done").await;
    assert!(start.elapsed() < Duration::from_secs(4));
}
