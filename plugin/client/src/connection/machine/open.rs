//! What is known about an open socket, and its timers.

use std::time::Duration;

use super::Outgoing;
use crate::connection::events::How;
use crate::connection::options::Settings;

/// An open socket.
#[derive(Debug)]
pub(super) struct Open {
    /// Whether it asked to go on with an earlier connection.
    pub(super) resuming: bool,
    /// Whether the server has shown that it accepts the token.
    pub(super) authenticated: bool,
    /// What was announced about it.
    pub(super) announced: Option<How>,
    /// Since when events may flow.
    pub(super) live_since: Option<Duration>,
    /// By when the token must be accepted.
    pub(super) auth_deadline: Duration,
    /// When the next WebSocket ping is due.
    pub(super) next_ping: Duration,
    /// By when something must come after a WebSocket ping.
    pub(super) pong_deadline: Option<Duration>,
    /// When the next session ping is due; one that is still unanswered by then makes the session deaf.
    pub(super) next_session_ping: Duration,
    /// The session ping without an answer.
    pub(super) unanswered: Option<u64>,
    /// The number of the last request.
    last_request: u64,
}

/// What a timer of an open socket wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// The token was not accepted in time.
    AuthTimeout,
    /// Nothing came after a WebSocket ping.
    PongTimeout,
    /// The session ping went unanswered.
    Deaf,
    /// Send a session ping.
    SessionPing,
    /// Send a WebSocket ping.
    Ping,
}

impl Open {
    pub(super) fn new(now: Duration, resuming: bool, settings: &Settings) -> Self {
        Self {
            resuming,
            authenticated: false,
            announced: None,
            live_since: None,
            auth_deadline: now.saturating_add(settings.auth_timeout),
            next_ping: now.saturating_add(settings.ping_interval),
            pong_deadline: None,
            next_session_ping: now.saturating_add(settings.session_ping_interval),
            unanswered: None,
            last_request: 0,
        }
    }

    /// The number for the next request.
    pub(super) fn next_request(&mut self) -> u64 {
        self.last_request = self.last_request.saturating_add(1);
        self.last_request
    }

    /// A session ping, from now on awaiting its answer.
    pub(super) fn session_ping(&mut self) -> Outgoing {
        let seq = self.next_request();
        self.unanswered = Some(seq);
        Outgoing::Ping { seq }
    }

    /// The most urgent thing that is due, if any.
    pub(super) fn due(&self, now: Duration) -> Option<Due> {
        if !self.authenticated && now >= self.auth_deadline {
            return Some(Due::AuthTimeout);
        }
        if self.pong_deadline.is_some_and(|deadline| now >= deadline) {
            return Some(Due::PongTimeout);
        }
        if now >= self.next_session_ping {
            return Some(if self.unanswered.is_some() { Due::Deaf } else { Due::SessionPing });
        }
        if now >= self.next_ping {
            return Some(Due::Ping);
        }
        None
    }

    /// When the next thing is due.
    pub(super) fn deadline(&self) -> Duration {
        let auth = if self.authenticated { None } else { Some(self.auth_deadline) };
        let timers = [auth, self.pong_deadline, Some(self.next_session_ping)];
        timers.into_iter().flatten().fold(self.next_ping, Duration::min)
    }

    /// The socket is read again after a while in which no sign of life could be seen: all silence is forgiven.
    pub(super) fn forgive(&mut self, now: Duration, settings: &Settings) {
        self.pong_deadline = None;
        self.auth_deadline = now.saturating_add(settings.auth_timeout);
        self.next_session_ping = now.saturating_add(settings.session_ping_interval);
    }
}
