//! The keys of the section, so that a typo is found.

use host_sdk::protocol::Error;
use serde_json::{Map, Value};

/// Keys that both the section and an account may have.
const SHARED: [&str; 30] = [
    "actions",
    "allowFrom",
    "baseUrl",
    "botToken",
    "capabilities",
    "chatmode",
    "commands",
    "configWrites",
    "contextVisibility",
    "dangerouslyAllowNameMatching",
    "dmChannelRetry",
    "dmPolicy",
    "enabled",
    "groupAllowFrom",
    "groupPolicy",
    "groups",
    "historyLimit",
    "implicitMentions",
    "interactions",
    "markdown",
    "mediaMaxMb",
    "name",
    "network",
    "oncharPrefixes",
    "replyToMode",
    "replyToModeByChatType",
    "requireMention",
    "responsePrefix",
    "streaming",
    "textChunkLimit",
];

/// Keys of the section alone.
const ROOT_ONLY: [&str; 2] = ["accounts", "defaultAccount"];

/// Keys that do something in this version; the others are accepted, and said to be without effect.
const EFFECTIVE: [&str; 13] = [
    "accounts",
    "allowFrom",
    "baseUrl",
    "botToken",
    "chatmode",
    "defaultAccount",
    "dmPolicy",
    "enabled",
    "groupAllowFrom",
    "groupPolicy",
    "name",
    "oncharPrefixes",
    "requireMention",
];

/// Shorter texts are not secrets.
const LIKE_A_SECRET: usize = 20;

/// Refuse a key that nobody knows, naming the nearest one that somebody does.
pub(super) fn check(map: &Map<String, Value>, path: &str, root: bool) -> Result<(), Error> {
    let known = |key: &str| SHARED.contains(&key) || (root && ROOT_ONLY.contains(&key));
    for key in map.keys() {
        if !known(key) {
            let near = nearest(key, root);
            // What resembles no key may be a token that slipped into the wrong place.
            let shown =
                if near.is_some() || key.len() < LIKE_A_SECRET { key.as_str() } else { "(a long key)" };
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(Error::config(
                format!("{path}.{shown}"),
                format!("{path}.{shown} is not a key of the Mattermost channel{hint}"),
            ));
        }
    }
    Ok(())
}

/// The keys that are accepted but do nothing yet, as full paths.
pub(super) fn without_effect(map: &Map<String, Value>, path: &str) -> Vec<String> {
    map.iter()
        .filter(|(key, value)| !EFFECTIVE.contains(&key.as_str()) && !value.is_null())
        .map(|(key, _)| format!("{path}.{key}"))
        .collect()
}

fn nearest(key: &str, root: bool) -> Option<&'static str> {
    let extra: &[&str] = if root { &ROOT_ONLY } else { &[] };
    SHARED
        .iter()
        .chain(extra)
        .map(|known| (strsim::jaro_winkler(&key.to_lowercase(), &known.to_lowercase()), *known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
