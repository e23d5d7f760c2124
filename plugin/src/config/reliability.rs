//! How much is caught up, and how bursts are merged.
//!
//! The keys of catching up are this plugin's own, so they stand in `plugins.entries.mattermost.config`, where they are in
//! nobody's way; `messages.inbound` is OpenClaw's.

use super::check::{refused, wrong};
use super::node::Node;
use super::own;
use crate::catchup::Limits;
use host_sdk::protocol::Error;
use serde_json::{Map, Value};
use std::time::Duration;

const HOUR: u64 = 60 * 60;
/// The longest wait for more of a burst.
const MOST_DEBOUNCE: u64 = 60_000;

/// `catchUp.maxAgeHours` (24) and `catchUp.maxPosts` (10 000 per channel), checked before.
pub(super) fn limits(config: Node<'_>) -> Limits {
    let mut limits = Limits::default();
    let catch_up = config.walk(own::PATH).node("catchUp");
    if let Some(hours) = catch_up.whole("maxAgeHours") {
        limits.age = Duration::from_secs(hours * HOUR);
    }
    if let Some(posts) = catch_up.whole("maxPosts") {
        limits.posts = posts;
    }
    limits
}

/// `messages.inbound.byChannel.mattermost`, else `messages.inbound.debounceMs`, else none.
pub(super) fn debounce(config: &Value) -> Result<Duration, Error> {
    const INBOUND: &str = "messages.inbound";
    const BY_CHANNEL: &str = "messages.inbound.byChannel";
    let own = walk(config, BY_CHANNEL)?
        .map(|by_channel| number(by_channel, BY_CHANNEL, "mattermost", MOST_DEBOUNCE))
        .transpose()?
        .flatten();
    let general = walk(config, INBOUND)?
        .map(|inbound| number(inbound, INBOUND, "debounceMs", MOST_DEBOUNCE))
        .transpose()?
        .flatten();
    Ok(Duration::from_millis(own.or(general).unwrap_or_default()))
}

/// The object at a path; `None` when it or something above it is missing.
fn walk<'a>(config: &'a Value, path: &str) -> Result<Option<&'a Map<String, Value>>, Error> {
    let (mut value, mut walked) = (config, String::new());
    for key in path.split('.') {
        if !walked.is_empty() {
            walked.push('.');
        }
        walked.push_str(key);
        value = match value.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(object @ Value::Object(_)) => object,
            Some(other) => return Err(wrong(&walked, "an object", other)),
        };
    }
    Ok(value.as_object())
}

fn number(map: &Map<String, Value>, path: &str, key: &str, most: u64) -> Result<Option<u64>, Error> {
    let path = format!("{path}.{key}");
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let expected = format!("a whole number from 0 to {most}");
            let read = value.as_u64().filter(|number| *number <= most);
            read.map(Some).ok_or_else(|| match value {
                Value::Number(_) => refused(&path, &expected, "another number"),
                other => wrong(&path, &expected, other),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{debounce, limits};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn missing_keys_mean_the_documented_values() {
        let read = limits((&json!({})).into());
        assert_eq!((read.age, read.posts), (Duration::from_secs(86_400), 10_000));
        assert_eq!(debounce(&json!({})).unwrap(), Duration::ZERO);
    }

    #[test]
    fn the_channels_own_debounce_wins() {
        let config = json!({"messages": {"inbound": {"debounceMs": 100, "byChannel": {"mattermost": 250}}}});
        assert_eq!(debounce(&config).unwrap(), Duration::from_millis(250));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_path_and_not_shown() {
        let error = debounce(&json!({"messages": {"inbound": {"debounceMs": -17}}})).unwrap_err().message;
        assert!(
            error.contains("messages.inbound.debounceMs must be a whole number from 0 to 60000"),
            "{error}"
        );
        assert!(!error.contains("17"), "{error}");
    }
}
