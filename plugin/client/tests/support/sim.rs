//! A machine in virtual time, and short names for what it is told and what it answers.

use std::time::Duration;

use mattermost_client::connection::machine::{Effect, Input, Machine, Received, Resume};
use mattermost_client::connection::{ConnectionEvent, DisconnectReason, How, Settings, State};

/// A machine and its clock.
pub struct Sim {
    pub machine: Machine,
    pub now: Duration,
}

impl Sim {
    pub fn new() -> Self {
        Self { machine: Machine::new(Settings::default(), 7), now: Duration::ZERO }
    }

    /// Connected anew as `id`, the first pong seen.
    pub fn live(id: &str) -> Self {
        let mut sim = Self::new();
        sim.feed(Input::Tick);
        sim.greet(id);
        sim
    }

    pub fn feed(&mut self, input: Input) -> Vec<Effect> {
        self.machine.handle(self.now, input)
    }

    pub fn after(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    /// Lets time pass until the machine does something.
    pub fn wait(&mut self) -> Vec<Effect> {
        loop {
            self.now = self.machine.deadline().expect("something is due").max(self.now);
            let effects = self.feed(Input::Tick);
            if !effects.is_empty() {
                return effects;
            }
        }
    }

    /// A whole new connection on the socket being opened.
    pub fn greet(&mut self, id: &str) {
        self.feed(Input::Opened);
        self.feed(hello(Some(id)));
        self.feed(reply(2, true));
        assert_eq!(self.machine.state(), State::Live);
    }
}

pub fn hello(id: Option<&str>) -> Input {
    let (connection_id, server_version) = (id.map(str::to_owned), Some("11.6.0".to_owned()));
    Input::Received(Received::Hello { connection_id, server_version, seq: Some(0) })
}

pub fn event(seq: u64) -> Input {
    Input::Received(Received::Event { seq: Some(seq) })
}

pub fn reply(seq_reply: u64, ok: bool) -> Input {
    Input::Received(Received::Reply { seq_reply: Some(seq_reply), ok, unauthenticated: false })
}

pub fn unauthenticated(seq_reply: u64) -> Input {
    Input::Received(Received::Reply { seq_reply: Some(seq_reply), ok: false, unauthenticated: true })
}

pub fn closed() -> Input {
    Input::Closed { code: None, detail: "by the server".to_owned(), fault: false }
}

pub fn connect(effects: &[Effect]) -> Option<Resume> {
    match effects {
        [Effect::Emit(ConnectionEvent::Connecting { .. }), Effect::Connect { resume }] => resume.clone(),
        other => panic!("no connecting: {other:?}"),
    }
}

pub fn connected(effects: &[Effect]) -> How {
    match effects.iter().find(|effect| matches!(effect, Effect::Emit(ConnectionEvent::Connected { .. }))) {
        Some(Effect::Emit(ConnectionEvent::Connected { how, .. })) => *how,
        _ => panic!("not connected: {effects:?}"),
    }
}

pub fn disconnected(effects: &[Effect]) -> (DisconnectReason, Duration) {
    match effects.last() {
        Some(Effect::Emit(ConnectionEvent::Disconnected { reason, retry_in, .. })) => {
            (reason.clone(), *retry_in)
        }
        _ => panic!("not disconnected: {effects:?}"),
    }
}

pub fn rejected(effects: &[Effect]) -> Duration {
    match effects {
        [Effect::Emit(ConnectionEvent::AuthRejected { retry_in, .. })] => *retry_in,
        other => panic!("not rejected: {other:?}"),
    }
}

pub fn resume(id: &str, sequence_number: u64) -> Option<Resume> {
    Some(Resume { connection_id: id.to_owned(), sequence_number })
}
