//! Reactions: told to the session, never answered.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ChatKind, Event};
use mattermost_sim::Options;
use serde_json::json;
use support::{World, about, approved};

fn own(notifications: &str) -> serde_json::Value {
    json!({ "plugins": { "entries": { "mattermost": { "config": { "reactionNotifications": notifications } } } } })
}

// covers: B04
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_told_to_the_session_of_its_channel_and_so_is_its_end() {
    let mut world = World::new().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let post = world.says("alice", &general, "shall we?", "");
    world.sim.react_as(&bob, &post.id, "thumbsup").unwrap();
    let event = world.system_event().await;
    assert_eq!(
        event.text,
        format!("Mattermost reaction added: :thumbsup: by @bob on post {} in channel {general}", post.id)
    );
    assert_eq!(event.session.key, format!("agent:main:mattermost:channel:{general}"));
    let key = format!("mattermost:reaction:{}:thumbsup:{bob}:added", post.id);
    assert_eq!(event.context_key.as_deref(), Some(key.as_str()));
    let conversation = event.conversation.unwrap();
    assert_eq!((conversation.kind, conversation.label.as_str()), (ChatKind::Channel, "#general"));
    world.sim.unreact_as(&bob, &post.id, "thumbsup").unwrap();
    let event = world.system_event().await;
    assert!(event.text.starts_with("Mattermost reaction removed: :thumbsup: by @bob"), "{}", event.text);
}

// The official plugin tells the channel's session of it, where nobody knows what it is about.
// covers: B04
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_inside_a_thread_is_told_to_the_session_of_the_thread() {
    let mut world = World::new().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let topic = world.says("alice", &general, "a topic", "");
    let reply = world.says("alice", &general, "inside", &topic.id);
    world.sim.react_as(&bob, &reply.id, "eyes").unwrap();
    let event = world.system_event().await;
    assert_eq!(event.session.key, format!("agent:main:mattermost:channel:{general}:thread:{}", topic.id));
}

// covers: B05
#[tokio::test(flavor = "multi_thread")]
async fn reactions_of_whoever_is_not_heard_are_not_told() {
    let mut world = World::knowing(
        |seed| json!({ "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")] }),
    )
    .await;
    let (general, alice, bob) = (world.channel("general"), world.id("alice"), world.id("bob"));
    let post = world.says("alice", &general, "shall we?", "");
    world.sim.react_as(&bob, &post.id, "thumbsdown").unwrap();
    world.sim.react_as(&alice, &post.id, "thumbsup").unwrap();
    let event = world.system_event().await;
    assert!(event.text.contains(":thumbsup: by @alice"), "{}", event.text);
}

// covers: B05
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_of_a_stranger_in_private_asks_whether_he_was_paired_and_offers_nothing() {
    let mut world =
        World::with(Options::default(), json!({ "dmPolicy": "pairing", "allowFrom": null })).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    let post = world.says("bob", &dm, "hello?", "");
    let request = world.asked().await;
    world.reply(&request, support::pending(None, false)).await;
    world.until_ignored("dm_not_paired", 1).await;
    for (emoji, answer) in [("wave", support::pending(None, false)), ("tada", approved())] {
        world.sim.react_as(&bob, &post.id, emoji).unwrap();
        let request = world.asked().await;
        assert_eq!(about(&request), (bob.as_str(), false), "no request is made");
        world.reply(&request, answer).await;
    }
    let event = world.system_event().await;
    assert!(event.text.contains(":tada:"), "{}", event.text);
    assert!(world.answers(&dm).is_empty());
}

// covers: B04
#[tokio::test(flavor = "multi_thread")]
async fn only_those_are_told_that_are_wanted_and_never_the_bots_own() {
    let mut world = World::begin(Options::default(), json!({}), own("own"), false).await;
    let (dm, alice, bot) = (world.dm("alice"), world.id("alice"), world.id("openclaw"));
    let post = world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    let answer = world.sees(&dm, "echo: hi").await;
    world.sim.react_as(&alice, &post.id, "not_own").unwrap();
    world.sim.react_as(&bot, &answer.id, "eyes").unwrap();
    world.sim.react_as(&alice, &answer.id, "heart").unwrap();
    let event = world.system_event().await;
    assert!(event.text.contains(":heart: by @alice"), "{}", event.text);
}

// covers: B04
#[tokio::test(flavor = "multi_thread")]
async fn none_is_told_where_none_is_wanted_and_none_is_answered() {
    let mut world = World::begin(Options::default(), json!({}), own("off"), false).await;
    let (dm, alice) = (world.dm("alice"), world.id("alice"));
    let post = world.says("alice", &dm, "hi", "");
    let heard = world.hears().await;
    world.settle(&heard).await;
    world.sim.react_as(&alice, &post.id, "heart").unwrap();
    world.says("alice", &dm, "the next", "");
    loop {
        match world.next().await {
            Event::SystemEvent(event) => panic!("told: {event:?}"),
            Event::InboundMessage(message) => break assert_eq!(message.text, "the next"),
            _ => {}
        }
    }
}
