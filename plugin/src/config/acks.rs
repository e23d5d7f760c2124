//! Which emojis show that a message was heard, and how far the work on it is: OpenClaw's own keys in `messages`.
//!
//! <https://docs.openclaw.ai/gateway/configuration-reference>

use super::node::Node;
use super::words::words;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

words! {
    /// Which messages are acknowledged: `messages.ackReactionScope`.
    #[derive(Default)]
    AckScope {
        /// Those in channels and groups where a mention is demanded, and which mention the bot.
        #[default]
        GroupMentions = "group-mentions",
        /// All in channels and groups.
        GroupAll = "group-all",
        /// Direct messages.
        Direct = "direct",
        /// All.
        All = "all",
        /// None.
        Off = "off",
        /// None, too.
        None = "none",
    }
}

/// Which emojis show that a message was heard, and how far the work on it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acks {
    /// Which messages are acknowledged.
    pub scope: AckScope,
    /// `messages.ackReaction`, as it is written; empty: none. `None`: the agent's emoji.
    pub emoji: Option<String>,
    /// `identity.emoji` of the agents that have one, by id in lower case.
    pub agents: BTreeMap<String, String>,
    /// `messages.removeAckAfterReply`: it is taken off when the turn is over.
    pub remove: bool,
    /// `messages.statusReactions`, where it is switched on.
    pub status: Option<StatusEmojis>,
}

/// The emojis of a turn, one after the other, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEmojis {
    /// The agent works on it.
    pub thinking: String,
    /// It uses a tool.
    pub tool: String,
    /// It is done.
    pub done: String,
    /// It failed.
    pub error: String,
    /// A change that is followed by another one so soon is not shown.
    pub debounce: Duration,
    /// How long the end is shown.
    pub done_hold: Duration,
    /// How long a failure is shown.
    pub error_hold: Duration,
}

/// What is shown where nothing is configured.
const EYES: &str = "👀";
/// A pause that is longer than this is none.
const LONGEST: Duration = Duration::from_secs(60);

impl Default for Acks {
    fn default() -> Self {
        Self::read(Node::default())
    }
}

impl Acks {
    /// From the whole configuration.
    pub(super) fn read(config: Node<'_>) -> Self {
        let messages = config.node("messages");
        let status = messages.node("statusReactions");
        Self {
            scope: messages.word("ackReactionScope").unwrap_or_default(),
            emoji: messages.text("ackReaction").map(|text| text.trim().to_owned()),
            agents: agents(config.node("agents")),
            remove: messages.flag("removeAckAfterReply").unwrap_or_default(),
            status: (status.flag("enabled") == Some(true)).then(|| StatusEmojis::read(status)),
        }
    }

    /// The emoji for what an agent heard, as it is written; empty: none is shown.
    #[must_use]
    pub fn emoji(&self, agent_id: &str) -> &str {
        let agents = || self.agents.get(&agent_id.to_lowercase()).map(String::as_str);
        self.emoji.as_deref().or_else(agents).unwrap_or(EYES)
    }
}

impl StatusEmojis {
    fn read(node: Node<'_>) -> Self {
        let (emojis, timing) = (node.node("emojis"), node.node("timing"));
        let emoji = |key, otherwise: &str| emojis.filled(key).unwrap_or_else(|| otherwise.to_owned());
        let pause =
            |key, otherwise| Duration::from_millis(timing.whole(key).unwrap_or(otherwise)).min(LONGEST);
        Self {
            thinking: emoji("thinking", "🤔"),
            tool: emoji("tool", "🔥"),
            done: emoji("done", "👍"),
            error: emoji("error", "😱"),
            debounce: pause("debounceMs", 700),
            done_hold: pause("doneHoldMs", 1_500),
            error_hold: pause("errorHoldMs", 2_500),
        }
    }
}

/// `agents.entries` is a map by id, the older `agents.list` a list.
fn agents(agents: Node<'_>) -> BTreeMap<String, String> {
    let emoji = |agent: Node<'_>| agent.node("identity").filled("emoji");
    let list = agents.get("list").and_then(Value::as_array).into_iter().flatten();
    let listed = list.filter_map(|agent| {
        let agent = Node::from(agent);
        Some((agent.filled("id")?.to_lowercase(), emoji(agent)?))
    });
    let entries = agents.node("entries").entries();
    let named = entries.filter_map(|(id, agent)| Some((id.to_lowercase(), emoji(agent.into())?)));
    listed.chain(named).collect()
}
