//! What an account's server said of names and ids, for a while.

use super::aging::Aging;
use crate::outbox::Target;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Entries of each kind.
const MOST: usize = 1_024;
/// What a bare id is does not change, but a user may be made or removed.
const OPAQUE: Duration = Duration::from_secs(5 * 60);
/// People and channels get other names, and channels are made anew.
const NAMES: Duration = Duration::from_secs(10 * 60);

/// What a bare id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opaque {
    /// A user.
    User,
    /// A channel.
    Channel,
}

/// What an account's server said. A new token or server is another account, with a memory of its own.
#[derive(Debug)]
pub(crate) struct Names {
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    opaque: Aging,
    /// User ids by name.
    users: Aging,
    /// Channel ids by name, as it was asked for.
    channels: Aging,
    /// Direct channels by user id.
    direct: Aging,
}

impl Default for Names {
    fn default() -> Self {
        let memory = Memory {
            opaque: Aging::new(MOST, OPAQUE),
            users: Aging::new(MOST, NAMES),
            channels: Aging::new(MOST, NAMES),
            direct: Aging::new(MOST, NAMES),
        };
        Self { memory: Mutex::new(memory) }
    }
}

impl Names {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a bare id is.
    pub(crate) fn opaque(&self, id: &str) -> Option<Opaque> {
        let kind = self.memory().opaque.get(id, Instant::now())?;
        Some(if kind == "user" { Opaque::User } else { Opaque::Channel })
    }

    /// A bare id is this.
    pub(crate) fn is(&self, id: &str, what: Opaque) {
        let kind = if what == Opaque::User { "user" } else { "channel" };
        self.memory().opaque.insert(id, kind, Instant::now());
    }

    /// The id of the user with this name.
    pub(crate) fn user(&self, name: &str) -> Option<String> {
        self.memory().users.get(name, Instant::now())
    }

    /// The user with this name has this id.
    pub(crate) fn user_is(&self, name: &str, id: &str) {
        self.memory().users.insert(name, id, Instant::now());
    }

    /// The id of the channel with this name.
    pub(crate) fn channel(&self, name: &str) -> Option<String> {
        self.memory().channels.get(name, Instant::now())
    }

    /// The channel with this name has this id.
    pub(crate) fn channel_is(&self, name: &str, id: &str) {
        self.memory().channels.insert(name, id, Instant::now());
    }

    /// The direct channel with a user.
    pub(crate) fn direct(&self, user_id: &str) -> Option<String> {
        self.memory().direct.get(user_id, Instant::now())
    }

    /// The direct channel with a user is this.
    pub(crate) fn direct_is(&self, user_id: &str, channel_id: &str) {
        self.memory().direct.insert(user_id, channel_id, Instant::now());
    }

    /// What is remembered of a target was wrong.
    pub(crate) fn forget(&self, target: &Target) {
        let mut memory = self.memory();
        let user = match target {
            Target::ChannelId(_) => None,
            Target::ChannelName(name) => {
                memory.channels.remove(name);
                None
            }
            Target::Username(name) => memory.users.remove(name),
            Target::UserId(id) => Some(id.clone()),
            Target::Id(id) => {
                memory.opaque.remove(id);
                Some(id.clone())
            }
        };
        if let Some(user) = user {
            memory.direct.remove(&user);
        }
    }
}
