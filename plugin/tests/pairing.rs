//! Strangers in direct messages: the host knows who was approved, the plugin asks and tells.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ErrorCode, HandleRequest, HostAnswer, PairingApproved};
use mattermost_sim::Options;
use serde_json::json;
use std::time::{Duration, Instant};
use support::{World, about, approved, pending};

/// Direct messages by pairing; alice is listed.
async fn paired(lasting: bool) -> World {
    World::build(Options::default(), lasting, |seed| {
        (json!({ "dmPolicy": "pairing", "allowFrom": [seed.user_id("alice")] }), json!({}))
    })
    .await
}

// covers: I21
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_a_code_and_his_message_goes_nowhere() {
    let mut world = paired(false).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    world.says("bob", &dm, "hello?", "");
    let request = world.asked().await;
    assert_eq!(about(&request), (bob.as_str(), true));
    assert!(world.reply(&request, pending(Some("ABCD2345"), true)).await);
    let fits = |post: &mattermost_sim::PostRecord| post.message.contains("ABCD2345");
    let told = world.sim.wait_for_post(&dm, fits, support::PATIENCE).await.unwrap();
    assert_eq!((told.user_id, told.root_id.as_str()), (world.id("openclaw"), ""));
    assert!(told.message.contains(&format!("Your Mattermost user id: {bob}")), "{}", told.message);
    assert!(told.message.contains("```\nopenclaw pairing approve mattermost ABCD2345\n```"));
    world.until_ignored("dm_not_paired", 1).await;
    world.hears_nothing().await;
}

// covers: I23
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_told_once_and_not_at_all_where_too_many_wait() {
    let mut world = paired(false).await;
    let (bobs, mallorys) = (world.dm("bob"), world.dm("mallory"));
    for (number, created) in [(1, true), (2, false), (3, false)] {
        world.says("bob", &bobs, "hello?", "");
        let request = world.asked().await;
        world.reply(&request, pending(Some("ABCD2345"), created)).await;
        world.until_ignored("dm_not_paired", number).await;
    }
    world.says("mallory", &mallorys, "and I?", "");
    let request = world.asked().await;
    world.reply(&request, pending(None, false)).await;
    world.until_ignored("dm_not_paired", 4).await;
    // What went out later than all of it is there.
    world.says("alice", &world.dm("alice"), "hi", "");
    let heard = world.hears().await;
    world.echo(&heard).await;
    assert_eq!((world.answers(&bobs).len(), world.answers(&mallorys).len()), (1, 0));
}

// covers: I24
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_approved_is_told_and_answered_from_then_on() {
    let mut world = paired(false).await;
    let (dm, bob) = (world.dm("bob"), world.id("bob"));
    world.says("bob", &dm, "too early", "");
    let request = world.asked().await;
    world.reply(&request, pending(None, false)).await;
    let tell = PairingApproved { account_id: None, sender_id: bob.clone() };
    world.instance.handle(&HandleRequest::PairingApproved(tell)).await.unwrap();
    assert!(world.answers(&dm).pop().unwrap().message.contains("access approved"));
    world.says("bob", &dm, "/new", "");
    let request = world.asked().await;
    world.reply(&request, approved()).await;
    let heard = world.hears().await;
    assert_eq!((heard.text.as_str(), heard.access.as_str()), ("/new", "dm_paired"));
    assert!(heard.command.is_control && heard.command.authorized, "he may give commands here");
    world.echo(&heard).await;
    world.sees(&dm, "echo: /new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_sender_is_a_stranger_in_channels() {
    let mut world = World::knowing(|seed| {
        json!({ "dmPolicy": "pairing", "groupPolicy": "allowlist", "allowFrom": [seed.user_id("alice")] })
    })
    .await;
    let (dm, general) = (world.dm("bob"), world.channel("general"));
    world.says("bob", &dm, "hello", "");
    let request = world.asked().await;
    world.reply(&request, approved()).await;
    assert_eq!(world.hears().await.text, "hello");
    world.says("bob", &general, "@openclaw hello", "");
    world.hears_nothing_in("alice", &general, "").await;
    world.until_ignored("group_policy_not_allowlisted", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_for_the_answer_over_the_end_of_the_host_and_is_answered_once() {
    let mut world = paired(true).await;
    let dm = world.dm("bob");
    let post = world.says("bob", &dm, "hello?", "");
    world.asked().await;
    let mut world = world.crash().open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.asked().await;
    assert_eq!(about(&again).0, world.id("bob"));
    world.reply(&again, approved()).await;
    let heard = world.hears().await;
    assert_eq!((heard.message_id.as_str(), heard.redelivered), (post.id.as_str(), true));
    world.echo(&heard).await;
    world.hears_nothing().await;
    let world = world.stop().await.start().await;
    assert_eq!(world.answers(&dm).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_answer_costs_nobody_else_anything_and_is_asked_again() {
    let mut world = paired(false).await;
    let (bobs, mallorys, alices, general) =
        (world.dm("bob"), world.dm("mallory"), world.dm("alice"), world.channel("general"));
    world.says("bob", &bobs, "first", "");
    world.says("bob", &bobs, "second", "");
    let first = world.asked().await;
    world.says("mallory", &mallorys, "mine", "");
    let mallorys_request = world.asked().await;
    let began = Instant::now();
    for number in 0..5 {
        world.says("alice", &alices, &format!("m{number}"), "");
        assert_eq!(world.hears().await.text, format!("m{number}"));
    }
    world.says("bob", &general, "@openclaw here I am heard", "");
    assert_eq!(world.hears().await.text, "here I am heard");
    assert!(began.elapsed() < Duration::from_secs(8), "nobody waits for the host's patience");
    world.reply(&mallorys_request, approved()).await;
    assert_eq!(world.hears().await.text, "mine");
    // The host's time is up: the same is asked again, and nothing was lost.
    let again = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            if let host_sdk::protocol::Event::HostRequest(request) = world.events.next().await.unwrap() {
                return request;
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(about(&again), about(&first));
    assert!(!world.reply(&first, approved()).await, "nobody waits for the first answer any more");
    world.reply(&again, approved()).await;
    assert_eq!(world.hears().await.text, "first");
    let next = world.asked().await;
    world.reply(&next, approved()).await;
    assert_eq!(world.hears().await.text, "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_pairing_hears_only_whom_the_list_names() {
    let mut world = paired(false).await;
    let dm = world.dm("bob");
    world.says("bob", &dm, "hello?", "");
    let request = world.asked().await;
    world.reply(&request, HostAnswer::Unknown {}).await;
    world.until_ignored("dm_not_paired", 1).await;
    assert!(world.answers(&dm).is_empty());
    world.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_cannot_answer_now_is_asked_a_little_later() {
    let mut world = paired(false).await;
    let dm = world.dm("bob");
    world.says("bob", &dm, "hello?", "");
    let request = world.asked().await;
    world.reply(&request, HostAnswer::Failed { reason: "the disk is full".to_owned() }).await;
    let request = world.asked().await;
    world.reply(&request, approved()).await;
    assert_eq!(world.hears().await.text, "hello?");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_no_question_is_refused_without_harm() {
    let world = paired(false).await;
    let broken = r#"{"type":"host.reply","request_id":"q9","answer":{"type":"pairing.check"}}"#;
    let error = world.instance.handle_json(broken).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    let nobody = r#"{"type":"host.reply","request_id":"q9","answer":{"type":"unknown"}}"#;
    assert_eq!(world.instance.handle_json(nobody).await.unwrap()["taken"], false);
}
