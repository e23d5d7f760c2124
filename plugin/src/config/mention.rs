//! When a message in a channel is for the bot.

use super::node::{Layers, Node};
use super::words::words;
use std::collections::BTreeMap;

words! {
    /// When a message in a channel is for the bot.
    #[derive(Default)]
    ChatMode {
        /// When the bot is mentioned.
        #[default]
        OnCall = "oncall",
        /// Always.
        OnMessage = "onmessage",
        /// When it starts with a trigger prefix, or mentions the bot.
        OnChar = "onchar",
    }
}

/// When a message in a channel is for the bot, with everything that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// `chatmode`, as it is written.
    pub mode: Option<ChatMode>,
    /// The trigger prefixes of [`ChatMode::OnChar`]; never empty.
    pub prefixes: Vec<String>,
    /// A mention is demanded: what `chatmode` says, or else the older key `requireMention`.
    pub require: Option<bool>,
    /// `groups.<channel id or "*">.requireMention`, which wins over `require`.
    pub groups: BTreeMap<String, bool>,
    /// `messages.groupChat.mentionPatterns`: regular expressions that mean the bot too, upper and lower case alike.
    /// Only those that can be compiled.
    pub patterns: Vec<String>,
    /// A follow-up in a thread in which the bot took part needs no mention.
    pub thread_participation: bool,
}

impl Default for Mention {
    fn default() -> Self {
        Self {
            mode: None,
            prefixes: vec![">".to_owned(), "!".to_owned()],
            require: None,
            groups: BTreeMap::new(),
            patterns: Vec::new(),
            thread_participation: true,
        }
    }
}

impl Mention {
    /// `only_account`: there is at most one account, so that its empty `groups` does not hide the section's.
    pub(super) fn read(layers: &Layers<'_>, only_account: bool) -> Self {
        let merged = layers.merged;
        let mode = merged.word::<ChatMode>("chatmode");
        let defaults = Self::default();
        let prefixes = merged.texts("oncharPrefixes").unwrap_or_default();
        let prefixes: Vec<String> = prefixes
            .iter()
            .map(|prefix| prefix.trim().to_owned())
            .filter(|prefix| !prefix.is_empty())
            .collect();
        let mut groups = merged.node("groups");
        if groups.is_empty() && only_account {
            groups = layers.root.node("groups");
        }
        let participation = |node: Node<'_>| node.flag("threadParticipation");
        Self {
            mode,
            prefixes: if prefixes.is_empty() { defaults.prefixes } else { prefixes },
            require: match mode {
                Some(ChatMode::OnCall | ChatMode::OnChar) => Some(true),
                Some(ChatMode::OnMessage) => Some(false),
                None => merged.flag("requireMention"),
            },
            groups: groups
                .entries()
                .filter_map(|(id, value)| Some((id.clone(), Node::from(value).flag("requireMention")?)))
                .collect(),
            patterns: patterns(layers.config)
                .filter(|pattern| mention_pattern(pattern).is_some())
                .map(str::to_owned)
                .collect(),
            thread_participation: layers
                .through("implicitMentions", participation)
                .or_else(|| participation(layers.defaults().node("implicitMentions")))
                .unwrap_or(defaults.thread_participation),
        }
    }
}

impl Mention {
    /// Whether a message of this channel has to mention the bot or begin with a prefix.
    #[must_use]
    pub fn demanded(&self, channel_id: &str) -> bool {
        self.mode == Some(ChatMode::OnChar) || self.required(channel_id).0
    }

    /// Whether a message of this channel has to mention the bot, and the key that says so.
    #[must_use]
    pub fn required(&self, channel_id: &str) -> (bool, &'static str) {
        match (self.groups.get(channel_id), self.groups.get("*"), self.require) {
            (Some(required), ..) => (*required, "groups.<channel id>.requireMention"),
            (None, Some(required), _) => (*required, "groups.\"*\".requireMention"),
            (None, None, Some(required)) => (required, "chatmode"),
            (None, None, None) => (true, "chatmode"),
        }
    }
}

const PATTERNS: &str = "messages.groupChat.mentionPatterns";

fn patterns(config: Node<'_>) -> impl Iterator<Item = &str> {
    let list = config.walk("messages.groupChat").get("mentionPatterns").and_then(serde_json::Value::as_array);
    list.into_iter().flatten().map(|pattern| pattern.as_str().unwrap_or("("))
}

/// A pattern of [`Mention::patterns`], ready to be used: upper and lower case are alike. `None`: it is no regular
/// expression of the kind that is matched in linear time.
#[must_use]
pub fn mention_pattern(pattern: &str) -> Option<regex_lite::Regex> {
    regex_lite::RegexBuilder::new(pattern).case_insensitive(true).build().ok()
}

/// The patterns that are left out, by index: what they say is the operator's and is not repeated.
pub(super) fn pattern_warnings(config: Node<'_>) -> Vec<String> {
    let wrong = patterns(config).enumerate().filter(|(_, pattern)| mention_pattern(pattern).is_none());
    wrong
        .map(|(index, _)| format!("{PATTERNS}[{index}] is not a regular expression that this plugin understands, and is left out"))
        .collect()
}
