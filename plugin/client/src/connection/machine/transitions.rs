//! The machine: its phases and the ways between them.

use std::mem;
use std::time::Duration;

use super::open::{Due, Open};
use super::{Effect, Input, Outgoing, ProbeOutcome, Received, Refusal};
use crate::connection::backoff::{Backoff, Random, doubled};
use crate::connection::events::{ConnectionEvent, DisconnectReason, How};
use crate::connection::options::Settings;
use crate::connection::session::{Fit, Session};
use crate::connection::state::State;

/// Close codes. The first is the protocol's; the server knows the others from its own clients.
const NORMAL: u16 = 1000;
const TRY_LATER: u16 = 1013;
const NO_PONG: u16 = 4000;
const BAD_SEQUENCE: u16 = 4001;

/// The longest a server's wish to be left alone is followed. 5 min.
const RETRY_AFTER_CAP: Duration = Duration::from_secs(300);

/// A connection to the event stream, as decisions only.
///
/// Times are durations since any fixed moment, as long as they never go back.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    random: Random,
    backoff: Backoff,
    session: Session,
    phase: Phase,
    /// Attempts since the last stable connection.
    attempts: u32,
    /// How often in a row the token was refused.
    rejections: u32,
    /// Since when the receiver is full.
    blocked: Option<Duration>,
}

#[derive(Debug)]
enum Phase {
    /// Not yet begun.
    Idle,
    Connecting {
        deadline: Duration,
        resuming: bool,
    },
    Open(Open),
    /// Without a socket, asking the REST API about the token.
    Verifying {
        deadline: Duration,
        loss: Loss,
    },
    Waiting {
        until: Duration,
        rejected: bool,
    },
    Stopped,
}

/// How a socket was lost.
#[derive(Debug)]
struct Loss {
    reason: DisconnectReason,
    code: Option<u16>,
}

impl Machine {
    /// A machine that has not begun; the first [`Input::Tick`] starts it. `seed` spreads its waits.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            random: Random::new(seed),
            backoff: Backoff::default(),
            session: Session::default(),
            phase: Phase::Idle,
            attempts: 0,
            rejections: 0,
            blocked: None,
        }
    }

    /// What the connection is doing.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Idle | Phase::Connecting { .. } => State::Connecting,
            Phase::Open(open) if open.announced.is_some() => State::Live,
            Phase::Open(_) => State::Authenticating,
            Phase::Verifying { .. } => State::Verifying,
            Phase::Waiting { rejected: false, .. } => State::Waiting,
            Phase::Waiting { rejected: true, .. } => State::Rejected,
            Phase::Stopped => State::Stopped,
        }
    }

    /// When [`Input::Tick`] is due at the latest; `None` when only something else can move it.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match (&self.phase, self.blocked) {
            (Phase::Stopped, _) | (Phase::Idle | Phase::Waiting { .. }, Some(_)) => None,
            (Phase::Idle, None) => Some(Duration::ZERO),
            (Phase::Waiting { until, .. }, None) => Some(*until),
            (Phase::Connecting { deadline, .. } | Phase::Verifying { deadline, .. }, _) => Some(*deadline),
            (Phase::Open(_), Some(since)) => Some(since.saturating_add(self.settings.receiver_timeout)),
            (Phase::Open(open), None) => Some(open.deadline()),
        }
    }

    /// Takes in what happened at `now` and says what to do. Input that does not fit the moment is ignored.
    #[must_use = "the effects must be carried out"]
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            _ if matches!(self.phase, Phase::Stopped) => {}
            Input::Tick => self.tick(now, &mut effects),
            Input::Opened => self.opened(now, &mut effects),
            Input::Refused(refusal) => self.refused(now, refusal, &mut effects),
            Input::Received(received) => self.received(now, received, &mut effects),
            Input::Closed { code, detail, fault } => self.closed(now, code, detail, fault, &mut effects),
            Input::Probe(outcome) => self.probed(now, outcome, &mut effects),
            Input::Blocked => {
                self.blocked.get_or_insert(now);
            }
            Input::Unblocked => {
                self.blocked = None;
                if let Phase::Open(open) = &mut self.phase {
                    open.forgive(now, &self.settings);
                }
            }
            Input::Typing { channel_id, parent_id } => {
                if let Phase::Open(open) = &mut self.phase
                    && open.announced.is_some()
                {
                    let seq = open.next_request();
                    effects.push(Effect::Send(Outgoing::Typing { seq, channel_id, parent_id }));
                }
            }
            Input::Restart => {
                if matches!(self.phase, Phase::Open(_)) {
                    effects.push(Effect::Close { code: NO_PONG, reason: "no events" });
                    self.wait(now, DisconnectReason::Mute.into(), None, &mut effects);
                    self.session.start_over();
                }
            }
            Input::Stop => {
                if matches!(self.phase, Phase::Connecting { .. } | Phase::Open(_)) {
                    effects.push(Effect::Close { code: NORMAL, reason: "client stopped" });
                }
                self.phase = Phase::Stopped;
                effects.push(Effect::Stopped);
            }
        }
        effects
    }

    fn tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Idle if self.blocked.is_none() => self.connect(now, effects),
            Phase::Waiting { until, .. } if now >= *until && self.blocked.is_none() => {
                self.connect(now, effects);
            }
            Phase::Connecting { deadline, .. } if now >= *deadline => {
                effects.push(Effect::Close { code: NORMAL, reason: "handshake timeout" });
                self.wait(now, DisconnectReason::HandshakeTimeout.into(), None, effects);
            }
            Phase::Verifying { deadline, .. } if now >= *deadline => {
                self.probed(now, ProbeOutcome::Unknown { retry_after: None }, effects);
            }
            Phase::Open(_) => match self.blocked {
                Some(since) if now >= since.saturating_add(self.settings.receiver_timeout) => {
                    effects.push(Effect::Close { code: TRY_LATER, reason: "receiver full" });
                    self.wait(now, DisconnectReason::ReceiverFull.into(), None, effects);
                }
                Some(_) => {}
                None => self.timers(now, effects),
            },
            _ => {}
        }
    }

    /// Everything that is due on an open socket.
    fn timers(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        while let Phase::Open(open) = &mut self.phase
            && let Some(due) = open.due(now)
        {
            match due {
                Due::Ping => {
                    open.next_ping = later(now, self.settings.ping_interval);
                    open.pong_deadline.get_or_insert(later(now, self.settings.pong_timeout));
                    effects.push(Effect::Ping);
                }
                Due::SessionPing => {
                    open.next_session_ping = later(now, self.settings.session_ping_interval);
                    let ping = open.session_ping();
                    effects.push(Effect::Send(ping));
                }
                Due::PongTimeout => {
                    effects.push(Effect::Close { code: NO_PONG, reason: "pong timeout" });
                    self.wait(now, DisconnectReason::PongTimeout.into(), None, effects);
                }
                Due::Deaf => {
                    effects.push(Effect::Close { code: NO_PONG, reason: "no answer to ping" });
                    self.verify(now, DisconnectReason::Deaf.into(), effects);
                }
                Due::AuthTimeout => {
                    if open.resuming {
                        self.session.strike();
                    }
                    effects.push(Effect::Close { code: NORMAL, reason: "authentication timeout" });
                    self.verify(now, DisconnectReason::AuthTimeout.into(), effects);
                }
            }
        }
    }

    fn connect(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.attempts = self.attempts.saturating_add(1);
        let resume = self.session.resume();
        if resume.is_none() {
            self.session.start_over();
        }
        let deadline = later(now, self.settings.handshake_timeout);
        self.phase = Phase::Connecting { deadline, resuming: resume.is_some() };
        effects.push(Effect::Emit(ConnectionEvent::Connecting { attempt: self.attempts }));
        effects.push(Effect::Connect { resume });
    }

    fn opened(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Phase::Connecting { resuming, .. } = self.phase else { return };
        let mut open = Open::new(now, resuming, &self.settings);
        effects.push(Effect::Send(Outgoing::Challenge { seq: open.next_request() }));
        effects.push(Effect::Send(open.session_ping()));
        self.phase = Phase::Open(open);
        if let Some(since) = &mut self.blocked {
            *since = now;
        }
    }

    fn refused(&mut self, now: Duration, refusal: Refusal, effects: &mut Vec<Effect>) {
        let Phase::Connecting { resuming, .. } = self.phase else { return };
        let Refusal { detail, status, retry_after } = refusal;
        let loss = Loss::from(DisconnectReason::ConnectFailed { detail, status });
        match status {
            Some(401) => self.verify(now, loss, effects),
            status => {
                if resuming && status.is_some_and(|status| (400..500).contains(&status) && status != 429) {
                    self.session.strike();
                }
                self.wait(now, loss, retry_after, effects);
            }
        }
    }

    fn received(&mut self, now: Duration, received: Received, effects: &mut Vec<Effect>) {
        let Phase::Open(open) = &mut self.phase else { return };
        open.pong_deadline = None;
        match received {
            Received::Control => {}
            Received::Hello { connection_id, server_version, seq } => {
                // A greeting after the connection was announced as new only fills in its name.
                let known = open.announced == Some(How::Fresh)
                    && (self.session.connection_id().is_none()
                        || self.session.connection_id() == connection_id.as_deref());
                open.authenticated = true;
                let asked = std::mem::replace(&mut open.resuming, false);
                self.session.greet(connection_id, server_version, seq);
                if !known {
                    let ignored = asked && cfg!(feature = "mutate-resume-check");
                    self.announce(now, if ignored { How::Resumed } else { How::Fresh }, effects);
                }
            }
            // An event that cannot be read and has no number shows nothing: it is only reported.
            Received::Unreadable { seq: None } => effects.push(Effect::Deliver),
            Received::Event { seq } | Received::Unreadable { seq } => {
                if self.count(now, seq, effects) {
                    effects.push(Effect::Deliver);
                }
            }
            Received::Reply { seq_reply, ok, unauthenticated } => {
                let challenge = seq_reply == Some(1);
                if unauthenticated || (challenge && !ok) {
                    // The events of that time passed the session by and got no number: going on would hide it.
                    self.session.start_over();
                    effects.push(Effect::Close { code: NORMAL, reason: "session invalid" });
                    self.verify(now, DisconnectReason::SessionInvalid.into(), effects);
                    return;
                }
                open.authenticated |= challenge && ok;
                if seq_reply.is_some() && seq_reply == open.unanswered {
                    open.unanswered = None;
                    // A server that knows the token but not the question is as good.
                    if ok || open.authenticated {
                        self.flows(now, effects);
                    }
                }
            }
        }
    }

    /// Counts an event; false when it is out of order and the socket was given up.
    fn count(&mut self, now: Duration, seq: Option<u64>, effects: &mut Vec<Effect>) -> bool {
        let Phase::Open(open) = &self.phase else { return false };
        match (self.session.count(seq, open.resuming), seq) {
            (Fit::Gap { expected }, Some(received)) => {
                self.session.strike();
                effects.push(Effect::Close { code: BAD_SEQUENCE, reason: "bad sequence" });
                self.wait(now, DisconnectReason::SequenceGap { expected, received }.into(), None, effects);
                false
            }
            _ => {
                self.flows(now, effects);
                true
            }
        }
    }

    /// The server has shown that it accepts the token, and without a greeting that it goes on as asked.
    fn flows(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Phase::Open(open) = &mut self.phase else { return };
        open.authenticated = true;
        if open.announced.is_none() {
            let how = if open.resuming { How::Resumed } else { How::Fresh };
            self.announce(now, how, effects);
        }
    }

    fn announce(&mut self, now: Duration, how: How, effects: &mut Vec<Effect>) {
        let Phase::Open(open) = &mut self.phase else { return };
        open.announced = Some(how);
        open.live_since.get_or_insert(now);
        self.rejections = 0;
        effects.push(Effect::Emit(ConnectionEvent::Connected {
            how,
            server_version: self.session.server_version().map(str::to_owned),
            connection_id: self.session.connection_id().map(str::to_owned),
        }));
    }

    fn closed(
        &mut self,
        now: Duration,
        code: Option<u16>,
        detail: String,
        fault: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Phase::Open(open) = &self.phase else { return };
        if fault || (open.resuming && !open.authenticated) {
            self.session.strike();
        }
        if open.authenticated {
            self.wait(now, Loss { reason: DisconnectReason::Closed { detail }, code }, None, effects);
        } else {
            self.verify(now, Loss { reason: DisconnectReason::ClosedBeforeAuth, code }, effects);
        }
    }

    fn probed(&mut self, now: Duration, outcome: ProbeOutcome, effects: &mut Vec<Effect>) {
        let Phase::Verifying { loss, .. } = &mut self.phase else { return };
        let loss = mem::take(loss);
        match outcome {
            ProbeOutcome::Valid => self.wait(now, loss, None, effects),
            ProbeOutcome::Unknown { retry_after } => self.wait(now, loss, retry_after, effects),
            ProbeOutcome::Rejected { detail } => {
                let base = doubled(self.settings.rejected_first, self.rejections);
                self.rejections = self.rejections.saturating_add(1);
                let spread = self.random.below(self.settings.rejected_first / 10);
                let retry_in = base.saturating_add(spread).min(self.settings.rejected_cap);
                self.session.start_over();
                self.phase = Phase::Waiting { until: later(now, retry_in), rejected: true };
                effects.push(Effect::Emit(ConnectionEvent::AuthRejected { detail, retry_in }));
            }
        }
    }

    /// Without a socket, until the next attempt.
    fn wait(&mut self, now: Duration, loss: Loss, retry_after: Option<Duration>, effects: &mut Vec<Effect>) {
        self.leave(now);
        let wait = self.backoff.next(now, &self.settings, &mut self.random);
        let retry_in = wait.max(retry_after.unwrap_or_default().min(RETRY_AFTER_CAP));
        self.phase = Phase::Waiting { until: later(now, retry_in), rejected: false };
        let Loss { reason, code } = loss;
        effects.push(Effect::Emit(ConnectionEvent::Disconnected { reason, code, retry_in }));
    }

    /// Without a socket, until it is known whether the token is to blame.
    fn verify(&mut self, now: Duration, loss: Loss, effects: &mut Vec<Effect>) {
        self.leave(now);
        self.phase = Phase::Verifying { deadline: later(now, self.settings.probe_timeout), loss };
        effects.push(Effect::Probe);
    }

    /// A connection that lasted long enough ends the outage before it.
    fn leave(&mut self, now: Duration) {
        if let Phase::Open(Open { live_since: Some(since), .. }) = self.phase
            && now.saturating_sub(since) >= self.settings.stable_after
        {
            self.backoff.reset();
            self.attempts = 0;
        }
    }
}

impl From<DisconnectReason> for Loss {
    fn from(reason: DisconnectReason) -> Self {
        Self { reason, code: None }
    }
}

impl Default for Loss {
    fn default() -> Self {
        DisconnectReason::ClosedBeforeAuth.into()
    }
}

fn later(now: Duration, by: Duration) -> Duration {
    now.saturating_add(by)
}
