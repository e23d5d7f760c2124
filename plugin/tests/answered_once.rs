//! What the host says stands on the server once, whatever happens to the requests and to the host.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use host_sdk::protocol::{ErrorCode, HandleRequest, Outbound, Reconcile};
use mattermost_sim::Options;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::World;

fn to(channel: &str, text: &str) -> Outbound {
    Outbound { target: format!("channel:{channel}"), text: text.to_owned(), ..Outbound::default() }
}

fn named(channel: &str, text: &str, id: &str) -> Outbound {
    Outbound { delivery_id: Some(id.to_owned()), ..to(channel, text) }
}

fn texts(world: &World, channel: &str) -> Vec<String> {
    world.answers(channel).into_iter().map(|post| post.message).collect()
}

async fn reconcile(world: &World, id: &str) -> Value {
    let ask = Reconcile { delivery_id: id.to_owned(), account_id: None };
    world.instance.handle(&HandleRequest::DeliveryReconcile(ask)).await.unwrap()
}

// covers: R12, R13
#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_response_was_lost_is_not_made_twice() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().drop_post_responses(3);
    for text in ["one", "two", "three", "four"] {
        world.instance.send(&to(&dm, text)).await.unwrap();
    }
    assert_eq!(texts(&world, &dm), ["one", "two", "three", "four"]);
}

// covers: R12
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_posts_for_a_while_gets_them_later_in_order() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().refuse_posts(Some(503));
    let (one, two) = (to(&dm, "one"), to(&dm, "two"));
    let sends = async { tokio::join!(world.instance.send(&one), world.instance.send(&two)) };
    let relief = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(texts(&world, &dm).is_empty());
        world.sim.faults().clear();
    };
    let ((one, two), ()) = tokio::join!(sends, relief);
    one.unwrap();
    two.unwrap();
    assert_eq!(texts(&world, &dm), ["one", "two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_to_slow_down_is_not_hammered() {
    let world = World::lasting().await;
    let (dm, bobs) = (world.dm("alice"), world.dm("bob"));
    world.sim.clear_requests();
    world.sim.faults().rate_limited(true);
    let (one, two) = (to(&dm, "one"), to(&bobs, "two"));
    let sends = async { tokio::join!(world.instance.send(&one), world.instance.send(&two)) };
    let relief = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        world.sim.faults().clear();
    };
    let ((one, two), ()) = tokio::join!(sends, relief);
    one.unwrap();
    two.unwrap();
    let refused = world.sim.requests().into_iter().filter(|request| request.status == 429).count();
    assert!((2..=10).contains(&refused), "{refused} refusals in four seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_is_posted_once_also_by_the_next_process() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    let first = world.instance.send(&named(&dm, "one", "d-1")).await.unwrap();
    let again = world.instance.send(&named(&dm, "one", "d-1")).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.message_ids, again.message_ids);
    let world = world.stop().await.start().await;
    let again = world.instance.send(&named(&dm, "one", "d-1")).await.unwrap();
    assert_eq!((again.repeated, again.message_ids), (true, first.message_ids));
    assert_eq!(reconcile(&world, "d-1").await["state"], "sent");
    assert_eq!(reconcile(&world, "d-2").await["state"], "unknown");
    assert_eq!(texts(&world, &dm), ["one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_accepted_goes_out_after_a_restart() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().refuse_posts(Some(503));
    let long = "word ".repeat(1_500);
    let (one, two) = (named(&dm, "one", "d-1"), named(&dm, &long, "d-2"));
    let sends = async { tokio::join!(world.instance.send(&one), world.instance.send(&two)) };
    let end = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(reconcile(&world, "d-1").await["state"], "pending");
        world.instance.shutdown(support::PATIENCE).await.unwrap();
    };
    let ((one, two), ()) = tokio::join!(sends, end);
    for result in [one, two] {
        assert_eq!(result.unwrap_err().code, ErrorCode::Closed);
    }
    let stopped = world.stop().await;
    stopped.sim.faults().clear();
    let world = stopped.start().await;
    world.sees(&dm, "one").await;
    // Long texts go out in parts, each once.
    let until = Instant::now() + support::PATIENCE;
    while world.answers(&dm).len() < 3 || reconcile(&world, "d-2").await["state"] != "sent" {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(reconcile(&world, "d-2").await["receipt"]["message_ids"].as_array().unwrap().len(), 2);
    assert_eq!(world.answers(&dm).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_that_is_refused_takes_nothing_from_the_first() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().refuse_posts(Some(503));
    let first = named(&dm, "one", "d-1");
    // The same id, another conversation, and nothing to say.
    let bobs = world.dm("bob");
    let second = named(&bobs, " ", "d-1");
    let repeat = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.instance.send(&second).await.unwrap_err();
        assert_eq!(reconcile(&world, "d-1").await["state"], "pending");
        world.instance.shutdown(support::PATIENCE).await.unwrap();
    };
    let (sent, ()) = tokio::join!(world.instance.send(&first), repeat);
    assert_eq!(sent.unwrap_err().code, ErrorCode::Closed);
    let stopped = world.stop().await;
    stopped.sim.faults().clear();
    let world = stopped.start().await;
    world.sees(&dm, "one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_journal_does_not_know_is_looked_up_on_the_server() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let heard = world.hears().await;
    world.instance.send(&support::answer(&heard)).await.unwrap();
    let mut stopped = world.stop().await;
    // The journal is lost with everything that it knew, as after a restored backup; only the key is left.
    let state = stopped.life.state.as_ref().unwrap().path().join("mattermost");
    let backup = tempfile::tempdir().unwrap();
    std::fs::create_dir(backup.path().join("mattermost")).unwrap();
    std::fs::copy(state.join("delivery.key"), backup.path().join("mattermost/delivery.key")).unwrap();
    std::fs::write(backup.path().join("mattermost/journal.redb"), "damaged").unwrap();
    stopped.life.state = Some(backup);
    let mut world = stopped.start().await;
    // Answered before: neither given to the host again nor answered again.
    world.hears_nothing().await;
    assert_eq!(texts(&world, &dm), ["echo: hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_messages_for_one_event_are_told_apart_when_it_comes_again() {
    let mut world = World::lasting().await;
    let dm = world.dm("alice");
    world.says("alice", &dm, "hello", "");
    let first = world.hears().await;
    let part = |text: &str| Outbound { text: text.to_owned(), ..support::answer(&first) };
    world.instance.send(&part("one")).await.unwrap();
    let mut world = world.stop().await.open();
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let again = world.hears().await;
    assert!(world.instance.send(&part("one")).await.unwrap().repeated);
    assert!(!world.instance.send(&part("two")).await.unwrap().repeated);
    world.settle(&again).await;
    assert_eq!(texts(&world, &dm), ["one", "two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_that_is_asked_again_makes_one_post() {
    let world = World::lasting().await;
    let dm = world.dm("alice");
    world.sim.faults().slow_posts(Duration::from_secs(2));
    let cut = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // The first request is lost on its way back while the server still works on it.
        world.sim.faults().refuse(true);
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.sim.faults().refuse(false);
    };
    let one = to(&dm, "one");
    let (sent, ()) = tokio::join!(world.instance.send(&one), cut);
    sent.unwrap();
    assert_eq!(texts(&world, &dm), ["one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_take_the_place_of_an_answer() {
    let world = World::with(Options::default(), json!({})).await;
    let dm = world.dm("alice");
    let receipt = world.instance.send(&to(&dm, "one")).await.unwrap();
    let post = world.answers(&dm).pop().unwrap();
    assert_eq!(post.id, receipt.message_id);
    let mark = post.props["openclaw_delivery"].as_str().unwrap();
    // A keyed hash and numbers: nothing that another could compute, or that tells what it is about.
    assert!(mark.split('.').nth(1).is_some_and(|hash| hash.len() == 32), "{mark}");
    assert!(!mark.contains("event") && !mark.contains("default"));
}
