//! What a caller can choose about a server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::state::{AllowedInternal, Settings};

/// The private addresses that integrations may be at by default.
const THIS_MACHINE: &str = "localhost 127.0.0.0/8 ::1/128";

/// The server version whose behaviour is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Version {
    /// Mattermost 11.6: resumable WebSocket, threads, typing over REST.
    #[default]
    V11_6,
    /// Mattermost 5.16 (2019): none of these, and other error ids.
    V5_16,
}

impl Version {
    /// The version as `/config/client` says it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V11_6 => "11.6.0",
            Self::V5_16 => "5.16.0",
        }
    }

    /// The long form with the configuration's hash: `X-Version-Id` and `hello.server_version`.
    pub(crate) fn long(self) -> &'static str {
        match self {
            Self::V11_6 => "11.6.0..9b1a8887023f6103ec9e54ccc458535dd954c8ac4f4a45fb9e1f9a4c2665b22b.false",
            Self::V5_16 => "5.16.0..c7e27babb975e3887c583893dd0ad2ed.false",
        }
    }

    /// Whether this is the modern behaviour.
    pub(crate) fn is_modern(self) -> bool {
        self == Self::V11_6
    }
}

/// How many requests one address may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a second that are refilled.
    pub per_second: u32,
    /// Requests on top of the first that may come at once.
    pub burst: u32,
}

/// How a server is started.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Which server to behave as at first; a restart may change it.
    pub version: Version,
    /// Refuse callers that ask faster than this; `None` (the default) refuses nobody.
    pub rate_limit: Option<RateLimit>,
    /// How long a POST of a message stays in flight. Zero (the default) makes it atomic; more lets callers meet
    /// their own first request still running.
    pub post_latency: Duration,
    /// How often cut WebSocket connections are looked through; those whose last activity is older are forgotten.
    pub resume_window: Duration,
    /// How long a WebSocket may stay silent before it must have authenticated.
    pub auth_timeout: Duration,
    /// How often the server pings a WebSocket.
    pub ping_interval: Duration,
    /// The longest message, in characters, as `MaxPostSize` says it. 16383; 4000 where the database was made by a version
    /// before 5.0.
    pub max_post_size: usize,
    /// How many requests [`crate::Sim::requests`] remembers.
    pub request_log: usize,
    /// Whether `/_sim/faults` switches faults, and `/_sim/settings` settings, for everybody who can reach the server.
    /// Off by default.
    pub admin_api: bool,
    /// Whether everybody in a team, bots included, may register slash commands there (`manage_own_slash_commands`).
    /// `None` (the default) is what the version's roles say: 11.6 has it for admins only, 5.16 for everybody.
    pub own_commands: Option<bool>,
    /// `EnablePostActionIntegration`: whether clicks on buttons reach anybody. On by default.
    pub post_actions: bool,
    /// `AllowedUntrustedInternalConnections`: the hosts of private networks that integrations may be at, as names,
    /// addresses and networks in CIDR form, separated by spaces or commas. By default those of this machine, unlike on a
    /// real server, which has none.
    pub allowed_internal: String,
    /// `OutgoingIntegrationRequestsTimeout`: how long integrations may take to answer. 30 s.
    pub integration_timeout: Duration,
}

impl Default for RateLimit {
    /// What a real server has when limits are switched on and nothing else is said.
    fn default() -> Self {
        Self { per_second: 10, burst: 100 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            version: Version::default(),
            rate_limit: None,
            post_latency: Duration::ZERO,
            resume_window: Duration::from_secs(300),
            auth_timeout: Duration::from_secs(5),
            ping_interval: Duration::from_secs(60),
            max_post_size: 16_383,
            request_log: 4096,
            admin_api: false,
            own_commands: None,
            post_actions: true,
            allowed_internal: THIS_MACHINE.to_owned(),
            integration_timeout: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// The defaults for `version`.
    #[must_use]
    pub fn version(version: Version) -> Self {
        Self { version, ..Self::default() }
    }

    /// Listens on `address` instead of a free loopback port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Refuses callers that ask faster than `limit`.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Keeps each POST of a message in flight for `latency`.
    #[must_use]
    pub fn post_latency(mut self, latency: Duration) -> Self {
        self.post_latency = latency;
        self
    }

    /// Offers the fault switches over HTTP (`GET`, `POST` and `DELETE /_sim/faults`) and the settings (`GET` and
    /// `POST /_sim/settings`).
    #[must_use]
    pub fn admin_api(mut self, on: bool) -> Self {
        self.admin_api = on;
        self
    }

    /// Takes messages of up to `characters`.
    #[must_use]
    pub fn max_post_size(mut self, characters: usize) -> Self {
        self.max_post_size = characters;
        self
    }

    /// Forgets cut WebSocket connections after this much time without activity.
    #[must_use]
    pub fn resume_window(mut self, window: Duration) -> Self {
        self.resume_window = window;
        self
    }

    /// Gives everybody in a team the right to register slash commands there, or nobody but admins.
    #[must_use]
    pub fn own_commands(mut self, allowed: bool) -> Self {
        self.own_commands = Some(allowed);
        self
    }

    /// Lets clicks on buttons reach their integrations, or nobody.
    #[must_use]
    pub fn post_actions(mut self, on: bool) -> Self {
        self.post_actions = on;
        self
    }

    /// Lets integrations be at these hosts of private networks, and at no others.
    #[must_use]
    pub fn allowed_internal(mut self, list: &str) -> Self {
        list.clone_into(&mut self.allowed_internal);
        self
    }

    /// Gives up on integrations after this long.
    #[must_use]
    pub fn integration_timeout(mut self, timeout: Duration) -> Self {
        self.integration_timeout = timeout;
        self
    }

    /// What of it an admin may change later.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            own_commands: self.own_commands,
            post_actions: self.post_actions,
            internal: AllowedInternal::new(&self.allowed_internal),
            timeout: self.integration_timeout,
        }
    }
}
