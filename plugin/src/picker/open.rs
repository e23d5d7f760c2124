//! A picker is posted when somebody asks for the models by a slash command.

use crate::account::{Account, Deps};
use crate::interactive::{Person, Room};
use crate::turn::Thread;
use mattermost_client::Client;
use std::sync::Arc;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `/model`: the current one.
    Summary,
    /// `/models`: who offers some.
    Providers,
    /// `/models <provider>`: the models of one.
    Models(String),
}

/// Where a picker is posted, and for whom.
#[derive(Clone)]
pub(crate) struct Opening {
    pub account: Arc<Account>,
    pub client: Client,
    pub room: Room,
    /// Only this person may use it.
    pub person: Person,
    pub thread: Thread,
    /// Unique for what asked for it: the same is never posted twice.
    pub delivery_id: String,
}

/// Whether the text of a command asks for a picker.
#[must_use]
pub(crate) fn asked(_text: &str) -> Option<Asked> {
    None
}

/// Post a picker. False when the host has no models to choose from: then the command is the host's to answer.
pub(crate) async fn open(_deps: &Deps, _opening: Opening, _asked: Asked) -> bool {
    false
}
