//! When the bot is meant. The rules are those of OpenClaw's page on Mattermost, "Chat modes".

use super::mention::{contains_mention, names_a_group, strip_mentions};
use crate::config::{ChatMode, Mention, mention_pattern};
use host_sdk::protocol::{ChatKind, MentionReason};
use mattermost_client::model::ChannelType;
use regex_lite::Regex;

/// A message that the bot may be meant by.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Where.
    pub kind: ChatKind,
    /// The channel's type on the server.
    pub channel_type: &'a ChannelType,
    /// The channel.
    pub channel_id: &'a str,
    /// The thread's first post; empty outside of threads.
    pub root_id: &'a str,
    /// The text.
    pub text: &'a str,
    /// It has files.
    pub has_files: bool,
    /// The server counts the bot among those whom the message is for.
    pub listed_by_server: bool,
    /// The bot took part in the thread.
    pub took_part: bool,
    /// It is a command of somebody who may give one.
    pub commanded: bool,
}

/// Whether a message is for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It is.
    Active(Active),
    /// In a channel, and nothing says that the bot is meant.
    NotMentioned,
    /// The same, where messages begin with a prefix.
    NotTriggered,
    /// There is nothing to answer.
    Empty,
}

/// A message that is for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// What the agent should read: without trigger prefix and mention.
    pub text: String,
    /// The bot's name was written.
    pub named: bool,
    /// Why it is.
    pub reason: MentionReason,
}

/// What decides when the bot is meant, ready for use.
#[derive(Debug)]
pub struct Rules {
    mention: Mention,
    patterns: Vec<Regex>,
}

impl Rules {
    /// The rules of an account. Patterns that are no regular expressions count for nothing.
    #[must_use]
    pub fn new(mention: &Mention) -> Self {
        let patterns = mention.patterns.iter().filter_map(|pattern| mention_pattern(pattern)).collect();
        Self { mention: mention.clone(), patterns }
    }

    /// Whether a message of this channel has to mean the bot, and the key that says so.
    #[must_use]
    pub fn required(&self, channel_id: &str) -> (bool, &'static str) {
        self.mention.required(channel_id)
    }

    /// Is this message for the bot called `username`?
    #[must_use]
    pub fn activation(&self, said: &Said<'_>, username: &str) -> Activation {
        let direct = said.kind == ChatKind::Direct;
        let by_prefix = self.mention.mode == Some(ChatMode::OnChar) && !direct;
        let named = contains_mention(said.text, username);
        let triggered = by_prefix.then(|| after_prefix(said.text, &self.mention.prefixes)).flatten();
        let reason = if direct {
            Some(MentionReason::Direct)
        } else if named {
            Some(MentionReason::Name)
        } else if triggered.is_some() {
            Some(MentionReason::Prefix)
        } else if self.is_listed(said) || self.patterns.iter().any(|pattern| pattern.is_match(said.text)) {
            Some(MentionReason::Pattern)
        } else if said.commanded {
            Some(MentionReason::Command)
        } else if said.took_part && self.mention.thread_participation {
            Some(MentionReason::Thread)
        } else {
            let required = by_prefix || self.required(said.channel_id).0;
            (!required).then_some(MentionReason::Always)
        };
        let Some(reason) = reason else {
            return if by_prefix { Activation::NotTriggered } else { Activation::NotMentioned };
        };
        let mut text = strip_mentions(triggered.unwrap_or(said.text), username);
        if text.trim().is_empty() {
            said.text.trim().clone_into(&mut text);
        }
        if !said.has_files && !has_content(&text, said.text, username) {
            return Activation::Empty;
        }
        Activation::Active(Active { text, named, reason })
    }

    /// The server's own list has the bot also for `@here` and for every message of a group conversation. It says more
    /// than the text only where somebody is named whom the text does not show: a group that the bot belongs to.
    fn is_listed(&self, said: &Said<'_>) -> bool {
        said.listed_by_server
            && matches!(said.channel_type, ChannelType::Public | ChannelType::Private)
            && said.root_id.is_empty()
            && names_a_group(said.text)
    }
}

/// Whether anything can be seen in the text. Somebody who writes nothing but the bot's name wants to be answered, too.
fn has_content(text: &str, raw: &str, username: &str) -> bool {
    let bare = |text: &str| {
        text.trim_matches([' ', '\t'])
            .strip_prefix('@')
            .is_some_and(|name| name.eq_ignore_ascii_case(username))
    };
    if bare(raw) {
        return true;
    }
    // What is left of a text with mentions only is the text itself.
    let seen = strip_mentions(text, username);
    seen.chars().any(|c| !is_invisible(c))
}

/// Blanks, control and format characters, and marks that stand on another character.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text behind the first prefix that it starts with.
fn after_prefix<'a>(raw: &'a str, prefixes: &[String]) -> Option<&'a str> {
    let raw = raw.trim_start();
    prefixes.iter().find_map(|prefix| raw.strip_prefix(prefix.as_str())).map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::has_content;

    #[test]
    fn a_bare_mention_is_content_and_invisible_text_is_none() {
        for text in ["@bot", " @BOT\t", "hi", "🦀", "."] {
            assert!(has_content(text, text, "bot"), "{text:?}");
        }
        for text in ["", " \n", "\u{200b}\u{fe0f}", "@bot @bot", "@bot\n", "@bot\u{2028}", "\u{301}"] {
            assert!(!has_content(text, text, "bot"), "{text:?}");
        }
    }
}
