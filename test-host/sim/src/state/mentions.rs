//! Finding names and hashtags in messages.

use std::collections::BTreeSet;

use super::{Channel, Post, World};
use crate::ids::Id;

impl World {
    /// Whom a post is for: those named, everybody for `@channel`, the other side of a conversation. Never the author.
    pub(super) fn mentioned(&self, post: &Post, channel: &Channel, extra: Option<Id>) -> BTreeSet<Id> {
        let mut found: BTreeSet<Id> = extra.into_iter().collect();
        if post.is_system() {
            found.retain(|id| channel.members.contains_key(id));
            return found;
        }
        if self.addresses_everybody(channel) {
            found.extend(channel.members.keys());
        }
        for name in names(&post.message) {
            match name.as_str() {
                "channel" | "all" => found.extend(channel.members.keys()),
                "here" => found.extend(self.online_members(channel)),
                name => {
                    // A name may be followed by a full stop or a dash that also may be part of names.
                    let trimmed = name.trim_end_matches(['.', '-', '_']);
                    let user = self.user_by_name(name).or_else(|| self.user_by_name(trimmed));
                    found.extend(user.map(|user| user.id).filter(|id| channel.members.contains_key(id)));
                }
            }
        }
        found.remove(&post.user_id);
        found
    }
}

/// The lower-case words after `@` outside of code.
fn names(message: &str) -> Vec<String> {
    if !message.contains('@') {
        return Vec::new();
    }
    let text = without_code(message);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric()) {
            continue;
        }
        let word: String = text[at + 1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            .collect();
        if !word.is_empty() {
            found.push(word.to_lowercase());
        }
    }
    found
}

/// The message without fenced blocks and code spans.
fn without_code(message: &str) -> String {
    let mut kept = String::with_capacity(message.len());
    for (index, part) in message.split("```").enumerate() {
        if index % 2 == 1 {
            continue;
        }
        for (index, part) in part.split('`').enumerate() {
            if index % 2 == 0 {
                kept.push_str(part);
            }
            kept.push(' ');
        }
    }
    kept
}

/// The hashtags of a message, separated by spaces.
pub(super) fn hashtags(message: &str) -> String {
    if !message.contains('#') {
        return String::new();
    }
    message
        .split_whitespace()
        .map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            let mut letters = word.chars();
            letters.next() == Some('#')
                && letters.next().is_some_and(char::is_alphabetic)
                && word.chars().count() > 3
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_and_in_mail_addresses_are_none() {
        assert_eq!(names("hi @Bob. `@code` ```\n@fence\n``` me@example.com @a-b"), ["bob.", "a-b"]);
    }

    #[test]
    fn hashtags_begin_with_a_letter_and_have_three_characters() {
        assert_eq!(hashtags("#one, #2two #ab #three!"), "#one #three");
    }
}
