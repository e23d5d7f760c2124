//! Outbound messages: targets, threads, refusals.

mod support;

use host_sdk::protocol::{ErrorCode, Outbound};
use mattermost_sim::Options;
use serde_json::json;
use std::time::Duration;
use support::World;

fn to(target: impl Into<String>, text: &str) -> Outbound {
    Outbound { target: target.into(), text: text.to_owned(), ..Outbound::default() }
}

// covers: O01, O03, O04
#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_target_finds_its_channel() {
    let world = World::new().await;
    let (dm, general) = (world.dm("alice"), world.channel("general"));
    for (target, channel) in [
        (format!("channel:{general}"), &general),
        ("#general".to_owned(), &general),
        ("channel:general".to_owned(), &general),
        (general.clone(), &general),
        (format!("user:{}", world.id("alice")), &dm),
        (format!("mattermost:{}", world.id("alice")), &dm),
        ("@alice".to_owned(), &dm),
        (world.id("alice"), &dm),
    ] {
        let receipt = world.instance.send(&to(&target, "here")).await.unwrap();
        assert_eq!(&receipt.channel_id, channel, "{target}");
    }
}

// covers: O06
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_an_error_that_names_it_and_posts_nothing() {
    let world = World::new().await;
    for (target, named) in [("@nobody-here", "@nobody-here"), ("#no-such-channel", "#no-such-channel")] {
        let error = world.instance.send(&to(target, "lost")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound);
        assert!(error.message.contains(named), "{}", error.message);
    }
}

// covers: O15
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_any_post_of_a_thread_lands_in_that_thread() {
    let world = World::new().await;
    let general = world.channel("general");
    let root = world.says("alice", &general, "root", "");
    let reply = world.says("bob", &general, "reply", &root.id);
    for (answered, text) in [(&root, "to the root"), (&reply, "to the reply")] {
        let message =
            Outbound { reply_to_id: Some(answered.id.clone()), ..to(format!("channel:{general}"), text) };
        let receipt = world.instance.send(&message).await.unwrap();
        assert_eq!(receipt.thread_root_id.as_deref(), Some(root.id.as_str()));
        assert_eq!(world.sees(&general, text).await.root_id, root.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_a_post_of_another_channel_is_refused() {
    let world = World::new().await;
    let post = world.says("alice", &world.channel("general"), "here", "");
    let message =
        Outbound { reply_to_id: Some(post.id), ..to(format!("channel:{}", world.channel("ops")), "there") };
    let error = world.instance.send(&message).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("reply_to_id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_resolves_the_target_and_posts_nothing() {
    let world = World::new().await;
    let general = world.channel("general");
    let before = world.sim.posts(&general).len();
    let receipt =
        world.instance.send(&Outbound { dry_run: true, ..to("#general", "not yet") }).await.unwrap();
    assert_eq!((receipt.target, receipt.message_id.as_str()), (format!("channel:{general}"), ""));
    assert_eq!(world.sim.posts(&general).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_id_again_is_not_posted_twice() {
    let world = World::new().await;
    let message = Outbound { delivery_id: Some("turn-1".to_owned()), ..to("#general", "once") };
    let first = world.instance.send(&message).await.unwrap();
    let again = world.instance.send(&message).await.unwrap();
    assert_eq!(first.message_id, again.message_id);
    let posts = world.sim.posts(&world.channel("general"));
    assert_eq!(posts.iter().filter(|post| post.message == "once").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_over_the_servers_limit_goes_out_in_order_as_several_posts() {
    let world = World::new().await;
    let text = (0..5_000).map(|number| format!("word{number} ")).collect::<String>();
    let receipt = world.instance.send(&to("#general", &text)).await.unwrap();
    assert!(receipt.message_ids.len() > 1);
    let posts = world.sim.posts(&world.channel("general"));
    let sent: Vec<&str> = posts
        .iter()
        .filter(|post| receipt.message_ids.contains(&post.id))
        .map(|post| post.message.trim())
        .collect();
    assert_eq!(sent.join(" "), text.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_text_is_refused_by_name() {
    let world = World::new().await;
    let error = world.instance.send(&to("#general", " \n ")).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::InvalidArgument, Some("text")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conversation_is_one_lane_however_account_and_target_are_written() {
    let world = World::with(Options::default().post_latency(Duration::from_millis(20)), json!({})).await;
    let general = world.channel("general");
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..8 {
        let target =
            if number % 2 == 0 { format!("channel:{general}") } else { format!("CHANNEL: {general}") };
        let account = ["default", "Default", ""][number % 3];
        let message = Outbound {
            account_id: Some(account.to_owned()).filter(|account| !account.is_empty()),
            ..to(target, &format!("part {number}"))
        };
        let instance = world.instance.clone();
        sending.spawn(async move { instance.send(&message).await });
        // The call is made at the task's first poll.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while let Some(sent) = sending.join_next().await {
        sent.unwrap().unwrap();
    }
    let texts: Vec<String> = world.sim.posts(&general).into_iter().map(|post| post.message).collect();
    let parts: Vec<&String> = texts.iter().filter(|text| text.starts_with("part ")).collect();
    assert_eq!(
        parts,
        (0..8).map(|number| format!("part {number}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_the_bot_cannot_see_is_named_also_by_a_dry_run() {
    let world = World::new().await;
    let nowhere = "z".repeat(26);
    for dry_run in [true, false] {
        let message = Outbound { dry_run, ..to(format!("channel:{nowhere}"), "hello?") };
        let error = world.instance.send(&message).await.unwrap_err();
        assert_eq!(error.field.as_deref(), Some("target"));
        assert!(error.message.contains(&nowhere) && error.message.contains("member"), "{}", error.message);
    }
}
