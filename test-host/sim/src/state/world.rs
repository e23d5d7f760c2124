//! The one struct behind the lock, with its indexes.

use std::collections::HashMap;

use super::{
    Channel, Command, CommandHooks, File, Post, Settings, Team, Thread, Token, User, ephemerals::Ephemerals,
    pending::PendingPosts,
};
use crate::{
    clock::now_ms, faults::Faults, ids::Id, integrations::Secrets, options::Options, options::Version,
    ws::Hub,
};

/// Everything the server knows.
///
/// Its methods change the state and publish the events that the change causes, so that no order of calls can show an
/// event without its cause.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) version: Version,
    pub(crate) hub: Hub,
    pub(crate) users: HashMap<Id, User>,
    /// Users by lower-case name.
    pub(super) usernames: HashMap<String, Id>,
    /// Tokens by their secret.
    pub(super) tokens: HashMap<String, Token>,
    /// Secrets of tokens by the token's id.
    pub(super) token_ids: HashMap<Id, String>,
    pub(crate) teams: HashMap<Id, Team>,
    pub(crate) channels: HashMap<Id, Channel>,
    /// Channels by team and name; conversations have no team.
    pub(super) channel_names: HashMap<(Option<Id>, String), Id>,
    /// The channels that each user is a member of.
    pub(super) memberships: HashMap<Id, Vec<Id>>,
    pub(crate) posts: HashMap<Id, Post>,
    pub(crate) threads: HashMap<Id, Thread>,
    pub(crate) files: HashMap<Id, File>,
    pub(crate) commands: HashMap<Id, Command>,
    /// Where integrations of commands may answer later.
    pub(super) command_hooks: CommandHooks,
    /// What was shown to one person each.
    pub(crate) ephemerals: Ephemerals,
    /// What signs and seals what leaves the server and comes back.
    pub(crate) secrets: Secrets,
    pub(crate) settings: Settings,
    /// Requests to post that are running or were answered lately.
    pub(super) pending: PendingPosts,
    /// The longest message, in characters.
    pub(crate) max_message: usize,
    /// What is to go wrong.
    pub(crate) faults: Faults,
    /// Counts the restarts.
    pub(crate) life: u64,
}

impl World {
    /// An empty server.
    pub(crate) fn new(options: &Options, faults: Faults) -> Self {
        Self {
            version: options.version,
            hub: Hub::default(),
            users: HashMap::new(),
            usernames: HashMap::new(),
            tokens: HashMap::new(),
            token_ids: HashMap::new(),
            teams: HashMap::new(),
            channels: HashMap::new(),
            channel_names: HashMap::new(),
            memberships: HashMap::new(),
            posts: HashMap::new(),
            threads: HashMap::new(),
            files: HashMap::new(),
            commands: HashMap::new(),
            command_hooks: CommandHooks::default(),
            ephemerals: Ephemerals::default(),
            secrets: Secrets::new(),
            settings: options.settings(),
            pending: PendingPosts::default(),
            max_message: options.max_post_size,
            faults,
            life: 0,
        }
    }

    /// Forgets what a restart forgets: connections with what a resume needs, and callers' own ids for their posts.
    pub(crate) fn begin_anew(&mut self, version: Version) {
        self.cut_sockets();
        self.hub.sweep(i64::MAX);
        self.pending = PendingPosts::default();
        self.version = version;
        self.life += 1;
    }

    /// Up to when reads show what was written.
    pub(crate) fn horizon(&self) -> i64 {
        let lag = self.faults.lag();
        match lag.is_zero() {
            true => i64::MAX,
            false => now_ms().saturating_sub(i64::try_from(lag.as_millis()).unwrap_or(i64::MAX)),
        }
    }
}
