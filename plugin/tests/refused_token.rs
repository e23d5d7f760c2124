//! A bot that is switched off, or whose token was taken back: found out, told with the way out, and over by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use host_sdk::protocol::{AccountStatus, Event, Lifecycle};
use std::time::{Duration, Instant};
use support::World;

/// The documented time in which a trouble is found, or its end.
const MINUTE: Duration = Duration::from_secs(60);

/// Wait for a status, longer than for anything else; what was heard meanwhile.
async fn within_a_minute(world: &mut World, fits: impl Fn(&AccountStatus) -> bool) -> Vec<String> {
    let (began, mut heard) = (Instant::now(), Vec::new());
    loop {
        let left = MINUTE.checked_sub(began.elapsed()).expect("it took longer than a minute");
        let event = tokio::time::timeout(left, world.events.next()).await.expect("in time").unwrap();
        match event {
            Event::StatusChanged(status) if fits(&status) => return heard,
            Event::InboundMessage(message) => heard.push(message.text.clone()),
            _ => {}
        }
    }
}

// covers: W06
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_bot_is_told_on_the_open_socket_and_comes_back_by_itself_7981() {
    let mut world = World::lasting().await;
    let (bot, dm) = (world.id("openclaw"), world.dm("alice"));
    // The socket stays open and silent: only the session's ping finds out.
    world.sim.set_active(&bot, false).unwrap();
    within_a_minute(&mut world, |status| status.lifecycle == Lifecycle::Blocked).await;
    world.sim.clear_requests();
    world.says("alice", &dm, "are you there?", "");
    world.sim.set_active(&bot, true).unwrap();
    let mut heard = within_a_minute(&mut world, |status| status.connected).await;
    let refused = world.sim.requests().into_iter().filter(|request| request.status == 401).count();
    assert!(refused < 10, "{refused} requests were refused in half a minute");
    // What was missed is read as soon as the server can be asked, with or without a socket.
    if heard.is_empty() {
        heard.push(world.hears().await.text);
    }
    assert_eq!(heard, ["are you there?"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_told_with_the_way_out_53604() {
    let mut world = World::lasting().await;
    assert!(world.sim.revoke_token(world.seed.token("openclaw")));
    world.sim.cut_sockets();
    let told = loop {
        let status = world.until(|status| status.lifecycle == Lifecycle::Blocked).await;
        if let Some(told) = status.last_error {
            break told;
        }
    };
    assert!(told.contains("botToken") && told.contains("was not revoked"), "{told}");
    assert!(!told.contains(world.seed.token("openclaw")));
}
