//! Opening, resuming and counting, one situation a test, in virtual time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use mattermost_client::connection::machine::{Effect, Input, Outgoing, ProbeOutcome, Received};
use mattermost_client::connection::{ConnectionEvent, DisconnectReason, How, State};
use support::sim::{Sim, closed, connect, connected, disconnected, event, hello, reply, resume};

// covers: W02
#[test]
fn the_challenge_is_the_very_first_frame_and_a_ping_the_second() {
    let mut sim = Sim::new();
    assert_eq!(connect(&sim.feed(Input::Tick)), None);
    assert_eq!(
        sim.feed(Input::Opened),
        [Effect::Send(Outgoing::Challenge { seq: 1 }), Effect::Send(Outgoing::Ping { seq: 2 })]
    );
    assert_eq!(sim.machine.state(), State::Authenticating);
}

// covers: W03
#[test]
fn hello_makes_a_fresh_connection_and_is_announced_once() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    sim.feed(Input::Opened);
    assert_eq!(
        sim.feed(hello(Some("a"))),
        [Effect::Emit(ConnectionEvent::Connected {
            how: How::Fresh,
            server_version: Some("11.6.0".to_owned()),
            connection_id: Some("a".to_owned()),
        })]
    );
    assert_eq!(sim.feed(reply(1, true)), []);
    assert_eq!(sim.feed(reply(2, true)), []);
    assert_eq!(sim.feed(event(1)), [Effect::Deliver]);
}

#[test]
fn without_hello_the_pong_makes_the_connection() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    sim.feed(Input::Opened);
    assert_eq!(sim.feed(reply(1, true)), [], "the challenge alone says nothing about the events");
    assert_eq!(connected(&sim.feed(reply(2, true))), How::Fresh);
    assert_eq!(sim.feed(hello(Some("late"))), [], "already announced as new");
    sim.feed(event(1));
    sim.feed(closed());
    assert_eq!(connect(&sim.wait()), resume("late", 2));
}

// covers: W03, W07
#[test]
fn a_pong_before_any_hello_means_resumed_without_loss() {
    let mut sim = Sim::live("a");
    sim.feed(event(1));
    sim.feed(event(2));
    sim.feed(closed());
    assert_eq!(connect(&sim.wait()), resume("a", 3));
    sim.feed(Input::Opened);
    assert_eq!(connected(&sim.feed(reply(2, true))), How::Resumed);
    assert_eq!(sim.feed(event(3)), [Effect::Deliver]);
}

#[test]
fn replayed_events_come_before_the_pong_and_are_handed_out_at_once() {
    let mut sim = Sim::live("a");
    sim.feed(closed());
    assert_eq!(connect(&sim.wait()), resume("a", 1));
    sim.feed(Input::Opened);
    let effects = sim.feed(event(1));
    assert_eq!((connected(&effects), effects.last()), (How::Resumed, Some(&Effect::Deliver)));
    assert_eq!(sim.feed(event(2)), [Effect::Deliver]);
    assert_eq!(sim.feed(reply(2, true)), []);
}

#[test]
fn a_new_hello_on_a_resumed_socket_means_loss() {
    let mut sim = Sim::live("a");
    sim.feed(event(1));
    sim.feed(closed());
    sim.wait();
    sim.feed(Input::Opened);
    assert_eq!(connected(&sim.feed(hello(Some("b")))), How::Fresh);
    assert_eq!(sim.feed(reply(2, true)), []);
    assert_eq!(sim.feed(event(1)), [Effect::Deliver], "the numbering began again");
    sim.feed(closed());
    assert_eq!(connect(&sim.wait()), resume("b", 2));
}

#[test]
fn a_hello_after_the_pong_corrects_the_announcement() {
    let mut sim = Sim::live("a");
    sim.feed(closed());
    sim.wait();
    sim.feed(Input::Opened);
    assert_eq!(connected(&sim.feed(reply(2, true))), How::Resumed);
    assert_eq!(connected(&sim.feed(hello(Some("b")))), How::Fresh);
}

#[test]
fn an_old_server_is_always_fresh() {
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    for _ in 0..3 {
        sim.feed(Input::Opened);
        assert_eq!(connected(&sim.feed(hello(None))), How::Fresh);
        sim.feed(reply(2, true));
        assert_eq!(sim.feed(event(1)), [Effect::Deliver]);
        sim.feed(closed());
        assert_eq!(connect(&sim.wait()), None);
    }
}

#[test]
fn a_gap_asks_for_the_missing_event_on_a_new_socket() {
    let mut sim = Sim::live("a");
    sim.feed(event(1));
    let effects = sim.feed(event(3));
    assert_eq!(effects[0], Effect::Close { code: 4001, reason: "bad sequence" });
    assert_eq!(disconnected(&effects).0, DisconnectReason::SequenceGap { expected: 2, received: 3 });
    assert_eq!(connect(&sim.wait()), resume("a", 2));
    sim.feed(Input::Opened);
    assert_eq!(sim.feed(event(2)).last(), Some(&Effect::Deliver));
    assert_eq!(sim.feed(event(3)), [Effect::Deliver]);
}

#[test]
fn two_gaps_without_progress_give_the_connection_up() {
    let mut sim = Sim::live("a");
    sim.feed(event(2));
    assert_eq!(connect(&sim.wait()), resume("a", 1));
    sim.feed(Input::Opened);
    sim.feed(event(2));
    assert_eq!(connect(&sim.wait()), None);
    // Where even new connections begin with a gap, the server counts in its own way.
    sim.greet("b");
    assert_eq!(sim.feed(event(7)), [Effect::Deliver]);
    assert_eq!(sim.feed(event(8)), [Effect::Deliver]);
}

#[test]
fn a_server_without_numbers_is_taken_as_it_comes() {
    let mut sim = Sim::live("a");
    for _ in 0..3 {
        assert_eq!(sim.feed(Input::Received(Received::Event { seq: None })), [Effect::Deliver]);
    }
}

#[test]
fn an_unreadable_event_counts_and_is_reported() {
    let mut sim = Sim::live("a");
    assert_eq!(sim.feed(Input::Received(Received::Unreadable { seq: Some(1) })), [Effect::Deliver]);
    assert_eq!(sim.feed(Input::Received(Received::Unreadable { seq: None })), [Effect::Deliver]);
    assert_eq!(sim.feed(event(2)), [Effect::Deliver]);
}

#[test]
fn a_resumption_that_the_server_hangs_up_on_is_given_up_the_second_time() {
    let mut sim = Sim::live("a");
    sim.feed(closed());
    for resumed in [resume("a", 1), resume("a", 1), None] {
        assert_eq!(connect(&sim.wait()), resumed);
        sim.feed(Input::Opened);
        sim.feed(closed());
        sim.feed(Input::Probe(ProbeOutcome::Valid));
    }
}

#[test]
fn a_frame_that_breaks_every_socket_is_not_asked_for_for_ever() {
    let mut sim = Sim::live("a");
    let too_long = || Input::Closed { code: None, detail: "too long".to_owned(), fault: true };
    sim.feed(too_long());
    assert_eq!(connect(&sim.wait()), resume("a", 1));
    sim.feed(Input::Opened);
    sim.feed(reply(2, true));
    sim.feed(too_long());
    assert_eq!(connect(&sim.wait()), None);
}

#[test]
fn typing_is_sent_only_while_live() {
    let typing = || Input::Typing { channel_id: "c".to_owned(), parent_id: String::new() };
    let mut sim = Sim::new();
    sim.feed(Input::Tick);
    assert_eq!(sim.feed(typing()), []);
    sim.greet("a");
    let (channel_id, parent_id) = ("c".to_owned(), String::new());
    assert_eq!(sim.feed(typing()), [Effect::Send(Outgoing::Typing { seq: 3, channel_id, parent_id })]);
}

#[test]
fn stop_closes_what_is_open_and_is_final() {
    let mut sim = Sim::live("a");
    assert_eq!(
        sim.feed(Input::Stop),
        [Effect::Close { code: 1000, reason: "client stopped" }, Effect::Stopped]
    );
    assert_eq!((sim.machine.state(), sim.machine.deadline()), (State::Stopped, None));
    assert_eq!(sim.after(1000).feed(Input::Tick), []);
    assert_eq!(Sim::new().feed(Input::Stop), [Effect::Stopped]);
}
