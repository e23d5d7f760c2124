//! What operators are told of an account's slash commands.

use crate::callbacks::Concern;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Things that are told once; more of them are not remembered, and told again.
const MOST: usize = 10_000;

/// What was told. As long as the process lives.
#[derive(Debug, Default)]
pub(super) struct Told {
    told: Mutex<HashSet<String>>,
}

impl Told {
    /// Whether this is told for the first time.
    pub(super) fn first(&self, what: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(what.to_owned())
    }

    /// It is over: the next time is a first time.
    pub(super) fn over(&self, what: &str) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).remove(what);
    }
}

/// The server does not let the bot register commands.
pub(super) fn not_allowed(teams: usize, of: usize) -> String {
    format!(
        "Mattermost does not let the bot register slash commands in {teams} of {of} teams: it needs the permission \
         manage_own_slash_commands there. Either make the bot an admin of the team (team menu > Manage Members), or give \
         the permission to its role in System Console > User Management > Permissions. Everything else works without"
    )
}

/// An address that the server may not reach, or that is read by others on the way.
pub(super) fn concern(concern: Concern, url: &str, server: &str) -> String {
    match concern {
        Concern::Loopback => format!(
            "slash commands: callbackUrl resolved to {url} (loopback), which means the server's own machine to the server \
             {server}: set channels.mattermost.commands.callbackUrl to an address of this gateway that the server reaches"
        ),
        Concern::ClearText => format!(
            "slash commands: the server sends the tokens of commands to {url} in clear text: put https in front of the \
             gateway and set channels.mattermost.commands.callbackUrl to that address"
        ),
    }
}
