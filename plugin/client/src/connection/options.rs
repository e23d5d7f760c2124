//! Settings of a connection.

use std::time::Duration;

/// Settings of a [`spawn`](super::spawn)ed connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many events may wait for their receiver before the socket is no longer read. 256 by default, at
    /// least 1.
    pub queue: usize,
    /// The longest frame, in bytes. 16 MiB by default. A longer one breaks the connection.
    pub max_frame: usize,
    /// The times that the connection keeps to.
    pub settings: Settings,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 256, max_frame: 16 * 1024 * 1024, settings: Settings::default() }
    }
}

/// The times that a connection keeps to. The defaults suit a real server; tests shorten them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The longest connecting may take: name, TCP, TLS, HTTP upgrade. 30 s.
    pub handshake_timeout: Duration,
    /// The longest the server may take to accept the token on an open socket. 30 s.
    pub auth_timeout: Duration,
    /// How often a WebSocket ping is sent. 30 s: proxies commonly cut what was silent for 60 s.
    pub ping_interval: Duration,
    /// The longest silence after a WebSocket ping. Anything received ends it. 10 s.
    pub pong_timeout: Duration,
    /// How often the server is asked whether the session is still good, and how long it may take to answer.
    /// 30 s. A server keeps a socket open, silent, after its token was revoked; only this notices.
    pub session_ping_interval: Duration,
    /// The longest the REST call may take that tells a wrong token from a broken network. 10 s.
    pub probe_timeout: Duration,
    /// The longest a full receiver may stay full before the socket is closed. 60 s, below the 100 s after which
    /// the server gives up.
    pub receiver_timeout: Duration,
    /// How long a connection must last for the waits between attempts to start over. 60 s.
    pub stable_after: Duration,
    /// For how long after a loss attempts are dense. 120 s: a restart or a proxy reload is over by then.
    pub dense_for: Duration,
    /// The longest wait while attempts are dense, reached with the third attempt. 3 s.
    pub dense_cap: Duration,
    /// The longest wait ever, reached by doubling. 60 s.
    pub retry_cap: Duration,
    /// The first wait after the server refused the token. 30 s.
    pub rejected_first: Duration,
    /// The longest wait after the server refused the token, reached by doubling. 60 s: who enables a bot again does
    /// not want to wait longer, and one question a minute is no burden.
    pub rejected_cap: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(30),
            auth_timeout: Duration::from_secs(30),
            ping_interval: Duration::from_secs(30),
            pong_timeout: Duration::from_secs(10),
            session_ping_interval: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(10),
            receiver_timeout: Duration::from_secs(60),
            stable_after: Duration::from_secs(60),
            dense_for: Duration::from_secs(120),
            dense_cap: Duration::from_secs(3),
            retry_cap: Duration::from_secs(60),
            rejected_first: Duration::from_secs(30),
            rejected_cap: Duration::from_secs(60),
        }
    }
}
