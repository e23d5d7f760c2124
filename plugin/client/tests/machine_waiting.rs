//! Timers, waits, wrong tokens and full receivers, one situation a test, in virtual time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::time::Duration;

use mattermost_client::connection::machine::{
    Effect, Input, Machine, Outgoing, ProbeOutcome, Received, Refusal,
};
use mattermost_client::connection::{ConnectionEvent, DisconnectReason, Settings, State};
use support::sim::{Sim, closed, connect, disconnected, event, rejected, reply, resume, unauthenticated};

#[test]
fn closed_before_authentication_asks_rest_and_a_wrong_token_is_retried_slowly() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    let mut waits = Vec::new();
    for _ in 0..5 {
        sim.feed(Input::Opened);
        assert_eq!(sim.feed(closed()), [Effect::Probe]);
        assert_eq!(sim.machine.state(), State::Verifying);
        waits.push(rejected(&sim.feed(Input::Probe(ProbeOutcome::Rejected { detail: "401".to_owned() }))));
        assert_eq!(sim.machine.state(), State::Rejected);
        sim.wait();
    }
    for (wait, least) in waits.iter().zip([30, 60, 60, 60, 60]) {
        assert!((least..=least + 6).contains(&wait.as_secs()), "{waits:?}");
    }
    // The token works again: nothing of this is left.
    sim.greet("a");
    sim.feed(unauthenticated(3));
    assert_eq!(
        rejected(&sim.feed(Input::Probe(ProbeOutcome::Rejected { detail: String::new() }))).as_secs() / 10,
        3
    );
}

#[test]
fn closed_before_authentication_with_a_good_token_is_the_network() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    sim.feed(Input::Opened);
    sim.feed(closed());
    let (reason, retry_in) = disconnected(&sim.feed(Input::Probe(ProbeOutcome::Valid)));
    assert_eq!(reason, DisconnectReason::ClosedBeforeAuth);
    assert!(retry_in <= Duration::from_secs(1));
}

#[test]
fn a_probe_that_hangs_is_given_up() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    sim.feed(Input::Opened);
    sim.feed(closed());
    assert_eq!(disconnected(&sim.wait()).0, DisconnectReason::ClosedBeforeAuth);
    assert_eq!(sim.now.as_secs(), 10);
}

// covers: W04
#[test]
fn a_socket_that_never_opens_or_never_authenticates_is_given_up_after_30_s() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    let effects = sim.wait();
    assert!(matches!(effects[0], Effect::Close { .. }));
    assert_eq!(disconnected(&effects).0, DisconnectReason::HandshakeTimeout);
    assert_eq!(sim.now.as_secs(), 30);

    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    sim.feed(Input::Opened);
    sim.after(30);
    let effects = sim.feed(Input::Tick);
    assert!(matches!(effects[..], [Effect::Close { .. }, Effect::Probe]), "{effects:?}");
}

// covers: W06
#[test]
fn a_revoked_session_shows_in_the_answer_to_the_ping() {
    let mut sim = Sim::live("a");
    sim.after(29).feed(event(1));
    let pings = sim.after(1).feed(Input::Tick);
    assert_eq!(pings, [Effect::Send(Outgoing::Ping { seq: 3 }), Effect::Ping]);
    let effects = sim.feed(unauthenticated(3));
    assert!(matches!(effects[..], [Effect::Close { .. }, Effect::Probe]));
    assert_eq!(
        disconnected(&sim.feed(Input::Probe(ProbeOutcome::Valid))).0,
        DisconnectReason::SessionInvalid
    );
    assert_eq!(connect(&sim.wait()), None, "what passed a lost session by has no number to ask for");
}

#[test]
fn an_open_but_deaf_socket_is_noticed() {
    let mut sim = Sim::live("a");
    for _ in 0..59 {
        // Other frames still come, so the line itself is fine; the session's ping of second 30 is not answered.
        sim.after(1);
        sim.feed(Input::Tick);
        sim.feed(Input::Received(Received::Control));
        assert_eq!(sim.machine.state(), State::Live);
    }
    let effects = sim.after(1).feed(Input::Tick);
    assert!(matches!(effects[..], [Effect::Close { code: 4000, .. }, Effect::Probe]), "{effects:?}");
}

// covers: W05
#[test]
fn a_dead_line_is_noticed_within_40_s_and_anything_received_is_a_sign_of_life() {
    let mut sim = Sim::live("a");
    sim.wait();
    assert_eq!(sim.now.as_secs(), 30);
    let effects = sim.wait();
    assert_eq!((sim.now.as_secs(), disconnected(&effects).0), (40, DisconnectReason::PongTimeout));
    assert_eq!(connect(&sim.wait()), resume("a", 1));

    let mut sim = Sim::live("a");
    sim.wait();
    sim.after(9).feed(event(1));
    assert_eq!(sim.after(1).feed(Input::Tick), []);
    assert_eq!(sim.machine.state(), State::Live);
}

// covers: W07
#[test]
fn waits_are_dense_for_two_minutes_and_then_double_up_to_a_minute() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    let mut longest = [Duration::ZERO; 6];
    let refused = || Input::Refused(Refusal { detail: "x".to_owned(), ..Refusal::default() });
    for seed in 0..200 {
        let mut sim = Sim { machine: Machine::new(Settings::default(), seed), now: Duration::ZERO };
        sim.feed(Input::Tick);
        let mut late = 0;
        for attempt in 0..200 {
            let dense = sim.now < Duration::from_secs(120);
            let (_, wait) = disconnected(&sim.feed(refused()));
            assert!(wait >= Duration::from_millis(100));
            let cap = match (dense, attempt) {
                (true, 0 | 1) => attempt + 1,
                (true, _) => 3,
                (false, _) => (6 << late.min(4)).min(60),
            };
            assert!(wait <= Duration::from_secs(cap), "attempt {attempt} at {:?}: {wait:?}", sim.now);
            if !dense {
                let slot: usize = late.min(5);
                longest[slot] = longest[slot].max(wait);
                late += 1;
            }
            sim.wait();
        }
    }
    // Full jitter, but the caps are reached.
    for (longest, cap) in longest.iter().zip([6, 12, 24, 48, 60, 60]) {
        assert!(*longest > Duration::from_secs(cap) * 9 / 10, "{longest:?} of {cap}");
    }
}

// covers: W07
#[test]
fn only_a_connection_of_a_minute_resets_the_waits() {
    let attempt_after = |seconds: u64| {
        let mut sim = Sim::new();
        sim.feed(Input::Tick);
        for _ in 0..3 {
            sim.feed(Input::Refused(Refusal::default()));
            sim.wait();
        }
        sim.greet("a");
        let mut now = sim.now;
        for _ in 0..seconds {
            now += Duration::from_secs(1);
            sim.now = now;
            for effect in sim.feed(Input::Tick) {
                if let Effect::Send(Outgoing::Ping { seq }) = effect {
                    sim.feed(reply(seq, true));
                }
            }
            sim.feed(Input::Received(Received::Control));
        }
        sim.feed(closed());
        match sim.wait().first() {
            Some(Effect::Emit(ConnectionEvent::Connecting { attempt })) => *attempt,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(attempt_after(59), 5);
    assert_eq!(attempt_after(60), 1);
}

#[test]
fn a_servers_wish_to_wait_is_followed_within_reason() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    for (asked, least) in [(20, 20), (1_000_000, 300)] {
        let refusal = Refusal {
            detail: "429".to_owned(),
            status: Some(429),
            retry_after: Some(Duration::from_secs(asked)),
        };
        assert_eq!(disconnected(&sim.feed(Input::Refused(refusal))).1, Duration::from_secs(least));
        sim.wait();
    }
}

#[test]
fn a_handshake_refused_with_401_asks_rest_like_a_refused_challenge() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    assert_eq!(
        sim.feed(Input::Refused(Refusal { status: Some(401), ..Refusal::default() })),
        [Effect::Probe]
    );
}

#[test]
fn a_full_receiver_pauses_everything_for_a_minute_and_then_ends_the_socket() {
    let mut sim = Sim::live("a");
    sim.feed(event(1));
    sim.feed(Input::Blocked);
    assert_eq!(sim.after(59).feed(Input::Tick), [], "no ping could be answered while nothing is read");
    let effects = sim.after(1).feed(Input::Tick);
    assert!(matches!(effects[0], Effect::Close { code: 1013, .. }));
    assert_eq!(disconnected(&effects).0, DisconnectReason::ReceiverFull);
    assert_eq!(sim.machine.deadline(), None, "no new socket for a receiver that is still full");
    assert_eq!(sim.after(600).feed(Input::Tick), []);
    sim.feed(Input::Unblocked);
    assert_eq!(connect(&sim.wait()), resume("a", 2));
}

#[test]
fn after_a_pause_all_silence_is_forgiven() {
    let mut sim = Sim::live("a");
    sim.wait();
    sim.feed(Input::Blocked);
    sim.after(50).feed(Input::Unblocked);
    let effects = sim.feed(Input::Tick);
    assert_eq!(effects, [Effect::Ping], "{effects:?}");
    assert_eq!(sim.machine.state(), State::Live);
}
