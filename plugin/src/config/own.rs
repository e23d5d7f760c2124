//! Keys of this plugin alone.
//!
//! They stand in `plugins.entries.mattermost.config`, where a section that only uses OpenClaw's keys stays readable for
//! the official plugin, and `accounts.<id>` there says otherwise for one account.

use super::channel::canonical_id;
use super::node::Node;
use super::words::words;
use serde_json::Value;

/// Where the plugin's own keys stand.
pub(super) const PATH: &str = "plugins.entries.mattermost.config";

/// Hours that buttons can be clicked: what was clicked is remembered for 30 days.
const BUTTONS_EXPIRE: u64 = 30 * 24;

/// Whether what other bots write is heard: `allowBots`, written as `false`, `"mentions"` or `true`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllowBots {
    /// It is not.
    #[default]
    Off,
    /// When they mention this bot.
    Mentions,
    /// Like what people write.
    On,
}

words! {
    /// Which reactions the agent is told of: `reactionNotifications`.
    #[derive(Default)]
    ReactionNotifications {
        /// None.
        Off = "off",
        /// Those to the bot's own messages.
        Own = "own",
        /// All.
        #[default]
        All = "all",
    }
}

/// The keys of this plugin alone, for one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    pub bots: AllowBots,
    pub reactions: ReactionNotifications,
    pub thread_files: bool,
    /// How long buttons can be clicked, in hours; 0: as long as they are there.
    pub buttons_expire_hours: u64,
}

impl Own {
    pub fn read(config: Node<'_>, account: &str) -> Self {
        let root = config.walk(PATH);
        let mut accounts = root.node("accounts").entries();
        let own = accounts.find(|(id, _)| canonical_id(id) == account).map(|(_, own)| Node::from(own));
        let own = own.unwrap_or_default();
        let bots = |node: Node<'_>| match node.get("allowBots")? {
            Value::Bool(true) => Some(AllowBots::On),
            Value::Bool(false) => Some(AllowBots::Off),
            Value::String(word) if word == "mentions" => Some(AllowBots::Mentions),
            _ => None,
        };
        let reactions = |node: Node<'_>| node.word("reactionNotifications");
        let files = |node: Node<'_>| node.flag("threadFiles");
        let expire = |node: Node<'_>| node.whole("buttonsExpireHours");
        Self {
            bots: bots(own).or_else(|| bots(root)).unwrap_or_default(),
            reactions: reactions(own).or_else(|| reactions(root)).unwrap_or_default(),
            thread_files: files(own).or_else(|| files(root)).unwrap_or_default(),
            buttons_expire_hours: expire(own).or_else(|| expire(root)).unwrap_or(BUTTONS_EXPIRE),
        }
    }
    /// How long buttons can be clicked, in milliseconds.
    pub fn buttons_expire_ms(&self) -> Option<i64> {
        let hours = i64::try_from(self.buttons_expire_hours).ok().filter(|hours| *hours > 0)?;
        hours.checked_mul(60 * 60 * 1000)
    }
}
