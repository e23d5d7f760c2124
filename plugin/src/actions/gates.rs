//! Which actions the configuration allows.

use crate::config::{AccountConfig, ChannelConfig, Pins};
use host_sdk::protocol::{Error, ErrorCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names of all actions, `send` included.
pub(crate) const NAMES: [&str; 12] = [
    "send",
    "react",
    "reactions",
    "read",
    "edit",
    "delete",
    "pin",
    "unpin",
    "list-pins",
    "thread",
    "search",
    "channel-info",
];

/// Something that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Reactions,
    Read,
    Edit,
    Delete,
    Pin,
    ListPins,
    Threads,
    Search,
    ChannelInfo,
}

impl Gate {
    fn is_open(self, account: &AccountConfig) -> bool {
        let actions = &account.actions;
        match self {
            Self::Reactions => actions.reactions,
            Self::Read => actions.messages,
            Self::Edit => actions.edit,
            Self::Delete => actions.delete,
            Self::Pin => actions.pins != Pins::Off,
            Self::ListPins => actions.pins != Pins::Off && actions.messages,
            Self::Threads => actions.threads,
            Self::Search => actions.search,
            Self::ChannelInfo => actions.channel_info,
        }
    }

    /// What it is called, and the keys that open it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Reactions => ("reactions are disabled", "channels.mattermost.actions.reactions"),
            Self::Read => ("reading messages is disabled", "channels.mattermost.actions.messages"),
            Self::Edit => ("editing is disabled", "plugins.entries.mattermost.config.actions.edit"),
            Self::Delete => ("deleting is disabled", "plugins.entries.mattermost.config.actions.delete"),
            Self::Pin => ("pinning is disabled", "plugins.entries.mattermost.config.actions.pins"),
            Self::ListPins => (
                "reading what is pinned is disabled",
                "channels.mattermost.actions.messages and plugins.entries.mattermost.config.actions.pins",
            ),
            Self::Threads => (
                "reading threads is disabled",
                "channels.mattermost.actions.messages or plugins.entries.mattermost.config.actions.threads",
            ),
            Self::Search => (
                "searching is disabled",
                "channels.mattermost.actions.messages or plugins.entries.mattermost.config.actions.search",
            ),
            Self::ChannelInfo => {
                ("asking about channels is disabled", "plugins.entries.mattermost.config.actions.channelInfo")
            }
        }
    }

    /// Whether it may be passed, by whomever: what is switched off is off for the command line as well.
    ///
    /// # Errors
    /// `FORBIDDEN`, with the key that would open it.
    pub(super) fn pass(self, account: &AccountConfig) -> Result<(), Error> {
        if self.is_open(account) {
            return Ok(());
        }
        let (what, key) = self.words();
        Err(Error::new(
            ErrorCode::Forbidden,
            format!("Mattermost {what} for the account \"{}\"; set {key} to true", account.id),
        ))
    }
}

/// What an agent may do: the names of the actions, of all accounts and of each.
pub(crate) fn allowed(config: &ChannelConfig) -> Value {
    let mut all = BTreeSet::new();
    let mut accounts = serde_json::Map::new();
    for account in &config.accounts {
        if !account.enabled || account.problem.is_some() || account.token.is_none() {
            continue;
        }
        let open: Vec<&str> =
            NAMES.into_iter().filter(|name| gate(name).is_none_or(|gate| gate.is_open(account))).collect();
        all.extend(open.iter().copied());
        accounts.insert(account.id.clone(), json!(open));
    }
    let all: Vec<&str> = NAMES.into_iter().filter(|name| all.contains(name)).collect();
    json!({ "actions": all, "accounts": accounts })
}

/// The gate of an action; `send` has none.
fn gate(name: &str) -> Option<Gate> {
    Some(match name {
        "react" | "reactions" => Gate::Reactions,
        "read" => Gate::Read,
        "edit" => Gate::Edit,
        "delete" => Gate::Delete,
        "pin" | "unpin" => Gate::Pin,
        "list-pins" => Gate::ListPins,
        "thread" => Gate::Threads,
        "search" => Gate::Search,
        "channel-info" => Gate::ChannelInfo,
        _ => return None,
    })
}
