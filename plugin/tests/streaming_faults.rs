//! A stream that is cut: by the server, by the network, by the end of the process. There is one answer, whole, and
//! nothing else is left.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{DeliveryKind, HandleRequest, InboundMessage, Outbound};
use mattermost_sim::{Options, RateLimit};
use serde_json::json;
use std::time::Duration;
use support::{World, finally};

const A_WHILE: Duration = Duration::from_millis(1_600);

/// A text of so many characters, each word different.
fn long_text(length: usize) -> String {
    let words: String = (0..).map(|number| format!("word{number} ")).take(length / 6).collect();
    words.chars().take(length).collect::<String>().trim().to_owned()
}

async fn asked(world: &mut World) -> (String, InboundMessage) {
    let dm = world.dm("alice");
    world.says("alice", &dm, "tell me", "");
    (dm, world.hears().await)
}

/// What the bot has said, its posts put together as they were cut.
fn said(world: &World, channel: &str) -> String {
    world.answers(channel).into_iter().map(|post| post.message).collect::<Vec<_>>().join(" ")
}

async fn until_said(world: &World, channel: &str, text: &str) {
    let wait = async {
        while said(world, channel) != text {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(40), wait).await.is_err() {
        let posts: Vec<String> = world
            .answers(channel)
            .into_iter()
            .map(|post| format!("{} {:.40}", post.message.len(), post.message))
            .collect();
        panic!("{} characters were to be said, but: {posts:#?}", text.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_under_a_rate_limit_is_exact_and_causes_no_storm() {
    let mut options = Options::default();
    options.rate_limit = Some(RateLimit { per_second: 2, burst: 5 });
    let mut world = World::with(options, json!({})).await;
    let (dm, message) = asked(&mut world).await;
    let text = long_text(30_000);
    world.streams(&message, &text, 60, Duration::from_millis(100)).await;
    world.instance.send(&finally(&message, &text)).await.unwrap();
    world.settle(&message).await;
    until_said(&world, &dm, &text).await;
    let refused = world.sim.requests().iter().filter(|one| one.status == 429).count();
    let (_, edits, _) = world.writes();
    assert!(edits <= 8 && refused <= 15, "{edits} edits, {refused} requests refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_in_the_middle_of_a_stream_there_is_one_answer() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    world.shows(&message, "The first try").await;
    world.reads(&dm, |text| text == "The first try").await;
    let mut world = world.crash().open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.hears().await;
    assert!(again.redelivered);
    world.shows(&again, "The second").await;
    world.reads(&dm, |text| text == "The second").await;
    world.instance.send(&finally(&again, "The second try.")).await.unwrap();
    world.settle(&again).await;
    world.until_answers(&dm, &["The second try."]).await;
    // And nobody removes it later.
    let mut world = world.stop().await.start().await;
    world.hears_nothing().await;
    let said: Vec<String> = world.answers(&dm).into_iter().map(|post| post.message).collect();
    assert_eq!(said, ["The second try."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_before_an_accepted_answer_went_out_it_goes_out_once() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    let text = long_text(30_000);
    world.shows(&message, &text[..9_000]).await;
    world.reads(&dm, |text| text.starts_with("word0")).await;
    world.sim.faults().refuse_posts(Some(503));
    let answer = finally(&message, &text);
    let sending = tokio::time::timeout(A_WHILE, world.instance.send(&answer));
    assert!(sending.await.is_err(), "the server takes no posts");
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    let stopped = world.crash();
    stopped.sim.faults().clear();
    let world = stopped.start().await;
    until_said(&world, &dm, &text).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(said(&world, &dm), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphaned_preview_of_a_turn_that_is_over_is_removed_at_the_next_start() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    // A host that settles what it begins, and crashes in the middle.
    let early = Outbound {
        turn_id: Some("turn-7".to_owned()),
        event_id: None,
        ..support::sign(&message, DeliveryKind::Partial, "Half of")
    };
    world.settle(&message).await;
    world.instance.send(&early).await.unwrap();
    world.reads(&dm, |text| text == "Half of").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let world = world.crash().start().await;
    world.until_answers(&dm, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_whose_making_was_not_confirmed_is_not_left_beside_the_answer() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    // Deaf as well: the socket does not tell of the post either.
    world.sim.faults().deaf(true);
    world.sim.faults().drop_post_responses(50);
    world.shows(&message, "Half of").await;
    world.reads(&dm, |text| text == "Half of").await;
    let text = "Half of it is not enough.";
    let answer = finally(&message, text);
    let sending = world.instance.send(&answer);
    let relief = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.sim.faults().clear();
    };
    let (sent, ()) = tokio::join!(sending, relief);
    sent.unwrap();
    world.settle(&message).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    world.until_answers(&dm, &[text]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_through_errors_and_cut_sockets_ends_in_one_exact_answer() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    let text = long_text(30_000);
    let trouble = async {
        for statuses in [&[500][..], &[429, 503], &[502]] {
            tokio::time::sleep(Duration::from_millis(1_300)).await;
            world.sim.cut_sockets();
            world.sim.faults().errors(statuses);
            tokio::time::sleep(Duration::from_millis(900)).await;
            world.sim.faults().clear();
            world.sim.faults().drop_post_responses(1);
        }
        world.sim.faults().clear();
    };
    let stream = world.streams(&message, &text, 70, Duration::from_millis(100));
    tokio::join!(stream, trouble);
    world.instance.send(&finally(&message, &text)).await.unwrap();
    world.settle(&message).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    until_said(&world, &dm, &text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_configuration_in_the_middle_of_a_stream_does_not_spoil_the_answer() {
    let mut world = World::lasting().await;
    let (dm, message) = asked(&mut world).await;
    world.shows(&message, "Half of").await;
    world.reads(&dm, |text| text == "Half of").await;
    let updated = world.reconfigure(world.changed(json!({ "name": "renamed" }))).await.unwrap();
    assert_eq!(updated.started.len() + updated.restarted.len(), 1);
    world.shows(&message, "Half of it").await;
    world.instance.send(&finally(&message, "Half of it is enough.")).await.unwrap();
    world.settle(&message).await;
    tokio::time::sleep(A_WHILE).await;
    world.until_answers(&dm, &["Half of it is enough."]).await;
}
