//! The one struct behind the lock, with its indexes.

use std::collections::HashMap;

use super::{Channel, File, Post, Team, Thread, Token, User, pending::PendingPosts};
use crate::{ids::Id, options::Version, ws::Hub};

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
    /// Requests to post that are running or were answered lately.
    pub(super) pending: PendingPosts,
}

impl World {
    /// An empty server.
    pub(crate) fn new(version: Version) -> Self {
        Self {
            version,
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
            pending: PendingPosts::default(),
        }
    }
}
