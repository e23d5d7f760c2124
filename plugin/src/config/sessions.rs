//! Which agent answers, and which conversation it continues: what OpenClaw's own keys say of it.
//!
//! <https://docs.openclaw.ai/channels/channel-routing>

use super::channel::canonical_id;
use super::node::{Layers, Node};
use super::words::words;
use host_sdk::protocol::ChatKind;
use serde_json::Value;
use std::collections::BTreeMap;

words! {
    /// What direct messages of different people have to do with each other.
    #[derive(Default)]
    DmScope {
        /// All go on in one conversation, the agent's main one.
        #[default]
        Main = "main",
        /// One conversation per person, over all channels.
        PerPeer = "per-peer",
        /// One per person and channel.
        PerChannelPeer = "per-channel-peer",
        /// One per person, channel and account.
        PerAccountChannelPeer = "per-account-channel-peer",
    }
}

/// Which conversation a message continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// `session.dmScope`.
    pub dm_scope: DmScope,
    /// `session.groupScope` is `"main"`: channels and groups continue the main conversation too.
    pub group_main: bool,
    /// `session.mainKey`, in lower case: the main conversation's name.
    pub main_key: String,
    /// `session.identityLinks`: the same person's ids on different channels (`mattermost:<user id>`), by a common name.
    pub identity_links: BTreeMap<String, Vec<String>>,
    /// `bindings[]`, those that can apply to this account, in their order.
    pub bindings: Vec<Binding>,
    /// The agent that answers where no binding says otherwise.
    pub default_agent: String,
    /// `agents.defaults.userTimezone`: the zone of the times that the agent reads, like `Europe/Berlin`.
    pub time_zone: Option<String>,
}

/// One binding of a part of the conversations to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The agent that answers.
    pub agent_id: String,
    /// It was written for every account (`accountId: "*"`), which counts less than one for this account.
    pub every_account: bool,
    /// Only with this one.
    pub peer: Option<Peer>,
    /// Only in this team.
    pub team_id: Option<String>,
}

/// Somebody or somewhere that a binding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The kind of conversation.
    pub kind: ChatKind,
    /// The sender's id in direct messages, else the channel's, in lower case; `*`: any.
    pub id: String,
}

/// The name of the main conversation, and of the agent where none is configured.
const MAIN: &str = "main";

impl Default for Sessions {
    fn default() -> Self {
        Self {
            dm_scope: DmScope::Main,
            group_main: false,
            main_key: MAIN.to_owned(),
            identity_links: BTreeMap::new(),
            bindings: Vec::new(),
            default_agent: MAIN.to_owned(),
            time_zone: None,
        }
    }
}

impl Sessions {
    pub(super) fn read(layers: &Layers<'_>, account: &str, default_account: &str) -> Self {
        let session = layers.config.node("session");
        let bindings = layers.config.get("bindings").and_then(Value::as_array);
        let links = session.node("identityLinks");
        Self {
            dm_scope: session.word("dmScope").unwrap_or_default(),
            group_main: session.text("groupScope") == Some(MAIN),
            main_key: session.filled("mainKey").map_or_else(|| MAIN.to_owned(), |key| key.to_lowercase()),
            identity_links: links
                .entries()
                .filter_map(|(name, _)| Some((name.clone(), links.texts(name)?)))
                .collect(),
            bindings: bindings
                .into_iter()
                .flatten()
                .filter_map(|binding| Binding::read(binding.into(), account, default_account))
                .collect(),
            default_agent: default_agent(layers.config.node("agents")),
            time_zone: layers.config.walk("agents.defaults").filled("userTimezone"),
        }
    }
}

impl Binding {
    /// A binding that can apply to this account. One that names no account is for the default one.
    fn read(binding: Node<'_>, account: &str, default_account: &str) -> Option<Self> {
        let facts = binding.node("match");
        let of_channel =
            facts.filled("channel").is_some_and(|channel| channel.eq_ignore_ascii_case("mattermost"));
        let written = facts.filled("accountId");
        let every_account = written.as_deref() == Some("*");
        let named = written.map_or_else(|| default_account.to_owned(), |id| canonical_id(&id));
        // A type that is missing is a route; others ("acp") bind something else.
        let route = binding.text("type").is_none_or(|kind| kind == "route");
        let peer = match facts.get("peer") {
            None => None,
            Some(peer) => Some(Peer::read(peer.into())?),
        };
        (of_channel && route && (every_account || named == account)).then_some(())?;
        Some(Self {
            agent_id: binding.filled("agentId")?.to_lowercase(),
            every_account,
            peer,
            team_id: facts.filled("teamId"),
        })
    }
}

impl Peer {
    fn read(peer: Node<'_>) -> Option<Self> {
        let kind = match peer.text("kind")? {
            "direct" | "dm" => ChatKind::Direct,
            "group" => ChatKind::Group,
            "channel" => ChatKind::Channel,
            _ => return None,
        };
        Some(Self { kind, id: peer.filled("id")?.to_lowercase() })
    }
}

/// The agent marked as default, else the first one. `agents.entries` is a map by id, the older `agents.list` a list.
fn default_agent(agents: Node<'_>) -> String {
    let list = agents.get("list").and_then(Value::as_array).into_iter().flatten();
    let listed = list.filter_map(|agent| {
        let agent = Node::from(agent);
        Some((agent.filled("id")?, agent.flag("default") == Some(true)))
    });
    let entries = agents.node("entries").entries();
    let named = entries.map(|(id, agent)| (id.clone(), Node::from(agent).flag("default") == Some(true)));
    let all: Vec<(String, bool)> = named.chain(listed).collect();
    let chosen = all.iter().find(|(_, default)| *default).or_else(|| all.first());
    chosen.map_or_else(|| MAIN.to_owned(), |(id, _)| id.to_lowercase())
}
