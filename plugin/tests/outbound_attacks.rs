//! Outbound messages of hosts that confuse, and accounts that disturb each other.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{
    AccountRef, DeliveryKind, ErrorCode, HandleRequest, InboundMessage, Outbound, TurnEnd,
};
use serde_json::json;
use std::time::{Duration, Instant};
use support::{World, finally, sign};

/// Long enough for a write that was due.
const A_WHILE: Duration = Duration::from_millis(1_600);

async fn asked(world: &mut World, text: &str) -> (String, InboundMessage) {
    let dm = world.dm("alice");
    world.says("alice", &dm, text, "");
    (dm, world.hears().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_confuses_is_refused_at_once_and_asks_for_nothing_else() {
    let world = World::new().await;
    let before: usize = world.sim.requests().len();
    let huge = "x".repeat(10 << 20);
    let strange = [
        "@..",
        "@.",
        "#..",
        "#.",
        "#main/..",
        "#../main",
        "@../../users/me",
        "@%2e%2e",
        "#%2e%2e%2fposts",
        "@a/b",
        "@a?b=c",
        "@channel:x",
        "user:../me",
        "channel:\0",
        "@\0",
        "#\u{202e}nwot",
        "@a\r\nb: c",
        "#team/../x",
        "@\u{1f600}",
        "#\u{1f600}",
        &huge,
        &format!("@{huge}"),
        &format!("user:{huge}"),
        &format!("#x/{huge}"),
    ];
    for target in strange {
        let began = Instant::now();
        let message = Outbound { target: target.to_owned(), text: "lost".to_owned(), ..Outbound::default() };
        let error = world.instance.send(&message).await.unwrap_err();
        let shown: String = target.chars().take(40).collect();
        assert!(began.elapsed() < Duration::from_secs(8), "{shown:?}: {:?}", began.elapsed());
        assert_eq!(error.field.as_deref(), Some("target"), "{shown:?}: {:.300}", error.message);
        assert!(
            matches!(error.code, ErrorCode::NotFound | ErrorCode::InvalidArgument),
            "{shown:?}: {:?} {:.300}",
            error.code,
            error.message
        );
        assert!(error.message.len() < 4_000, "{shown:?}: an error of {} bytes", error.message.len());
    }
    for one in &world.sim.requests()[before..] {
        assert!(
            one.method == "GET" || one.path.contains("/search") || one.path.contains("/autocomplete"),
            "{one:?}"
        );
        assert!(one.path.len() < 4_000, "a path of {} bytes", one.path.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_that_cannot_be_removed_hold_up_no_other_account() {
    let mut world = World::knowing(|seed| {
        json!({ "botToken": null, "accounts": {
            "default": { "botToken": seed.token("openclaw") },
            "alerts": { "botToken": seed.token("alerts") },
        } })
    })
    .await;
    world.until_connected(2).await;
    let theirs = world.sim.direct_channel(&world.id("alice"), &world.id("alerts")).unwrap();
    let turns: Vec<String> = (0..6).map(|number| format!("turn-{number}")).collect();
    for turn in &turns {
        let partial = Outbound {
            target: format!("channel:{theirs}"),
            account_id: Some("alerts".to_owned()),
            turn_id: Some(turn.clone()),
            kind: DeliveryKind::Partial,
            text: format!("part of {turn}"),
            ..Outbound::default()
        };
        world.instance.send(&partial).await.unwrap();
    }
    tokio::time::sleep(A_WHILE).await;
    assert!(world.sim.revoke_token(world.seed.token("alerts")));
    for turn_id in turns {
        let end = TurnEnd { account_id: Some("alerts".to_owned()), turn_id };
        world.instance.handle(&HandleRequest::TurnEnd(end)).await.unwrap();
    }
    tokio::time::sleep(A_WHILE).await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "Half of").await;
    world.reads(&dm, |text| text == "Half of").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    let failed = Outbound { failure: true, ..finally(&message, "It went wrong.") };
    world.instance.send(&failed).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    world.until_answers(&dm, &["It went wrong."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_stopped_and_started_in_the_middle_of_a_stream_answers_once() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "Half of").await;
    world.reads(&dm, |text| text == "Half of").await;
    let all = AccountRef::default();
    world.instance.handle(&HandleRequest::AccountStop(all.clone())).await.unwrap();
    world.shows(&message, "Half of it").await;
    tokio::time::sleep(A_WHILE).await;
    world.instance.handle(&HandleRequest::AccountStart(all)).await.unwrap();
    world.until_connected(1).await;
    world.shows(&message, "Half of it is").await;
    world.instance.send(&finally(&message, "Half of it is enough.")).await.unwrap();
    world
        .instance
        .handle(&HandleRequest::InboundAck(host_sdk::protocol::Acknowledge {
            event_id: message.event_id.clone(),
        }))
        .await
        .unwrap();
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &["Half of it is enough."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_answers_of_one_turn_each_take_their_own_preview() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    for (partial, text) in [("One", "One is done."), ("Tw", "Two is done."), ("One", "One is done.")] {
        world.shows(&message, partial).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        world.instance.send(&finally(&message, text)).await.unwrap();
    }
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &["One is done.", "Two is done.", "One is done."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_twice_in_the_middle_of_a_stream_is_one_answer() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "One").await;
    world.reads(&dm, |text| text == "One").await;
    let named = Outbound { delivery_id: Some("delivery-1".to_owned()), ..finally(&message, "One is done.") };
    let (first, second) = tokio::join!(world.instance.send(&named), world.instance.send(&named));
    assert_eq!(first.unwrap().message_ids, second.unwrap().message_ids);
    world.shows(&message, "Something else").await;
    tokio::time::sleep(A_WHILE).await;
    let third = world.instance.send(&named).await.unwrap();
    assert!(third.repeated);
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &["One is done."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_in_the_middle_of_many_streams_is_soon_over() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "Half of").await;
    world.reads(&dm, |text| text == "Half of").await;
    for number in 0..200 {
        let early = Outbound {
            turn_id: Some(format!("turn-{number}")),
            event_id: None,
            ..sign(&message, DeliveryKind::Partial, "Some words")
        };
        world.instance.send(&early).await.unwrap();
    }
    world.sim.faults().half_open(true);
    tokio::time::sleep(A_WHILE).await;
    let began = Instant::now();
    let stopped = world.stop().await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    stopped.sim.faults().clear();
    let mut world = stopped.open();
    world.instance.handle(&HandleRequest::AccountStart(AccountRef::default())).await.unwrap();
    let again = world.hears().await;
    world.instance.send(&finally(&again, "All of it.")).await.unwrap();
    world.settle(&again).await;
    let began = Instant::now();
    while world.answers(&dm).len() > 1 && began.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let said: Vec<String> = world.answers(&dm).into_iter().map(|post| post.message).collect();
    assert_eq!(said, ["All of it."], "after {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_in_whose_thread_people_wrote_is_not_deleted_with_their_words() {
    let mut world = World::new().await;
    let (dm, message) = asked(&mut world, "tell me").await;
    world.shows(&message, "Half of").await;
    let preview = world.reads(&dm, |text| text == "Half of").await;
    let reply = world.says("alice", &dm, "go on", &preview.id);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let failed = Outbound { failure: true, ..finally(&message, "It went wrong.") };
    world.instance.send(&failed).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    let texts: Vec<String> = world.sim.posts(&dm).into_iter().map(|post| post.message).collect();
    assert!(world.sim.posts(&dm).iter().any(|post| post.id == reply.id), "{texts:?}");
    assert!(texts.iter().any(|text| text == "It went wrong."), "{texts:?}");
}
