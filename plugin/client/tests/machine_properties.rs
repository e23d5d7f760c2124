//! What holds for a connection whatever happens to it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use mattermost_client::connection::machine::{
    Effect, Input, Machine, Outgoing, ProbeOutcome, Received, Refusal,
};
use mattermost_client::connection::{ConnectionEvent, Settings, State};
use proptest::prelude::*;

fn received() -> impl Strategy<Value = Received> {
    let id = prop::option::of(prop::sample::select(vec!["a".to_owned(), "b".to_owned()]));
    prop_oneof![
        (id, prop::option::of(0..3_u64)).prop_map(|(connection_id, seq)| Received::Hello {
            connection_id,
            server_version: None,
            seq
        }),
        prop::option::of(prop_oneof![0..6_u64, Just(u64::MAX)]).prop_map(|seq| Received::Event { seq }),
        prop::option::of(0..6_u64).prop_map(|seq| Received::Unreadable { seq }),
        (prop::option::of(0..6_u64), any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(seq_reply, ok, unauthenticated)| Received::Reply { seq_reply, ok, unauthenticated }),
        Just(Received::Control),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let seconds = || prop::option::of(prop_oneof![0..100_u64, Just(u64::MAX)].prop_map(Duration::from_secs));
    let status = prop::option::of(prop::sample::select(vec![400, 401, 404, 429, 503]));
    prop_oneof![
        8 => Just(Input::Tick),
        4 => Just(Input::Opened),
        1 => (status, seconds()).prop_map(|(status, retry_after)| {
            Input::Refused(Refusal { detail: String::new(), status, retry_after })
        }),
        12 => received().prop_map(Input::Received),
        1 => any::<bool>().prop_map(|fault| Input::Closed { code: None, detail: String::new(), fault }),
        1 => Just(Input::Probe(ProbeOutcome::Valid)),
        1 => Just(Input::Probe(ProbeOutcome::Rejected { detail: String::new() })),
        1 => seconds().prop_map(|retry_after| Input::Probe(ProbeOutcome::Unknown { retry_after })),
        1 => Just(Input::Blocked),
        2 => Just(Input::Unblocked),
        1 => Just(Input::Typing { channel_id: "c".to_owned(), parent_id: String::new() }),
        1 => Just(Input::Restart),
        1 => Just(Input::Stop),
    ]
}

/// What a driver knows: the effects must make sense for it.
#[derive(Default)]
struct Driver {
    opening: bool,
    open: bool,
    sent: u64,
    stopped: bool,
    waiting_for_probe: bool,
}

impl Driver {
    fn check(&mut self, input: &Input, effects: &[Effect], now: Duration, machine: &Machine) {
        assert!(!self.stopped || effects.is_empty(), "after the end: {effects:?}");
        match input {
            Input::Opened if self.opening => (self.opening, self.open, self.sent) = (false, true, 0),
            Input::Refused(_) => self.opening = false,
            Input::Closed { .. } => self.open = false,
            Input::Probe(_) => self.waiting_for_probe = false,
            _ => {}
        }
        for (index, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Connect { resume } => {
                    assert!(!self.opening && !self.open, "two sockets");
                    assert!(resume.as_ref().is_none_or(|resume| {
                        resume.sequence_number >= 1 && !resume.connection_id.is_empty()
                    }));
                    self.opening = true;
                }
                Effect::Send(outgoing) => {
                    assert!(self.open, "nothing to send on");
                    let seq = match outgoing {
                        Outgoing::Challenge { seq } => {
                            assert_eq!(*seq, 1);
                            *seq
                        }
                        Outgoing::Ping { seq } | Outgoing::Typing { seq, .. } => *seq,
                    };
                    assert_eq!(seq, self.sent + 1, "requests are numbered from 1 without gaps");
                    self.sent = seq;
                }
                Effect::Ping => assert!(self.open && self.sent >= 1),
                Effect::Close { .. } => {
                    assert!(self.open || self.opening, "nothing to close");
                    (self.open, self.opening) = (false, false);
                }
                Effect::Probe => {
                    assert!(!self.open && !self.opening, "asked about the token with a socket");
                    self.waiting_for_probe = true;
                }
                Effect::Deliver => {
                    assert!(matches!(
                        input,
                        Input::Received(Received::Event { .. } | Received::Unreadable { .. })
                    ));
                    assert_eq!(index, effects.len() - 1);
                }
                Effect::Emit(event) => match event {
                    ConnectionEvent::Disconnected { retry_in, .. } => {
                        assert!((Duration::from_millis(100)..=Duration::from_secs(300)).contains(retry_in));
                        assert!(!self.open && !self.opening);
                    }
                    ConnectionEvent::AuthRejected { retry_in, .. } => {
                        assert!((Duration::from_secs(30)..=Duration::from_secs(60)).contains(retry_in));
                    }
                    ConnectionEvent::Connecting { attempt } => assert!(*attempt >= 1),
                    ConnectionEvent::Connected { .. } => assert!(self.open),
                    ConnectionEvent::Event(_) | ConnectionEvent::BadFrame { .. } => {
                        panic!("not the machine's")
                    }
                    other => panic!("unknown: {other:?}"),
                },
                Effect::Stopped => {
                    assert!(!self.open && !self.opening);
                    self.stopped = true;
                }
            }
        }
        let state = machine.state();
        assert_eq!(self.opening, state == State::Connecting);
        assert_eq!(self.open, matches!(state, State::Authenticating | State::Live), "{state:?}");
        assert_eq!(self.stopped, state == State::Stopped);
        if input == &Input::Tick && !self.stopped {
            assert!(machine.deadline().is_none_or(|deadline| deadline > now), "a tick leaves nothing undone");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn effects_make_sense_for_any_sequence_of_inputs(
        seed in any::<u64>(),
        steps in prop::collection::vec((input(), prop_oneof![Just(0_u64), 1..2_000_u64, Just(31_000_u64), Just(400_000_u64)]), 1..120),
    ) {
        let mut machine = Machine::new(Settings::default(), seed);
        let mut driver = Driver::default();
        let mut now = Duration::ZERO;
        let started = machine.handle(now, Input::Tick);
        driver.check(&Input::Tick, &started, now, &machine);
        for (input, millis) in steps {
            now += Duration::from_millis(millis);
            let opened_twice = input == Input::Opened && !driver.opening;
            let effects = machine.handle(now, input.clone());
            if opened_twice {
                prop_assert!(effects.is_empty());
            }
            // A driver reports about sockets that it has.
            let about_nothing = match &input {
                Input::Refused(_) => !driver.opening,
                Input::Closed { .. } | Input::Received(_) => !driver.open,
                _ => false,
            };
            if about_nothing {
                prop_assert!(effects.is_empty());
                continue;
            }
            driver.check(&input, &effects, now, &machine);
        }
    }

    #[test]
    fn no_machine_is_stuck(seed in any::<u64>(), steps in prop::collection::vec(input(), 0..40)) {
        let mut machine = Machine::new(Settings::default(), seed);
        let mut now = Duration::ZERO;
        for input in steps {
            now += Duration::from_millis(10);
            if input != Input::Stop {
                let _ = machine.handle(now, input);
            }
        }
        let _ = machine.handle(now, Input::Unblocked);
        // Left alone by a network that is gone, it comes to a new attempt within ten minutes.
        let end = now + Duration::from_secs(600);
        let connecting = loop {
            now = machine.deadline().unwrap().max(now);
            prop_assert!(now < end);
            if machine.handle(now, Input::Tick).iter().any(|effect| matches!(effect, Effect::Connect { .. })) {
                break true;
            }
        };
        prop_assert!(connecting);
    }
}
