//! The addresses that a command's integration may answer at later: `response_url`.

use std::collections::HashMap;

use super::{Command, World};
use crate::{clock::now_ms, errors::ApiError, ids::Id};

/// How long one lives, in milliseconds.
const LIFETIME: i64 = 30 * 60 * 1000;
/// How often one may be used.
const USES: u32 = 5;
/// How many are kept; the oldest goes first.
const MOST: usize = 10_000;

/// Where, and for whom, a command was executed.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) user_id: Id,
    pub(crate) channel_id: Id,
    /// The thread; empty outside of one.
    pub(crate) root_id: String,
}

/// One address.
#[derive(Debug, Clone)]
struct Hook {
    create_at: i64,
    command_id: Id,
    place: Place,
    used: u32,
}

/// All addresses that may still work.
#[derive(Debug, Default)]
pub(crate) struct CommandHooks(HashMap<Id, Hook>);

impl CommandHooks {
    fn open(&mut self, command_id: Id, place: Place, now: i64) -> Id {
        self.0.retain(|_, hook| hook.create_at + LIFETIME > now);
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, hook)| hook.create_at).map(|(id, _)| *id)
        {
            self.0.remove(&oldest);
        }
        let id = Id::new();
        self.0.insert(id, Hook { create_at: now, command_id, place, used: 0 });
        id
    }

    fn live(&mut self, id: Id, now: i64) -> Option<&mut Hook> {
        self.0.get_mut(&id).filter(|hook| hook.create_at + LIFETIME > now)
    }
}

impl World {
    /// Opens an address for answers to one execution of a command; its id.
    pub(crate) fn open_command_hook(&mut self, command_id: Id, place: Place) -> Id {
        self.command_hooks.open(command_id, place, now_ms())
    }

    /// Uses an address once; the command and where it was executed.
    pub(crate) fn use_command_hook(&mut self, id: &str) -> Result<(Command, Place), ApiError> {
        let hook = Id::parse(id)
            .and_then(|id| self.command_hooks.live(id, now_ms()))
            .ok_or(ApiError::missing("app.command_webhook.get.missing", "Unable to get the webhook."))?;
        let command = self
            .commands
            .get(&hook.command_id)
            .ok_or(ApiError::bad("web.command_webhook.command.app_error", "Couldn't find the command."))?;
        if hook.used >= USES {
            return Err(ApiError::bad("app.command_webhook.try_use.invalid", "Unable to use the webhook."));
        }
        hook.used += 1;
        Ok((command.clone(), hook.place.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { user_id: Id::new(), channel_id: Id::new(), root_id: String::new() }
    }

    #[test]
    fn an_address_lives_half_an_hour() {
        let mut hooks = CommandHooks::default();
        let id = hooks.open(Id::new(), place(), 1_000);
        assert!(hooks.live(id, 1_000 + LIFETIME - 1).is_some());
        assert!(hooks.live(id, 1_000 + LIFETIME).is_none());
        let later = hooks.open(Id::new(), place(), 1_000 + LIFETIME);
        assert_eq!(hooks.0.keys().copied().collect::<Vec<_>>(), [later]);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut hooks = CommandHooks::default();
        let first = hooks.open(Id::new(), place(), 0);
        for at in 1..=i64::try_from(MOST).unwrap() {
            hooks.open(Id::new(), place(), at);
        }
        assert!(hooks.live(first, 1).is_none());
        assert_eq!(hooks.0.len(), MOST);
    }
}
