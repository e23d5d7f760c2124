//! Buttons of answers that were shown while they were written, that come again, and that outlive the process.
#![allow(clippy::unwrap_used)]

mod support;

use host_sdk::protocol::{DeliveryKind, InboundMessage, Outbound};
use mattermost_sim::{Options, PostRecord};
use serde_json::{Value, json};
use support::{Stopped, World, finally, mode, sign};

fn choice() -> Value {
    json!([[{"text": "Yes", "callback_data": "yes"}, {"text": "No", "callback_data": "no"}]])
}

fn asking(message: &InboundMessage, text: &str) -> Outbound {
    Outbound { buttons: Some(choice()), ..finally(message, text) }
}

fn buttons(post: &PostRecord) -> usize {
    let actions = post.props.get("attachments").and_then(|cards| cards.pointer("/0/actions"));
    actions.and_then(Value::as_array).map_or(0, Vec::len)
}

async fn asked(world: &mut World, text: &str) -> (String, InboundMessage) {
    let dm = world.dm("alice");
    world.says("alice", &dm, text, "");
    (dm, world.hears().await)
}

/// What stands in the conversation: the texts, and how many buttons each post has.
async fn until(world: &World, dm: &str, expected: &[(&str, usize)]) {
    for _ in 0..100 {
        let answers = world.answers(dm);
        let found: Vec<(&str, usize)> =
            answers.iter().map(|post| (post.message.as_str(), buttons(post))).collect();
        if found == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let found: Vec<_> = world.answers(dm).iter().map(|post| (post.message.clone(), buttons(post))).collect();
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_makes_room_for_an_answer_with_buttons() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "ship it?").await;
    // A host that names the buttons early does not have them clicked early.
    let early = Outbound { buttons: Some(choice()), ..sign(&message, DeliveryKind::Partial, "Shall I") };
    world.instance.send(&early).await.unwrap();
    let preview = world.reads(&dm, |text| text == "Shall I").await;
    assert_eq!(buttons(&preview), 0);
    let receipt = world.instance.send(&asking(&message, "Shall I ship it?")).await.unwrap();
    assert_ne!(receipt.message_id, preview.id);
    until(&world, &dm, &[("Shall I ship it?", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_only_says_something_still_becomes_of_its_preview() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "hm?").await;
    world.shows(&message, "Well").await;
    let preview = world.reads(&dm, |text| text == "Well").await;
    let receipt = world.instance.send(&finally(&message, "Well, yes.")).await.unwrap();
    assert_eq!(receipt.message_id, preview.id);
    until(&world, &dm, &[("Well, yes.", 0)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_previews_the_answer_has_its_buttons_too() {
    let mut world = World::with(Options::default(), mode("off")).await;
    let (dm, message) = asked(&mut world, "ship it?").await;
    world.shows(&message, "Shall I").await;
    world.instance.send(&asking(&message, "Shall I ship it?")).await.unwrap();
    until(&world, &dm, &[("Shall I ship it?", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_of_an_answer_whose_parts_were_posted_before_follow_in_a_post_of_their_own() {
    let streaming = json!({"mode": "off", "block": {"enabled": true, "coalesce": {"minChars": 1}}});
    let mut world = World::with(Options::default(), json!({ "streaming": streaming })).await;
    let (dm, message) = asked(&mut world, "ship it?").await;
    let part =
        Outbound { buttons: Some(choice()), ..sign(&message, DeliveryKind::Block, "Everything is ready.") };
    world.instance.send(&part).await.unwrap();
    until(&world, &dm, &[("Everything is ready.", 0)]).await;
    world.instance.send(&asking(&message, "Everything is ready.")).await.unwrap();
    until(&world, &dm, &[("Everything is ready.", 0), ("", 2)]).await;

    let (dm, message) = asked(&mut world, "and now?").await;
    let part = sign(&message, DeliveryKind::Block, "It is late.");
    world.instance.send(&part).await.unwrap();
    let presentation = json!({"blocks": [{"type": "buttons", "buttons": [{"label": "Go", "value": "go"}]}]});
    let last = Outbound { presentation: Some(presentation), ..finally(&message, "It is late.") };
    world.instance.send(&last).await.unwrap();
    let expected = [("Everything is ready.", 0), ("", 2), ("It is late.", 0), ("- Go", 1)];
    until(&world, &dm, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_comes_again_has_its_buttons_once() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world, "ship it?").await;
    let presentation = json!({"title": "Ship it?", "blocks": [
        {"type": "buttons", "buttons": [{"label": "Yes", "value": "yes"}]}]});
    let asking = Outbound {
        presentation: Some(presentation),
        delivery_id: Some("answer-1".to_owned()),
        ..finally(&message, "Ready.")
    };
    let first = world.instance.send(&asking).await.unwrap();
    let expected = [("Ready.\n\nShip it?\n\n- Yes", 1)];
    until(&world, &dm, &expected).await;

    let world = world.crash().start().await;
    let second = world.instance.send(&asking).await.unwrap();
    assert_eq!((second.message_id, second.repeated), (first.message_id.clone(), true));

    // What is not written down is recognised by its mark.
    let world = without_journal(world.crash()).start().await;
    let third = world.instance.send(&asking).await.unwrap();
    assert_eq!((third.message_id, third.repeated), (first.message_id, false));
    until(&world, &dm, &expected).await;
}

/// Nothing is known of the first time but the marks of its posts.
fn without_journal(stopped: Stopped) -> Stopped {
    let dir = stopped.life.state.as_ref().unwrap().path().join("mattermost");
    let journals = std::fs::read_dir(&dir).unwrap().flatten().map(|entry| entry.path());
    let journals: Vec<_> =
        journals.filter(|path| path.extension().is_some_and(|end| end == "redb")).collect();
    assert_eq!(journals.len(), 1, "{dir:?}");
    std::fs::remove_file(&journals[0]).unwrap();
    stopped
}
