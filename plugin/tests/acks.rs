//! Reactions that show how far a turn is.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{DeliveryKind, HandleRequest, Outbound, Refuse};
use mattermost_sim::Options;
use serde_json::{Value, json};
use std::time::Duration;
use support::{PATIENCE, World};

const PAUSE: Duration = Duration::from_millis(10);

async fn world(messages: Value) -> World {
    World::begin(Options::default(), json!({}), json!({ "messages": messages }), false).await
}

/// The bot's emojis on a post.
fn shown(world: &World, channel: &str, id: &str) -> Vec<String> {
    let bot = world.id("openclaw");
    let post = world.sim.posts(channel).into_iter().find(|post| post.id == id).unwrap();
    post.reactions.into_iter().filter(|(user, _)| *user == bot).map(|(_, emoji)| emoji).collect()
}

async fn until_shown(world: &World, channel: &str, id: &str, emojis: &[&str]) {
    let wait = async {
        while shown(world, channel, id) != emojis {
            tokio::time::sleep(PAUSE).await;
        }
    };
    if tokio::time::timeout(PATIENCE, wait).await.is_err() {
        panic!("{emojis:?} is not shown, but {:?}", shown(world, channel, id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_a_channel_is_acknowledged_and_a_direct_message_is_not() {
    let mut world = World::new().await;
    let (general, dm) = (world.channel("general"), world.dm("alice"));
    let named = world.says("alice", &general, "@openclaw hello", "");
    world.hears().await;
    until_shown(&world, &general, &named.id, &["eyes"]).await;
    let direct = world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    assert!(shown(&world, &dm, &direct.id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_and_emoji_are_as_configured() {
    for (messages, in_channel, in_private) in [
        (
            json!({ "ackReactionScope": "all", "ackReaction": "✅" }),
            Some("white_check_mark"),
            Some("white_check_mark"),
        ),
        (json!({ "ackReactionScope": "direct", "ackReaction": ":rocket:" }), None, Some("rocket")),
        (json!({ "ackReactionScope": "group-all" }), Some("eyes"), None),
        (json!({ "ackReactionScope": "off" }), None, None),
        (json!({ "ackReactionScope": "all", "ackReaction": "" }), None, None),
        // Not every character has a name on the server.
        (json!({ "ackReactionScope": "all", "ackReaction": "🫠" }), Some("eyes"), Some("eyes")),
    ] {
        let mut world = world(messages.clone()).await;
        for (channel, expected) in [(world.channel("general"), in_channel), (world.dm("alice"), in_private)] {
            let post = world.says("alice", &channel, "@openclaw hello", "");
            let heard = world.hears().await;
            if let Some(emoji) = expected {
                until_shown(&world, &channel, &post.id, &[emoji]).await;
            }
            world.echo(&heard).await;
            let shown = shown(&world, &channel, &post.id);
            assert_eq!(shown.first().map(String::as_str), expected, "{messages}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_with_an_emoji_of_its_own_shows_it() {
    let agents = json!({ "agents": { "list": [{ "id": "main", "identity": { "emoji": "🦞" } }] } });
    let mut world = World::begin(Options::default(), json!({}), agents, false).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    world.hears().await;
    until_shown(&world, &general, &post.id, &["lobster"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_mention_is_asked_for_none_is_acknowledged() {
    let mut world = World::with(Options::default(), json!({ "chatmode": "onmessage" })).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    assert!(shown(&world, &general, &post.id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_is_taken_off_after_the_answer_where_that_is_configured() {
    let mut world = world(json!({ "removeAckAfterReply": true })).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    until_shown(&world, &general, &post.id, &["eyes"]).await;
    // The answer is enough; the host need not say that it is done.
    world.instance.send(&support::answer(&heard)).await.unwrap();
    until_shown(&world, &general, &post.id, &[]).await;
    world.settle(&heard).await;
    // Without an answer the end of the turn is.
    let silent = world.says("alice", &general, "@openclaw psst", "");
    let heard = world.hears().await;
    until_shown(&world, &general, &silent.id, &["eyes"]).await;
    world.settle(&heard).await;
    until_shown(&world, &general, &silent.id, &[]).await;
}

fn quick(more: &Value) -> Value {
    let mut messages = json!({
        "statusReactions": {
            "enabled": true,
            "emojis": { "done": "🎉" },
            "timing": { "debounceMs": 30, "doneHoldMs": 200, "errorHoldMs": 200 },
        },
    });
    for (key, value) in more.as_object().unwrap() {
        messages[key] = value.clone();
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_shows_how_far_it_is_one_emoji_at_a_time() {
    let mut world = world(quick(&json!({ "removeAckAfterReply": true }))).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    until_shown(&world, &general, &post.id, &["thinking_face"]).await;
    for (kind, emoji) in [(DeliveryKind::Tool, "fire"), (DeliveryKind::Partial, "thinking_face")] {
        let sign = Outbound { kind, text: "searching".to_owned(), ..support::answer(&heard) };
        world.instance.send(&sign).await.unwrap();
        until_shown(&world, &general, &post.id, &[emoji]).await;
    }
    world.echo(&heard).await;
    until_shown(&world, &general, &post.id, &["tada"]).await;
    until_shown(&world, &general, &post.id, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_given_up_shows_it_and_the_acknowledgement_stays() {
    let mut world = world(quick(&json!({}))).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    until_shown(&world, &general, &post.id, &["thinking_face"]).await;
    let refused = Refuse { event_id: heard.event_id, reason: "no model".to_owned(), give_up: true };
    world.instance.handle(&HandleRequest::InboundNack(refused)).await.unwrap();
    until_shown(&world, &general, &post.id, &["scream"]).await;
    until_shown(&world, &general, &post.id, &["eyes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_at_once_flickers_less() {
    let mut slow = quick(&json!({ "removeAckAfterReply": true }));
    slow["statusReactions"]["timing"]["debounceMs"] = json!(10_000);
    let mut world = world(slow).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    let heard = world.hears().await;
    until_shown(&world, &general, &post.id, &["eyes"]).await;
    world.echo(&heard).await;
    until_shown(&world, &general, &post.id, &["tada"]).await;
    until_shown(&world, &general, &post.id, &[]).await;
    let asked = |emoji: &str| world.sim.requests().iter().any(|request| request.path.ends_with(emoji));
    assert!(asked("reactions/eyes") && !asked("reactions/thinking_face"));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_turn_goes_on_with_its_reaction_and_nothing_of_before_is_left() {
    let messages = json!({ "messages": quick(&json!({ "removeAckAfterReply": true })) });
    let mut world = World::begin(Options::default(), json!({}), messages, true).await;
    let general = world.channel("general");
    let post = world.says("alice", &general, "@openclaw hello", "");
    world.hears().await;
    until_shown(&world, &general, &post.id, &["thinking_face"]).await;
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let heard = world.hears().await;
    assert!(heard.redelivered);
    until_shown(&world, &general, &post.id, &["thinking_face"]).await;
    world.echo(&heard).await;
    until_shown(&world, &general, &post.id, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_that_fails_holds_up_nothing_and_is_tried_again() {
    let mut world = world(json!({ "ackReactionScope": "all" })).await;
    let dm = world.dm("alice");
    world.caught_up().await;
    world.sim.faults().errors(&[500]);
    let post = world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    assert_eq!(heard.message_id, post.id);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(shown(&world, &dm, &post.id).is_empty());
    world.sim.faults().clear();
    world.echo(&heard).await;
    until_shown(&world, &dm, &post.id, &["eyes"]).await;
}
