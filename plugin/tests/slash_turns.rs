//! A slash command as a turn: who may give it, what the agent gets, where the answer goes, and that it happens once.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    AccountRef, CommandFacts, Event, HandleRequest, HostReply, Interaction, LogLevel, MentionReason,
    Outbound, SlashCall,
};
use mattermost_sim::Options;
use serde_json::{Value, json};
use std::time::Duration;
use support::{BUILT_IN, World, about, answer, pending};

/// A world with commands whose section's keys name people of the server.
async fn among(keys: impl Fn(&World) -> Value) -> World {
    let mut world = World::before_commanding(Options::default().own_commands(true), json!({})).await;
    let config = world.changed(keys(&world));
    world.reconfigure(config.clone()).await.unwrap();
    world.life.config = config;
    world.start().await;
    world.until_commands(BUILT_IN as u64).await;
    world
}

// covers: S16
#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_a_command_hears_at_once_that_it_is_worked_on_and_then_the_answer() {
    let mut world = World::commanding(json!({})).await;
    let general = world.channel("general");
    assert_eq!(world.gives("alice", &general, "", "/oc_model  gpt-5 --runtime x ").await, "Processing...");
    let heard = world.hears().await;
    assert_eq!(heard.text, "/model gpt-5 --runtime x");
    assert_eq!(heard.command, CommandFacts { is_control: true, authorized: true, native: true });
    let call = SlashCall { trigger: "oc_model".to_owned(), arguments: "gpt-5 --runtime x".to_owned() };
    assert_eq!(heard.interaction, Some(Interaction::Command(call)));
    assert_eq!((heard.sender.id, heard.sender.username), (world.id("alice"), Some("alice".to_owned())));
    assert_eq!(heard.conversation.channel_name.as_deref(), Some("general"));
    assert_eq!(heard.session.key, format!("agent:main:mattermost:channel:{general}"));
    assert_eq!((heard.mention.was_mentioned, heard.mention.reason), (true, MentionReason::Command));
    assert!(heard.message_id.starts_with("slash-"), "{}", heard.message_id);
    assert_eq!(heard.reply.thread_root_id, None);

    world.gives("alice", &general, "", "/oc_help").await;
    let heard = world.hears().await;
    world.echo(&heard).await;
    let post = world.sees(&general, "echo: /help").await;
    assert_eq!(post.root_id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_a_thread_is_answered_there_and_belongs_to_its_session() {
    let mut world = World::commanding(json!({})).await;
    let (general, ops) = (world.channel("general"), world.channel("ops"));
    let root = world.says("bob", &general, "a thread", "");
    let reply = world.says("bob", &general, "goes on", &root.id);
    for given_at in [&root.id, &reply.id] {
        world.gives("alice", &general, given_at, "/oc_status").await;
        let heard = world.hears().await;
        assert_eq!(heard.reply.thread_root_id.as_ref(), Some(&root.id));
        assert_eq!(heard.conversation.thread_root_id.as_ref(), Some(&root.id));
        assert!(heard.session.key.ends_with(&format!(":thread:{}", root.id)), "{}", heard.session.key);
        world.settle(&heard).await;
    }
    // A thread of another channel is none of this one.
    let command = world.command("oc_status");
    for wrong in [root.id.as_str(), "nonsense", "aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let form = format!("{}&root_id={wrong}", world.form(&command, "alice", &ops));
        assert_eq!(world.calls(&form).await.ephemeral(), "Processing...");
        let heard = world.hears().await;
        assert_eq!(
            (heard.reply.thread_root_id.as_deref(), heard.session.thread_id.as_deref()),
            (None, None),
            "{wrong}"
        );
        world.settle(&heard).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_a_direct_message_belongs_to_its_session() {
    let mut world = World::commanding(json!({})).await;
    let dm = world.dm("alice");
    let root = world.says("alice", &dm, "hello", "");
    let hello = world.hears().await;
    world.gives("alice", &dm, &root.id, "/oc_new").await;
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), &heard.session.key), ("/new", &hello.session.key));
    assert_eq!(heard.reply.thread_root_id, Some(root.id), "where it was asked");
}

// covers: S17
#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_heard_is_told_why_and_nobody_else_is() {
    let cases: [(&str, Value, &str, &str); 6] = [
        ("general", json!({ "groupPolicy": "disabled" }), "mallory", "Commands in channels are disabled."),
        (
            "general",
            json!({ "groupPolicy": "allowlist", "allowFrom": [], "dmPolicy": "pairing" }),
            "mallory",
            "nobody is allowed",
        ),
        (
            "general",
            json!({ "groupPolicy": "allowlist", "groupAllowFrom": ["ALICE"] }),
            "mallory",
            "Unauthorized.",
        ),
        ("dm", json!({ "dmPolicy": "disabled" }), "mallory", "Direct messages are disabled."),
        ("dm", json!({ "dmPolicy": "allowlist", "allowFrom": ["ALICE"] }), "mallory", "Unauthorized."),
        // He may talk there, and give no commands.
        ("general", json!({ "dmPolicy": "allowlist", "allowFrom": ["ALICE"] }), "mallory", "Unauthorized."),
    ];
    for (place, keys, who, expected) in cases {
        let world = among(|world| {
            let text = keys.to_string().replace("ALICE", &world.id("alice"));
            serde_json::from_str(&text).unwrap()
        })
        .await;
        let channel = if place == "dm" { world.dm(who) } else { world.channel(place) };
        let told = world.gives(who, &channel, "", "/oc_status").await;
        assert!(told.contains(expected), "{keys}: {told}");
        assert!(world.answers(&channel).is_empty());
        assert_eq!(world.not_answered().await.values().sum::<u64>(), 1, "{keys}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_shown_his_code_and_no_empty_one() {
    let mut world = among(|world| json!({ "dmPolicy": "pairing", "allowFrom": [world.id("alice")] })).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    for (code, created, expected) in [
        (Some("ABCD2345"), true, "ABCD2345"),
        (Some("ABCD2345"), false, "ABCD2345"),
        (None, false, "too many others wait"),
    ] {
        let World { sim, events, instance, .. } = &mut world;
        let host = async {
            loop {
                let Some(Event::HostRequest(request)) = events.next().await else { continue };
                assert_eq!(about(&request), (bob.as_str(), true));
                let reply = HostReply { request_id: request.request_id, answer: pending(code, created) };
                return instance.handle(&HandleRequest::HostReply(reply)).await.unwrap();
            }
        };
        let (outcome, _) = tokio::join!(sim.execute(&bob, &dm, "", "/oc_status"), host);
        let text = outcome.body["text"].as_str().unwrap().to_owned();
        assert!(text.contains(expected), "{text}");
    }
    // Only he saw it: nothing was posted.
    assert!(world.answers(&dm).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_where_the_bot_is_not_is_not_taken() {
    let mut world = World::commanding(json!({})).await;
    let (general, secret) = (world.channel("general"), world.channel("secret"));
    for channel in [&general, &secret] {
        world.sim.leave(channel, &world.id("openclaw")).unwrap();
        let told = world.gives("alice", channel, "", "/oc_status").await;
        assert!(told.contains("not in this channel") && told.contains("@openclaw"), "{told}");
    }
    let between = world.sim.direct_channel(&world.id("alice"), &world.id("bob")).unwrap();
    let told = world.gives("alice", &between, "", "/oc_status").await;
    assert!(told.contains("not in this channel"), "{told}");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_thrown_out_before_it_answers_tells_who_asked() {
    let mut world = World::commanding(json!({})).await;
    let general = world.channel("general");
    world.gives("alice", &general, "", "/oc_status").await;
    let heard = world.hears().await;
    world.sim.leave(&general, &world.id("openclaw")).unwrap();
    world.instance.send(&Outbound { text: "all well".to_owned(), ..answer(&heard) }).await.unwrap_err();
    let alice = world.id("alice");
    let told = async {
        while !world.sim.ephemerals(&alice).iter().any(|post| post.message.contains("could not be posted")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(support::PATIENCE, told).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_twice_has_one_effect_also_over_a_restart() {
    let mut world = World::commanding(json!({})).await;
    let form = world.form(&world.command("oc_new"), "alice", &world.channel("general"));
    assert_eq!(world.calls(&form).await.ephemeral(), "Processing...");
    assert_eq!(world.calls(&form).await.ephemeral(), "Processing...");
    let heard = world.hears().await;
    assert_eq!(heard.text, "/new");
    world.settle(&heard).await;
    world.hears_nothing().await;
    // What is settled is written down some milliseconds later.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut world = again(world).await;
    let left = world.hears().await;
    assert!(left.redelivered && left.text == "is anything left?", "the command was settled: {left:?}");
    world.until_commands(BUILT_IN as u64).await;
    assert_eq!(world.calls(&form).await.ephemeral(), "Processing...");
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_taken_survives_a_crash_and_comes_once() {
    let world = World::commanding(json!({})).await;
    let general = world.channel("general");
    // Nobody reads the host's events: it dies before it hears of the command.
    assert_eq!(world.gives("alice", &general, "", "/oc_help").await, "Processing...");
    let mut world = again(world).await;
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.redelivered), ("/help", true));
    assert!(heard.command.native);
    world.until(|status| status.connected).await;
    world.echo(&heard).await;
    world.sees(&general, "echo: /help").await;
    world.hears_nothing().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut world = again(world).await;
    assert_eq!(world.hears().await.text, "is anything left?", "what was settled does not come again");
}

/// The host dies and begins again; nothing that it is told then is read yet.
async fn again(world: World) -> World {
    let world = world.crash().open();
    world.instance.handle(&HandleRequest::AccountStart(AccountRef::default())).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_does_not_break_the_log() {
    let world = World::commanding(json!({})).await;
    let command = world.command("oc_new");
    let form = world.form(&command, "alice", &world.channel("general"));
    let evil = form.replace("command=%2Foc_new", "command=%2Foc_new%0AERROR+forged%1B%5B31m");
    assert_eq!(world.calls(&evil).await.status, 401);
    assert!(!world.life.logs.everything().contains('\u{1b}'));
    assert_eq!(world.life.logs.count(LogLevel::Info, "\nERROR"), 0);
}
