//! What the agent may do besides sending.
//!
//! OpenClaw knows two gates, in `channels.mattermost.actions`; those for what only this plugin does stand among its own
//! keys, and `accounts.<id>.actions` there says otherwise for one account.

use super::channel::canonical_id;
use super::node::{Layers, Node};
use super::own;
use std::collections::BTreeSet;

/// What the agent may do besides sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions {
    /// React to messages, and see who reacted.
    pub reactions: bool,
    /// Read a channel's messages.
    pub messages: bool,
    /// Change the bot's own messages.
    pub edit: bool,
    /// Delete the bot's own messages.
    pub delete: bool,
    /// Pin messages; what is pinned is read only with `messages`.
    pub pins: Pins,
    /// Look for messages.
    pub search: bool,
    /// Read threads.
    pub threads: bool,
    /// Ask what a channel is.
    pub channel_info: bool,
    /// The ids that `groups` names, or `*`: channels that may be read from elsewhere too.
    pub listed_channels: BTreeSet<String>,
}

/// Which messages an agent may pin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pins {
    /// None: `false`.
    Off,
    /// The bot's own: nothing is configured.
    #[default]
    Own,
    /// All of its conversation: `true`.
    All,
}

impl Default for Actions {
    fn default() -> Self {
        Self {
            reactions: true,
            messages: false,
            edit: true,
            delete: true,
            pins: Pins::Own,
            search: false,
            threads: false,
            channel_info: true,
            listed_channels: BTreeSet::new(),
        }
    }
}

impl Actions {
    pub(super) fn read(layers: &Layers<'_>, account: &str) -> Self {
        let read = |key, otherwise| layers.through("actions", |node| node.flag(key)).unwrap_or(otherwise);
        let root = layers.config.walk(own::PATH);
        let mut accounts = root.node("accounts").entries();
        let account = accounts.find(|(id, _)| canonical_id(id) == account).map(|(_, own)| Node::from(own));
        let layered = [account.unwrap_or_default().node("actions"), root.node("actions")];
        let own = |key| layered.iter().find_map(|node| node.flag(key));
        let default = Self::default();
        let messages = read("messages", default.messages);
        Self {
            reactions: read("reactions", default.reactions),
            messages,
            edit: own("edit").unwrap_or(default.edit),
            delete: own("delete").unwrap_or(default.delete),
            pins: match own("pins") {
                None => Pins::Own,
                Some(true) => Pins::All,
                Some(false) => Pins::Off,
            },
            search: own("search").unwrap_or(messages),
            threads: own("threads").unwrap_or(messages),
            channel_info: own("channelInfo").unwrap_or(default.channel_info),
            listed_channels: layers.merged.node("groups").entries().map(|(id, _)| id.clone()).collect(),
        }
    }
}
