//! Repairing a configuration: keys of older versions move to where they stand now, and what a person has to decide is
//! told.
//!
//! Pure: what it is given, it gives back changed. Nothing but the keys of older versions is touched.

use super::access::Entry;
use super::node::Node;
use super::section::PATH;
use crate::ids::is_id;
use host_sdk::protocol::ConfigRepair;
use serde_json::{Map, Value, json};

/// Move old keys, and look for what is risky.
#[must_use]
pub fn repair(mut config: Value) -> ConfigRepair {
    let mut changes = Vec::new();
    if let Some(section) = config.pointer_mut("/channels/mattermost").and_then(Value::as_object_mut) {
        let moved = migrate(section, PATH, &mut changes);
        let below = section.get("streaming").and_then(Value::as_object).cloned().unwrap_or_default();
        let accounts = section.get_mut("accounts").and_then(Value::as_object_mut);
        for (id, account) in accounts.into_iter().flatten() {
            if let Some(account) = account.as_object_mut() {
                migrate_account(account, &format!("{PATH}.accounts.{id}"), &moved, &below, &mut changes);
            }
        }
    }
    let warnings = warnings(Node::from(&config));
    ConfigRepair { config, changes, warnings }
}

/// An account's `streaming` hides the section's as a whole, but its old keys did not: what the account had from the
/// section before, it keeps.
fn migrate_account(
    account: &mut Map<String, Value>,
    path: &str,
    moved_below: &Map<String, Value>,
    below: &Map<String, Value>,
    changes: &mut Vec<String>,
) {
    let before = account.get("streaming").cloned().unwrap_or_default();
    let moved = migrate(account, path, changes);
    let inherited = match before {
        // It hid the section's object, but not the section's old keys.
        Value::Object(_) => moved_below.clone(),
        Value::Null if moved.is_empty() => return,
        Value::Null => below.clone(),
        // A mode without an object hid the section's mode; delivery had keys of its own.
        _ => {
            below.iter().filter(|(key, _)| matches!(key.as_str(), "chunkMode" | "block")).map(owned).collect()
        }
    };
    if let Some(streaming) = account.get_mut("streaming").and_then(Value::as_object_mut)
        && fill(streaming, &inherited)
    {
        changes.push(format!(
            "Copied what {path}.streaming had from {PATH} into it, where it would be hidden now"
        ));
    }
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// Add what is missing, at every depth. Says whether something was.
fn fill(target: &mut Map<String, Value>, from: &Map<String, Value>) -> bool {
    let mut added = false;
    for (key, value) in from {
        match (target.get_mut(key), value) {
            (None, _) => {
                target.insert(key.clone(), value.clone());
                added = true;
            }
            (Some(Value::Object(target)), Value::Object(from)) => added |= fill(target, from),
            _ => {}
        }
    }
    added
}

/// Move the old keys of one object. Gives back what was put into `streaming`.
fn migrate(map: &mut Map<String, Value>, path: &str, changes: &mut Vec<String>) -> Map<String, Value> {
    let mut streaming = Map::new();
    if let Some(value) = map.remove("allowPrivateNetwork") {
        let to = ["network", "dangerouslyAllowPrivateNetwork"];
        put(map, path, "allowPrivateNetwork", &to, value, changes);
    }
    if let Some(value) = map.get("streaming").filter(|value| value.is_boolean() || value.is_string()) {
        let mode = mode(value);
        map.remove("streaming");
        put(map, path, "streaming", &["streaming", "mode"], mode.clone(), changes);
        fill(&mut streaming, &nested(&["mode"], mode));
    }
    let moves: [(&str, &[&str]); 4] = [
        ("streamMode", &["streaming", "mode"]),
        ("chunkMode", &["streaming", "chunkMode"]),
        ("blockStreaming", &["streaming", "block", "enabled"]),
        ("blockStreamingCoalesce", &["streaming", "block", "coalesce"]),
    ];
    for (key, to) in moves {
        if let Some(value) = map.remove(key) {
            let value = if key == "streamMode" { mode(&value) } else { value };
            if put(map, path, key, to, value.clone(), changes) {
                fill(&mut streaming, &nested(to.get(1..).unwrap_or_default(), value));
            }
        }
    }
    streaming
}

/// Put a value at a path of keys unless something stands there or in its way. Says whether it was put.
fn put(
    map: &mut Map<String, Value>,
    path: &str,
    from: &str,
    to: &[&str],
    value: Value,
    changes: &mut Vec<String>,
) -> bool {
    let (from, target) = (format!("{path}.{from}"), format!("{path}.{}", to.join(".")));
    let Some((last, above)) = to.split_last() else { return false };
    let mut place = Some(map);
    for key in above {
        place = place.and_then(|map| {
            let slot = map.entry((*key).to_owned()).or_insert(Value::Null);
            if slot.is_null() {
                *slot = json!({});
            }
            slot.as_object_mut()
        });
    }
    let free = place.filter(|map| map.get(*last).is_none_or(Value::is_null));
    let was_free = free.is_some();
    match free {
        Some(map) => {
            map.insert((*last).to_owned(), value);
            changes.push(format!("Moved {from} -> {target}"));
        }
        None => changes.push(format!("Removed {from} ({target} already set)")),
    }
    was_free
}

/// A value at a path of keys of its own.
fn nested(keys: &[&str], value: Value) -> Map<String, Value> {
    let whole = keys.iter().rev().fold(value, |value, key| json!({ *key: value }));
    whole.as_object().cloned().unwrap_or_default()
}

/// What an old mode is called now. One that nobody knows becomes the default.
fn mode(value: &Value) -> Value {
    let word = value.as_str().map(|word| word.trim().to_lowercase());
    json!(match (value, word.as_deref()) {
        (Value::Bool(false), _) | (_, Some("off")) => "off",
        (_, Some("block")) => "block",
        (_, Some("progress")) => "progress",
        _ => "partial",
    })
}

/// How many entries of a list are named.
const EXAMPLES: usize = 8;

/// What works, but is probably riskier than it looks: in the section, and in each account.
fn warnings(config: Node<'_>) -> Vec<String> {
    let section = config.walk(PATH);
    let matching = section.flag("dangerouslyAllowNameMatching");
    let mut warnings = risks(section, PATH, matching);
    for (id, account) in section.node("accounts").entries() {
        let account = Node::from(account);
        let matching = account.flag("dangerouslyAllowNameMatching").or(matching);
        warnings.extend(risks(account, &format!("{PATH}.accounts.{id}"), matching));
    }
    warnings
}

fn risks(node: Node<'_>, path: &str, name_matching: Option<bool>) -> Vec<String> {
    let mut warnings = Vec::new();
    if node.flag("dangerouslyAllowNameMatching") == Some(true) {
        warnings.push(format!(
            "{path}.dangerouslyAllowNameMatching is on: whoever takes a listed name is let in; list user ids instead"
        ));
    }
    if node.text("groupPolicy") == Some("open") {
        warnings.push(format!(
            "channels.mattermost.groups.open: {path}.groupPolicy is \"open\", so everybody in every channel of the bot \
             can ask the agent; \"allowlist\" with groupAllowFrom restricts it"
        ));
    }
    if name_matching != Some(true) {
        for key in ["allowFrom", "groupAllowFrom"] {
            let list = node.texts(key).unwrap_or_default();
            let names: Vec<&str> = list.iter().map(|text| text.trim()).filter(|text| is_name(text)).collect();
            if !names.is_empty() {
                let shown = names.iter().take(EXAMPLES).copied().collect::<Vec<_>>().join(", ");
                let more = names.len().checked_sub(EXAMPLES).filter(|more| *more > 0);
                let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
                warnings.push(format!(
                    "{path}.{key} has entries that are not user ids: {shown}{more}. Names can change hands, so they \
                     admit nobody while dangerouslyAllowNameMatching is off; write the 26 characters of the user id"
                ));
            }
        }
    }
    warnings
}

/// Neither an id nor `*` nor a group.
fn is_name(text: &str) -> bool {
    matches!(Entry::read(text), Some(Entry::Plain(plain)) if !is_id(&plain))
}
