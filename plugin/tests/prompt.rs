//! What the agent is told of a message, as facts and as one text; commands and bursts.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ChatKind, MentionReason};
use mattermost_sim::Options;
use serde_json::json;
use std::time::Instant;
use support::World;

async fn debounced(window_ms: u64) -> World {
    let around = json!({ "messages": { "inbound": { "byChannel": { "mattermost": window_ms } } } });
    World::begin(Options::default(), json!({}), around, true).await
}

// covers: I46
#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_channel_carries_everything_that_is_known_of_it() {
    let mut world = World::new().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let post = world.says("bob", &general, "@openclaw **what** now?", "");
    let heard = world.hears().await;
    assert_eq!(heard.event_id, format!("default:{}", post.id));
    assert_eq!((heard.message_id.as_str(), heard.timestamp_ms), (post.id.as_str(), post.create_at));
    assert_eq!((heard.text.as_str(), heard.raw_text.as_str()), ("**what** now?", "@openclaw **what** now?"));
    assert_eq!((heard.sender.id.as_str(), heard.sender.username.as_deref()), (bob.as_str(), Some("bob")));
    let conversation = &heard.conversation;
    assert_eq!((conversation.kind, conversation.channel_id.as_str()), (ChatKind::Channel, general.as_str()));
    assert_eq!(conversation.channel_name.as_deref(), Some("general"));
    assert_eq!(conversation.display_name.as_deref(), Some("General"));
    assert_eq!(conversation.team_id.as_deref(), Some(world.seed.team_id.as_str()));
    assert_eq!((conversation.thread_root_id.as_deref(), conversation.label.as_str()), (None, "#general"));
    assert_eq!((heard.mention.was_mentioned, heard.mention.reason), (true, MentionReason::Name));
    assert_eq!(heard.reply.target, format!("channel:{general}"));
    assert_eq!(heard.access, "group_policy_open");
    assert!(heard.command.authorized && !heard.command.is_control);
    assert!(!heard.redelivered && !heard.edited && heard.media.is_empty() && heard.history.is_empty());
}

// covers: I46
#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_says_who_where_and_when_and_what_was_said_before() {
    let mut world = World::new().await;
    let (general, dm, alice) = (world.channel("general"), world.dm("alice"), world.id("alice"));
    let chatter = world.says("bob", &general, "lunch?", "");
    let post = world.says("alice", &general, "@openclaw where to?", "");
    let heard = world.hears().await;
    let lines: Vec<&str> = heard.body.lines().collect();
    assert_eq!(lines[0], "[Chat messages since your last reply - for context]");
    assert!(lines[1].starts_with(&format!("[Mattermost #general id:{general} ")), "{}", lines[1]);
    assert!(lines[1].ends_with(&format!("] bob: lunch? [id:{} channel:{general}]", chatter.id)));
    assert_eq!((lines[2], lines[3]), ("", "[Current message - respond to this]"));
    assert!(lines[4].ends_with("] alice: where to?"), "{}", lines[4]);
    assert_eq!(lines[5], format!("[mattermost message id: {} channel: {general}]", post.id));
    assert_eq!(lines.len(), 6);
    world.echo(&heard).await;
    world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    assert!(heard.body.starts_with(&format!("[Mattermost alice id:{alice} ")), "{}", heard.body);
    // `Mon 2026-03-02 14:05:09 CET` of the server's clock.
    let time = heard.body.split(']').next().unwrap().rsplitn(5, ' ').take(4).count();
    assert_eq!(time, 4, "{}", heard.body);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    world.says("alice", &dm, "again", "");
    let heard = world.hears().await;
    assert!(heard.body.starts_with(&format!("[Mattermost alice id:{alice} +")), "{}", heard.body);
}

// covers: I18
#[tokio::test(flavor = "multi_thread")]
async fn a_command_may_follow_the_mention() {
    let mut world = World::new().await;
    let general = world.channel("general");
    for (said, text) in [
        ("@openclaw /new", "/new"),
        ("@openclaw /model: gpt-5", "/model: gpt-5"),
        ("@openclaw STOP!", "STOP!"),
        ("/reset @openclaw", "/reset"),
    ] {
        world.says("bob", &general, said, "");
        let heard = world.hears().await;
        assert_eq!(heard.text, text);
        assert!(heard.command.is_control && heard.command.authorized, "{said:?}");
    }
    world.says("bob", &general, "@openclaw /usr/bin is full", "");
    assert!(!world.hears().await.command.is_control);
}

// covers: I04
#[tokio::test(flavor = "multi_thread")]
async fn quick_messages_of_one_person_become_one_and_others_stay_apart() {
    let mut world = debounced(700).await;
    let general = world.channel("general");
    let first = world.says("bob", &general, "@openclaw one", "");
    let second = world.says("bob", &general, "@openclaw two", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.message_id.as_str()), ("one\ntwo", second.id.as_str()));
    assert_eq!(heard.message_ids, [first.id.clone(), second.id.clone()]);
    assert_eq!(heard.raw_text, "@openclaw one\n@openclaw two");
    world.settle(&heard).await;
    world.says("bob", &general, "@openclaw of bob", "");
    world.says("alice", &general, "@openclaw of alice", "");
    assert_eq!(world.hears().await.text, "of bob");
    assert_eq!(world.hears().await.text, "of alice");
    let topic = world.says("bob", &general, "@openclaw outside", "");
    world.says("bob", &general, "@openclaw inside", &topic.id);
    let mut texts = [world.hears().await.text, world.hears().await.text];
    texts.sort();
    assert_eq!(texts, ["inside", "outside"]);
}

// covers: I05
#[tokio::test(flavor = "multi_thread")]
async fn a_command_does_not_wait_and_ends_the_wait_of_what_was_said_before() {
    let mut world = debounced(20_000).await;
    let general = world.channel("general");
    let began = Instant::now();
    world.says("bob", &general, "@openclaw one", "");
    world.says("bob", &general, "@openclaw two", "");
    world.says("bob", &general, "@openclaw /stop", "");
    assert_eq!(world.hears().await.text, "one\ntwo");
    assert_eq!(world.hears().await.text, "/stop");
    world.says("bob", &general, "@openclaw stop", "");
    assert_eq!(world.hears().await.text, "stop");
    assert!(began.elapsed().as_secs() < 15);
}

// covers: I36, I46
#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_a_burst_is_shown_with_it_once() {
    let mut world = debounced(500).await;
    let general = world.channel("general");
    world.says("alice", &general, "context", "");
    world.says("bob", &general, "@openclaw one", "");
    world.says("bob", &general, "@openclaw two", "");
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.history.len()), ("one\ntwo", 1));
    assert!(heard.body.contains("alice: context"), "{}", heard.body);
}
