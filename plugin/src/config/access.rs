//! Who is heard: the policies, the lists, and the groups that the lists may name.

use super::node::{Layers, Node};
use super::words::words;
use std::collections::BTreeMap;

words! {
    /// Who may write to the bot directly.
    #[derive(Default)]
    DmPolicy {
        /// Who has been paired, or is listed in `allowFrom`.
        #[default]
        Pairing = "pairing",
        /// Who is listed in `allowFrom`.
        Allowlist = "allowlist",
        /// Everybody.
        Open = "open",
        /// Nobody.
        Disabled = "disabled",
    }
}

words! {
    /// Who is heard in channels and groups.
    #[derive(Default)]
    GroupPolicy {
        /// Everybody.
        Open = "open",
        /// Nobody.
        Disabled = "disabled",
        /// Who is listed in `groupAllowFrom`, or else in `allowFrom`.
        #[default]
        Allowlist = "allowlist",
    }
}

/// One entry of an allowlist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// `*`.
    Everybody,
    /// `accessGroup:<name>`: the members of a group; the name as it is written.
    Group(String),
    /// A user id or a name, normalised.
    Plain(String),
}

impl Entry {
    /// Read an entry; `None` for a blank one.
    ///
    /// `mattermost:@Id`, `user:id` and ` id ` all mean `id`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self::Everybody);
        }
        if let Some(name) = text.strip_prefix("accessGroup:") {
            return Some(Self::Group(name.trim().to_owned()));
        }
        let plain = normalise(text);
        (!plain.is_empty()).then_some(Self::Plain(plain))
    }

    /// As it can be written.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Everybody => "*".to_owned(),
            Self::Group(name) => format!("accessGroup:{name}"),
            Self::Plain(text) => text.clone(),
        }
    }
}

/// A user id or name as allowlists are compared: without one leading `mattermost:` or `user:`, without one `@`, in lower
/// case. For what is compared with an [`Entry::Plain`].
#[must_use]
pub fn normalise(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("mattermost:").or_else(|| text.strip_prefix("user:")).unwrap_or(&text);
    text.strip_prefix('@').unwrap_or(text).trim().to_owned()
}

/// A named list of people, from `accessGroups` (<https://docs.openclaw.ai/channels/access-groups>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessGroup {
    /// The members for every channel and for this one; a group in a group is not followed.
    pub members: Vec<Entry>,
}

/// Who is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// In direct messages.
    pub dm: DmPolicy,
    /// In channels and groups.
    pub group: GroupPolicy,
    /// `channels.mattermost` is missing as a whole, so that `group` is an allowlist whatever `channels.defaults` says.
    pub group_fallback: bool,
    /// For direct messages.
    pub allow_from: Vec<Entry>,
    /// For channels and groups; `allow_from` counts when it is empty.
    pub group_allow_from: Vec<Entry>,
    /// Entries may also be the sender's name, which the sender can change.
    pub name_matching: bool,
    /// By name. A group that cannot be read has no members.
    pub access_groups: BTreeMap<String, AccessGroup>,
}

impl Policies {
    /// Policies as the account, the section and `channels.defaults` have them, in this order.
    pub(super) fn read(layers: &Layers<'_>, section_missing: bool) -> Self {
        let list = |key| entries(&layers.merged.texts(key).unwrap_or_default());
        let group = layers.merged.word("groupPolicy").or_else(|| layers.defaults().word("groupPolicy"));
        Self {
            dm: layers
                .merged
                .word("dmPolicy")
                .or_else(|| layers.defaults().word("dmPolicy"))
                .unwrap_or_default(),
            group: group.filter(|_| !section_missing).unwrap_or_default(),
            group_fallback: section_missing,
            allow_from: list("allowFrom"),
            group_allow_from: list("groupAllowFrom"),
            name_matching: layers.merged.flag("dangerouslyAllowNameMatching").unwrap_or_default(),
            access_groups: groups(layers.config.node("accessGroups")),
        }
    }
}

fn entries(texts: &[String]) -> Vec<Entry> {
    texts.iter().filter_map(|text| Entry::read(text)).collect()
}

/// The type of group that names senders.
const SENDERS: &str = "message.senders";

fn groups(groups: Node<'_>) -> BTreeMap<String, AccessGroup> {
    let read = |(name, value)| {
        let group = Node::from(value);
        let members = group.node("members");
        let of = |key| members.texts(key).unwrap_or_default();
        let texts = if group.text("type") == Some(SENDERS) {
            [of("*"), of("mattermost")].concat()
        } else {
            Vec::new()
        };
        (String::clone(name), AccessGroup { members: entries(&texts) })
    };
    groups.entries().map(read).collect()
}

/// The groups that admit nobody because they cannot be read, each with a reason.
pub(super) fn group_warnings(config: Node<'_>) -> Vec<String> {
    let wrong = |(name, value)| {
        let group = Node::from(value);
        let reason = match (group.text("type"), group.get("members")) {
            (Some(SENDERS), Some(members)) if members.is_object() => return None,
            (Some(SENDERS), _) => "its members are missing",
            _ => "only groups of the type \"message.senders\" name people of Mattermost",
        };
        Some(format!("accessGroups.{name} admits nobody here: {reason}"))
    };
    config.node("accessGroups").entries().filter_map(wrong).collect()
}
