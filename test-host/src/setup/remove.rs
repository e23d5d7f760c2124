//! Taking accounts out of a configuration.

use super::DEFAULT;
use super::account::key_of;
use serde_json::{Map, Value, json};

/// Switch an account off; missing when there is no such account.
pub fn disable(config: &Value, channel: &str, account: &str) -> Option<Value> {
    let mut config = config.clone();
    let section = config["channels"].get_mut(channel)?.as_object_mut()?;
    let target = match key_of(section, account) {
        Some(key) => section.get_mut("accounts")?.get_mut(&key)?.as_object_mut()?,
        // The root's switch is for every account.
        None if account == DEFAULT && only_account(section) => section,
        None if account == DEFAULT && has_credentials(section) => {
            let accounts = section.entry("accounts").or_insert_with(|| json!({}));
            accounts.as_object_mut()?.entry(DEFAULT).or_insert_with(|| json!({})).as_object_mut()?
        }
        None => return None,
    };
    target.insert("enabled".to_owned(), json!(false));
    Some(config)
}

/// Remove an account's settings; missing when there is no such account.
pub fn delete(config: &Value, channel: &str, account: &str) -> Option<Value> {
    let mut config = config.clone();
    let channels = config["channels"].as_object_mut()?;
    let section = channels.get_mut(channel)?.as_object_mut()?;
    let key = key_of(section, account);
    if account == DEFAULT && key.is_none() && only_account(section) {
        channels.remove(channel);
        return Some(config);
    }
    let at_root = account == DEFAULT && has_credentials(section);
    if key.is_none() && !at_root {
        return None;
    }
    if at_root {
        ["botToken", "baseUrl", "name"].iter().for_each(|key| drop(section.remove(*key)));
    }
    if let Some(accounts) = section.get_mut("accounts").and_then(Value::as_object_mut) {
        key.iter().for_each(|key| drop(accounts.remove(key)));
        if accounts.is_empty() {
            section.remove("accounts");
        }
    }
    Some(config)
}

fn only_account(section: &Map<String, Value>) -> bool {
    section.get("accounts").and_then(Value::as_object).is_none_or(Map::is_empty)
}

fn has_credentials(section: &Map<String, Value>) -> bool {
    section.contains_key("botToken") || section.contains_key("baseUrl")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn config(section: &Value) -> Value {
        json!({ "channels": { "m": section } })
    }

    fn section(config: Option<Value>) -> Value {
        config.unwrap()["channels"]["m"].take()
    }

    #[test]
    fn the_only_account_is_the_section() {
        let one = config(&json!({ "botToken": "t" }));
        assert_eq!(section(disable(&one, "m", "default")), json!({ "botToken": "t", "enabled": false }));
        assert_eq!(delete(&one, "m", "default").unwrap(), json!({ "channels": {} }));
    }

    #[test]
    fn one_of_many_leaves_the_others_alone() {
        let many = config(&json!({ "botToken": "t", "dmPolicy": "open", "accounts": { "A": { "x": 1 } } }));
        assert_eq!(section(disable(&many, "m", "a"))["accounts"]["A"], json!({ "x": 1, "enabled": false }));
        let without = section(disable(&many, "m", "default"));
        assert_eq!(
            (&without["accounts"]["default"], without.get("enabled")),
            (&json!({ "enabled": false }), None)
        );
        assert_eq!(section(delete(&many, "m", "a")), json!({ "botToken": "t", "dmPolicy": "open" }));
        let without = section(delete(&many, "m", "default"));
        assert_eq!(without, json!({ "dmPolicy": "open", "accounts": { "A": { "x": 1 } } }));
    }

    #[test]
    fn an_account_that_is_not_there_is_not_removed() {
        let many = config(&json!({ "accounts": { "a": {} } }));
        for account in ["b", "default"] {
            assert!(
                disable(&many, "m", account).is_none() && delete(&many, "m", account).is_none(),
                "{account}"
            );
        }
        assert!(delete(&json!({}), "m", "default").is_none());
    }
}
