//! Finding references in a configuration, and putting secrets in their place.

use serde_json::Value;
use std::collections::BTreeMap;

/// A reference to a secret that this host looks up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `file`, `exec` or `store`.
    pub source: String,
    /// The provider's name.
    pub provider: String,
    /// Which of its secrets.
    pub id: String,
}

impl Reference {
    /// An object with exactly these three; anything else is none.
    fn of(value: &Value) -> Option<Self> {
        let entries = value.as_object().filter(|entries| entries.len() == 3)?;
        let text = |key: &str| entries.get(key).and_then(Value::as_str).map(str::to_owned);
        let reference = Self { source: text("source")?, provider: text("provider")?, id: text("id")? };
        matches!(reference.source.as_str(), "file" | "exec" | "store").then_some(reference)
    }
}

/// Every reference below a value, with the keys where it stands. What is switched off needs no secret.
pub fn collect(value: &Value, key: &str, found: &mut BTreeMap<Reference, Vec<String>>) {
    if let Some(reference) = Reference::of(value) {
        found.entry(reference).or_default().push(key.to_owned());
        return;
    }
    match value {
        Value::Object(entries) if entries.get("enabled") != Some(&Value::Bool(false)) => {
            entries.iter().for_each(|(name, entry)| collect(entry, &format!("{key}.{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| collect(item, &format!("{key}[{index}]"), found));
        }
        _ => {}
    }
}

/// Put the secrets that were found in their places.
pub fn fill(value: &mut Value, found: &BTreeMap<Reference, String>) {
    if let Some(secret) = Reference::of(value).and_then(|reference| found.get(&reference)) {
        *value = Value::from(secret.as_str());
        return;
    }
    match value {
        Value::Object(entries) => entries.values_mut().for_each(|entry| fill(entry, found)),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_found_where_something_is_switched_on() {
        let secret = |id: &str| json!({ "source": "file", "provider": "p", "id": id });
        let config = json!({
            "a": { "botToken": secret("/a"), "accounts": { "b": { "botToken": secret("/a") } } },
            "off": { "enabled": false, "botToken": secret("/off") },
            "env": { "botToken": { "source": "env", "provider": "default", "id": "X" } },
            "more": { "source": "file", "provider": "p", "id": "x", "mode": "json" },
        });
        let mut found = BTreeMap::new();
        collect(&config, "channels", &mut found);
        let keys: Vec<&String> = found.values().flatten().collect();
        assert_eq!(keys, ["channels.a.accounts.b.botToken", "channels.a.botToken"]);
    }
}
