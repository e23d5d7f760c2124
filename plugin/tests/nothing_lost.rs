//! What people write reaches the host once, whatever happens to the connection and to the host.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{Event, HandleRequest, InboundMessage, Refuse};
use mattermost_client::{Client, NewPost, Options as ClientOptions, ServerUrl, Token};
use mattermost_sim::{Options, Version};
use serde_json::json;
use std::time::Duration;
use support::World;

/// Hear until a text is heard; the texts in order, each event settled.
async fn hear_until(world: &mut World, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let heard = world.hears().await;
        world.echo(&heard).await;
        texts.push(heard.text.clone());
        if heard.text == last {
            return texts;
        }
    }
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("m{number}")).collect()
}

// covers: W07
#[tokio::test(flavor = "multi_thread")]
async fn posts_of_a_short_cut_come_with_the_resumed_connection() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "m0", "");
    assert_eq!(hear_until(&mut world, "m0").await, ["m0"]);
    world.sim.cut_sockets();
    for text in numbered(1..6) {
        world.says("alice", &dm, &text, "");
    }
    assert_eq!(hear_until(&mut world, "m5").await, numbered(1..6));
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_of_an_outage_are_read_when_the_server_has_forgotten_the_connection() {
    let mut world = World::lasting().await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    let root = world.says("bob", &general, "a topic", "");
    world.says("alice", &dm, "m0", "");
    hear_until(&mut world, "m0").await;
    world.sim.forget_sockets();
    for text in numbered(1..6) {
        world.says("alice", &dm, &text, "");
    }
    world.says("bob", &general, "@openclaw in the channel", "");
    world.says("bob", &general, "not for the bot", "");
    world.says("bob", &general, "@openclaw in the thread", &root.id);
    let mut heard = Vec::new();
    while heard.len() < 7 {
        let message = world.hears().await;
        world.echo(&message).await;
        heard.push((message.conversation.channel_id.clone(), message.text.clone()));
    }
    let of = |channel: &str| -> Vec<String> {
        heard.iter().filter(|(id, _)| id == channel).map(|(_, text)| text.clone()).collect()
    };
    assert_eq!(of(&dm), numbered(1..6));
    assert_eq!(of(&general), ["in the channel", "in the thread"]);
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_read_later_says_the_same_as_one_heard_at_once() {
    let mut world = World::lasting().await;
    let general = world.channel("general");
    world.says("alice", &general, "@openclaw the same", "");
    let live = world.hears().await;
    world.echo(&live).await;
    world.sim.forget_sockets();
    world.says("alice", &general, "@openclaw the same", "");
    let read = world.hears().await;
    let blank = |message: InboundMessage| InboundMessage {
        event_id: String::new(),
        message_id: String::new(),
        received_at_ms: 0,
        timestamp_ms: 0,
        body: String::new(),
        ..message
    };
    assert_eq!(blank(read), blank(live));
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_of_a_stopped_host_are_heard_at_its_next_start_and_those_before_its_first_never() {
    let world = World::lasting().await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    let stopped = world.stop().await;
    for text in numbered(0..3) {
        stopped.sim.post_as(stopped.seed.user_id("alice"), &dm, &text, "").unwrap();
    }
    stopped.sim.post_as(stopped.seed.user_id("bob"), &general, "@openclaw hello", "").unwrap();
    // A direct channel that did not exist before.
    let bobs =
        stopped.sim.direct_channel(stopped.seed.user_id("bob"), stopped.seed.user_id("openclaw")).unwrap();
    stopped.sim.post_as(stopped.seed.user_id("bob"), &bobs, "are you there?", "").unwrap();
    let mut world = stopped.start().await;
    let mut texts = Vec::new();
    while texts.len() < 5 {
        let heard = world.hears().await;
        world.echo(&heard).await;
        texts.push(heard.text);
    }
    texts.sort();
    assert_eq!(texts, ["are you there?", "hello", "m0", "m1", "m2"]);
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_before_the_first_start_is_not_answered() {
    let mut world = World::begin(Options::default(), json!({}), json!({}), true).await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "m0", "");
    assert_eq!(hear_until(&mut world, "m0").await, ["m0"]);
    // A new state directory: as if this host had never run.
    let mut stopped = world.stop().await;
    stopped.life.state = Some(tempfile::tempdir().unwrap());
    let mut world = stopped.start().await;
    world.hears_nothing().await;
}

// covers: I02
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_settled_comes_again_with_the_same_id_and_is_answered_once() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let first = world.hears().await;
    assert!(!first.redelivered);
    // Answered, but the host ends before it can say so.
    let answer = support::answer(&first);
    let receipt = world.instance.send(&answer).await.unwrap();
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.hears().await;
    assert!(again.redelivered);
    assert_eq!(again.event_id, first.event_id);
    let repeated = world.instance.send(&support::answer(&again)).await.unwrap();
    assert!(repeated.repeated && !receipt.repeated);
    assert_eq!(repeated.message_ids, receipt.message_ids);
    world.settle(&again).await;
    world.hears_nothing().await;
    assert_eq!(world.answers(&dm).len(), 1);
}

// covers: I01
#[tokio::test(flavor = "multi_thread")]
async fn a_settled_event_does_not_come_again() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    hear_until(&mut world, "hello").await;
    let mut world = world.stop().await.start().await;
    world.hears_nothing().await;
}

// covers: I02
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_a_sudden_end_cut_short_comes_again() {
    let mut world = World::lasting().await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    world.says("alice", &dm, "hello", "");
    world.says("bob", &general, "@openclaw hello", "");
    let first = [world.hears().await, world.hears().await];
    let mut world = world.crash().open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = [world.hears().await, world.hears().await];
    let ids = |heard: &[InboundMessage; 2]| {
        let mut ids: Vec<String> = heard.iter().map(|message| message.event_id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&first), ids(&again));
    for message in &again {
        assert!(message.redelivered);
        world.echo(message).await;
    }
    let mut world = world.crash().start().await;
    world.hears_nothing().await;
    assert_eq!((world.answers(&dm).len(), world.answers(&general).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_comes_again_until_it_is_settled_or_given_up() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let first = world.hears().await;
    let refuse = |give_up| {
        HandleRequest::InboundNack(Refuse {
            event_id: first.event_id.clone(),
            reason: "the agent is not there".to_owned(),
            give_up,
        })
    };
    world.instance.handle(&refuse(false)).await.unwrap();
    let again = world.hears().await;
    assert!(again.redelivered && again.event_id == first.event_id);
    world.instance.handle(&refuse(true)).await.unwrap();
    let mut world = world.stop().await.start().await;
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_adds_the_mention_wakes_the_bot_once_71930() {
    let mut world = World::lasting().await;
    let general = world.channel("general");
    let alice = world.id("alice");
    let post = world.says("alice", &general, "can you help?", "");
    world.sim.edit_as(&alice, &post.id, "@openclaw can you help?").unwrap();
    let heard = world.hears().await;
    assert_eq!((heard.message_id.as_str(), heard.text.as_str()), (post.id.as_str(), "can you help?"));
    world.echo(&heard).await;
    world.sim.edit_as(&alice, &post.id, "@openclaw can you help me?").unwrap();
    world.hears_nothing().await;
    // The same during an outage.
    let post = world.says("alice", &general, "and now?", "");
    world.sim.forget_sockets();
    world.sim.edit_as(&alice, &post.id, "@openclaw and now?").unwrap();
    let heard = loop {
        let heard = world.hears().await;
        if heard.text != "is anything left?" {
            break heard;
        }
    };
    assert_eq!(heard.text, "and now?");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_that_the_server_no_longer_has_hides_nothing() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    for text in numbered(0..3) {
        world.says("alice", &dm, &text, "");
        // Far enough apart that the older ones are remembered as places to begin at.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    hear_until(&mut world, "m2").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let stopped = world.stop().await;
    for text in numbered(3..6) {
        stopped.sim.post_as(stopped.seed.user_id("alice"), &dm, &text, "").unwrap();
    }
    assert!(stopped.sim.purge(&dm, 3) > 0);
    let mut world = stopped.start().await;
    assert_eq!(hear_until(&mut world, "m5").await, numbered(3..6));
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_no_parser_follows_hides_no_other() {
    let world = World::lasting().await;
    let general = world.channel("general");
    let token = Token::new(world.seed.token("mallory")).unwrap();
    let server = ServerUrl::parse(&world.sim.url()).unwrap();
    let mallory = Client::new(server, token, ClientOptions::default()).unwrap();
    let stopped = world.stop().await;
    stopped.sim.post_as(stopped.seed.user_id("alice"), &general, "@openclaw important", "").unwrap();
    // As deep as the server takes it, and deeper than a page of posts can be read as a whole.
    let nested = (0..124).fold(json!(1), |inner, _| json!([inner]));
    let mut post = NewPost::new(&general, "look");
    post.props.insert("a".to_owned(), nested);
    mallory.create_post(&post).await.unwrap();
    let mut world = stopped.start().await;
    assert_eq!(world.hears().await.text, "important");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lagging_replica_hides_at_first_is_found_a_little_later() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "m0", "");
    hear_until(&mut world, "m0").await;
    world.sim.faults().replica_lag(Duration::from_secs(3));
    world.sim.forget_sockets();
    for text in numbered(1..4) {
        world.says("alice", &dm, &text, "");
    }
    assert_eq!(hear_until(&mut world, "m3").await, numbered(1..4));
    world.hears_nothing().await;
}

// covers: I01
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_everything_twice_is_answered_once() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().duplicate_events(true);
    for text in numbered(0..5) {
        world.says("alice", &dm, &text, "");
    }
    assert_eq!(hear_until(&mut world, "m4").await, numbered(0..5));
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_without_resume_loses_nothing_either() {
    let options = Options::version(Version::V5_16);
    let mut world = World::begin(options, json!({}), json!({}), true).await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    world.says("alice", &dm, "m0", "");
    hear_until(&mut world, "m0").await;
    world.sim.cut_sockets();
    for text in numbered(1..4) {
        world.says("alice", &dm, &text, "");
    }
    world.says("bob", &general, "@openclaw here too", "");
    let mut texts = Vec::new();
    while texts.len() < 4 {
        let heard = world.hears().await;
        world.echo(&heard).await;
        texts.push(heard.text);
    }
    texts.sort();
    assert_eq!(texts, ["here too", "m1", "m2", "m3"]);
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_posts_than_a_page_are_read_in_order_around_those_of_one_moment() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    let stopped = world.stop().await;
    // As fast as it goes: many have the same time.
    for text in numbered(0..650) {
        stopped.sim.post_as(stopped.seed.user_id("alice"), &dm, &text, "").unwrap();
    }
    let mut world = stopped.start().await;
    let mut texts = Vec::new();
    while texts.len() < 650 {
        let heard = world.hears().await;
        world.settle(&heard).await;
        texts.push(heard.text);
    }
    texts.sort_by_key(|text| text[1..].parse::<usize>().unwrap());
    assert_eq!(texts, numbered(0..650));
    world.hears_nothing().await;
}

// covers: I04
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_becomes_one_message_and_keeps_nobody_else_waiting() {
    let around = json!({ "messages": { "inbound": { "byChannel": { "mattermost": 700 } } } });
    let mut world = World::begin(Options::default(), json!({}), around, true).await;
    let (dm, bobs) = (world.dm("alice"), world.dm("bob"));
    world.says("alice", &dm, "first", "");
    world.says("alice", &dm, "second", "");
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.says("bob", &bobs, "/status", "");
    let heard = world.hears().await;
    assert_eq!(heard.text, "/status");
    let last = world.says("alice", &dm, "third", "");
    let heard = world.hears().await;
    assert_eq!(heard.text, "first\nsecond\nthird");
    assert_eq!((heard.message_id.as_str(), heard.message_ids.len()), (last.id.as_str(), 3));
    // Settled as one.
    world.settle(&heard).await;
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.hears().await;
    assert!(again.redelivered && again.text == "/status", "{again:?}");
    world.settle(&again).await;
    world.says("alice", &dm, "later", "");
    assert_eq!(world.hears().await.text, "later");
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_is_told_in_the_status() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    let stopped = world.stop().await;
    stopped.sim.post_as(stopped.seed.user_id("alice"), &dm, "hello", "").unwrap();
    let mut world = stopped.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let status = loop {
        if let Event::StatusChanged(status) = world.next().await
            && let Some(catch_up) = &status.catch_up
            && !catch_up.running
        {
            break status;
        }
    };
    let catch_up = status.catch_up.unwrap();
    assert!(catch_up.channels >= 1 && catch_up.channels_read == catch_up.channels, "{catch_up:?}");
    assert_eq!(catch_up.messages, 1, "{catch_up:?}");
    assert!(catch_up.finished_at_ms.is_some() && catch_up.problem.is_none());
}
