//! What was said before a message, as the agent is shown it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{InboundMessage, MentionReason};
use mattermost_sim::{Draft, Options, Seed};
use serde_json::{Value, json};
use std::time::Duration;
use support::World;

fn shown(heard: &InboundMessage) -> Vec<&str> {
    heard.history.iter().map(|entry| entry.text.as_str()).collect()
}

/// The server's order of posts of one moment is its own.
async fn apart() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("m{number}")).collect()
}

/// Chatter of bob, and then a question of alice.
async fn asked_after(world: &mut World, channel: &str, root: &str, chatter: &[String]) -> InboundMessage {
    for text in chatter {
        world.says("bob", channel, text, root);
    }
    world.says("alice", channel, "@openclaw well?", root);
    world.hears().await
}

// covers: I36
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_fifty_or_as_many_as_are_configured_are_shown_once() {
    for (keys, limit) in
        [(json!({}), 50), (json!({ "historyLimit": 3 }), 3), (json!({ "historyLimit": 0 }), 0)]
    {
        let mut world = World::with(Options::default(), keys).await;
        let (general, ops) = (world.channel("general"), world.channel("ops"));
        world.says("bob", &ops, "said elsewhere", "");
        let heard = asked_after(&mut world, &general, "", &numbered(0..60)).await;
        assert_eq!(shown(&heard), numbered(60 - limit..60));
        let heard = asked_after(&mut world, &general, "", &numbered(60..61)).await;
        assert_eq!(shown(&heard), if limit > 0 { vec!["m60"] } else { vec![] });
    }
}

// covers: I36
#[tokio::test(flavor = "multi_thread")]
async fn files_are_shown_as_such_and_what_was_deleted_is_not() {
    let mut world = World::new().await;
    let (general, bob) = (world.channel("general"), world.id("bob"));
    let file = |name: &str| world.sim.upload_as(&bob, &general, name, b"x".to_vec()).unwrap();
    let files = vec![file("a.png"), file("b.png")];
    world.posts("bob", &general, Draft { message: "look".to_owned(), file_ids: files, ..Draft::default() });
    let gone = world.says("bob", &general, "a secret", "");
    world.sim.delete_as(&bob, &gone.id).unwrap();
    let heard = asked_after(&mut world, &general, "", &[]).await;
    assert_eq!(shown(&heard), ["look\n<media:attachment> (2 files)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_and_its_channel_have_each_their_own() {
    let mut world = World::new().await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "a topic", "");
    world.says("bob", &general, "inside", &topic.id);
    apart().await;
    let heard = asked_after(&mut world, &general, "", &["outside".to_owned()]).await;
    assert_eq!(shown(&heard), ["a topic", "outside"]);
    let heard = asked_after(&mut world, &general, &topic.id, &["inside too".to_owned()]).await;
    // The thread is read from the server when the agent comes to it.
    assert_eq!(shown(&heard), ["a topic", "inside", "inside too"]);
}

/// Only alice is heard in channels.
fn only_alice(visibility: &str) -> impl FnOnce(&Seed) -> (Value, Value) {
    move |seed: &Seed| {
        let keys = json!({
            "groupPolicy": "allowlist", "groupAllowFrom": [seed.user_id("alice")],
            "contextVisibility": visibility,
        });
        (keys, json!({}))
    }
}

// covers: I37
#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_say_is_shown_only_where_everything_is() {
    for (visibility, strangers) in [("all", true), ("allowlist", false), ("allowlist_quote", false)] {
        let mut world = World::build(Options::default(), false, only_alice(visibility)).await;
        let general = world.channel("general");
        world.says("bob", &general, "by a stranger", "");
        world.says("bob", &general, "@openclaw to the bot by a stranger", "");
        world.says("alice", &general, "by somebody who is heard", "");
        world.says("alice", &general, "@openclaw well?", "");
        let heard = world.hears().await;
        let all = ["by a stranger", "@openclaw to the bot by a stranger", "by somebody who is heard"];
        let expected = if strangers { &all[..] } else { &all[2..] };
        assert_eq!(shown(&heard), expected, "{visibility}");
    }
}

// covers: I38
#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_read_again_after_a_restart() {
    let mut world = World::lasting().await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "a topic", "");
    apart().await;
    world.says("alice", &general, "@openclaw what do you say?", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.says("mallory", &general, "before the end", &topic.id);
    let heard = world.hears().await;
    assert_eq!(heard.mention.reason, MentionReason::Thread);
    world.settle(&heard).await;
    let stopped = world.stop().await;
    let mut world = stopped.start().await;
    world.says("bob", &general, "go on", &topic.id);
    let heard = world.hears().await;
    assert_eq!(heard.text, "go on");
    assert_eq!(
        shown(&heard),
        ["a topic", "@openclaw what do you say?", "echo: what do you say?", "before the end"]
    );
    let authors: Vec<&str> = heard.history.iter().map(|entry| entry.sender.as_str()).collect();
    assert_eq!(authors, ["bob", "alice", "openclaw", "mallory"]);
    // It is in the session now.
    world.says("bob", &general, "and on", &topic.id);
    assert!(world.hears().await.history.is_empty());
}

// covers: I37, I38
#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_is_read_again_shows_no_strangers_either() {
    for (visibility, expected) in
        [("all", &["a topic", "by a stranger", "by alice"][..]), ("allowlist", &["a topic", "by alice"][..])]
    {
        let world = World::build(Options::default(), true, only_alice(visibility)).await;
        let general = world.channel("general");
        let topic = world.says("alice", &general, "a topic", "");
        world.says("bob", &general, "by a stranger", &topic.id);
        apart().await;
        world.says("alice", &general, "by alice", &topic.id);
        let mut world = world.stop().await.start().await;
        world.says("alice", &general, "@openclaw well?", &topic.id);
        let heard = world.hears().await;
        assert_eq!(shown(&heard), expected, "{visibility}");
    }
}

// covers: I38
#[tokio::test(flavor = "multi_thread")]
async fn a_long_thread_is_read_as_far_as_the_history_reaches() {
    let keys = json!({ "historyLimit": 5 });
    let world = World::begin(Options::default(), keys, json!({}), true).await;
    let general = world.channel("general");
    let topic = world.says("bob", &general, "a topic", "");
    for text in numbered(0..40) {
        world.says("bob", &general, &text, &topic.id);
        apart().await;
    }
    let mut world = world.stop().await.start().await;
    world.says("alice", &general, "@openclaw well?", &topic.id);
    let heard = world.hears().await;
    assert_eq!(shown(&heard), numbered(35..40));
    assert_eq!(heard.parent.unwrap().text, "a topic");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_again_is_neither_shown_nor_counted_nor_answered_a_second_time() {
    let mut world = World::lasting().await;
    let (general, ops) = (world.channel("general"), world.channel("ops"));
    let topic = world.says("bob", &general, "a topic", "");
    world.says("bob", &general, "before the bot took part", &topic.id);
    world.says("bob", &ops, "chatter", "");
    world.says("alice", &ops, "@openclaw one", "");
    let heard = world.hears().await;
    assert_eq!(shown(&heard), ["chatter"]);
    world.settle(&heard).await;
    world.says("alice", &general, "@openclaw two", &topic.id);
    let heard = world.hears().await;
    world.echo(&heard).await;
    world.sim.forget_sockets();
    world.until(|status| status.connected).await;
    world.until(|status| status.catch_up.as_ref().is_some_and(|reading| !reading.running)).await;
    world.hears_nothing_in("bob", &general, &topic.id).await;
    world.says("alice", &ops, "@openclaw three", "");
    assert!(shown(&world.hears().await).is_empty());
    assert_eq!(world.not_answered().await["not_mentioned"], 3);
}
