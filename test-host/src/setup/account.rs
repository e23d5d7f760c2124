//! Accounts in a channel's section.

use super::DEFAULT;
use serde_json::{Map, Value};

/// The longest id.
const LONGEST: usize = 64;

/// An account's id as it is used: small letters, digits, `-` and `_`.
pub fn canonical(id: &str) -> String {
    let mut plain = String::new();
    for c in id.trim().to_lowercase().chars() {
        let kept = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if kept {
            plain.push(c);
        } else if !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain: String = plain.trim_matches('-').chars().take(LONGEST).collect();
    // Names that mean something to JavaScript hosts.
    let refused = ["", "__proto__", "constructor", "prototype"].contains(&plain.as_str());
    if refused { DEFAULT.to_owned() } else { plain }
}

/// The key that an account has in `accounts`.
pub fn key_of(section: &Map<String, Value>, account: &str) -> Option<String> {
    let accounts = section.get("accounts")?.as_object()?;
    if accounts.contains_key(account) {
        return Some(account.to_owned());
    }
    accounts.keys().find(|key| canonical(key) == account).cloned()
}

/// A value that counts for this account only: the root's is the default account's.
pub fn own<'a>(config: &'a Value, channel: &str, account: &str, key: &str) -> Option<&'a Value> {
    let section = config["channels"].get(channel)?.as_object()?;
    let own = key_of(section, account).and_then(|name| section.get("accounts")?.get(&name)?.get(key));
    own.or_else(|| section.get(key).filter(|_| account == DEFAULT))
}

/// Whether an account is configured at all.
pub fn is_known(config: &Value, channel: &str, account: &str) -> bool {
    let section = config["channels"].get(channel).and_then(Value::as_object);
    let named = section.is_some_and(|section| key_of(section, account).is_some());
    named || ["botToken", "baseUrl", "enabled"].iter().any(|key| own(config, channel, account, key).is_some())
}

/// A value of an account: its own, else the root's.
pub fn of<'a>(config: &'a Value, channel: &str, account: &str, key: &str) -> Option<&'a Value> {
    let section = config["channels"].get(channel)?.as_object()?;
    let own = key_of(section, account).and_then(|name| section.get("accounts")?.get(&name)?.get(key));
    own.or_else(|| section.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_roots_token_is_the_default_accounts_only() {
        let config =
            json!({ "channels": { "m": { "botToken": "t", "accounts": { "Two": { "baseUrl": "u" } } } } });
        assert!(own(&config, "m", "default", "botToken").is_some());
        assert!(
            own(&config, "m", "two", "botToken").is_none() && own(&config, "m", "two", "baseUrl").is_some()
        );
        assert!(is_known(&config, "m", "two") && !is_known(&config, "m", "three"));
        assert!(of(&config, "m", "two", "botToken").is_some());
    }

    #[test]
    fn ids_are_brought_into_one_form() {
        for (typed, id) in [
            ("My Bot", "my-bot"),
            ("  ALERTS ", "alerts"),
            ("", "default"),
            ("ä", "default"),
            ("a//b", "a-b"),
            ("__proto__", "default"),
        ] {
            assert_eq!(canonical(typed), id);
        }
        assert_eq!(canonical(&"x".repeat(99)).len(), 64);
    }
}
