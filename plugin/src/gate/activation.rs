//! When the bot is meant.

use super::mention::{contains_mention, strip_mentions};
use crate::config::{ChatMode, Mention};
use host_sdk::protocol::ChatKind;

/// Whether a message is for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It is.
    Active(Active),
    /// In a channel, and nothing says that the bot is meant.
    NotMentioned,
    /// There is nothing to answer.
    Empty,
}

/// A message that is for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// What the agent should read: without trigger prefix and mention.
    pub text: String,
    /// The bot's name was written.
    pub mentioned: bool,
}

/// Is this message for the bot called `username`?
#[must_use]
pub fn activation(
    mention: &Mention,
    kind: ChatKind,
    raw: &str,
    has_files: bool,
    username: &str,
) -> Activation {
    let mode = mention.mode.unwrap_or(match mention.require {
        Some(false) => ChatMode::OnMessage,
        _ => ChatMode::OnCall,
    });
    let mentioned = contains_mention(raw, username);
    let trigger = (mode == ChatMode::OnChar && kind != ChatKind::Direct)
        .then(|| after_prefix(raw, &mention.prefixes))
        .flatten();
    let meant = kind == ChatKind::Direct
        || mentioned
        || match mode {
            ChatMode::OnCall => false,
            ChatMode::OnMessage => true,
            ChatMode::OnChar => trigger.is_some(),
        };
    if !meant {
        return Activation::NotMentioned;
    }
    let mut text = strip_mentions(trigger.unwrap_or(raw), username);
    if text.trim().is_empty() {
        // Somebody who writes nothing but the bot's name wants to be answered.
        raw.trim().clone_into(&mut text);
    }
    if text.is_empty() && !has_files {
        return Activation::Empty;
    }
    Activation::Active(Active { text, mentioned })
}

/// The text behind the first prefix that it starts with.
fn after_prefix<'a>(raw: &'a str, prefixes: &[String]) -> Option<&'a str> {
    let raw = raw.trim_start();
    prefixes.iter().find_map(|prefix| raw.strip_prefix(prefix.as_str())).map(str::trim_start)
}
