//! `${NAME}` in values.

use serde_json::Value;
use std::collections::BTreeSet;

/// A variable that is not there.
#[derive(Debug, PartialEq, Eq)]
pub struct MissingVariable {
    /// The value that needs it, as a path.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// Replace every `${NAME}` in every string. `$${NAME}` stands for the text `${NAME}`; what is no variable name stays.
pub fn fill(value: &mut Value, variable: &dyn Fn(&str) -> Option<String>) -> Result<(), MissingVariable> {
    walk(value, variable, "")
}

/// Every variable that the configuration refers to: as `${NAME}`, escaped or not, because a plugin may fill in what
/// this host leaves, or as `{ source: "env", id: "NAME" }`.
pub fn variables(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
            found.extend(names.map(|(name, _)| name).filter(|name| is_name(name)).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(entries) => {
            if entries.get("source").is_some_and(|source| source == "env") {
                found.extend(entries.get("id").and_then(Value::as_str).map(str::to_owned));
            }
            entries.values().for_each(|entry| collect(entry, found));
        }
        _ => {}
    }
}

fn walk(
    value: &mut Value,
    variable: &dyn Fn(&str) -> Option<String>,
    key: &str,
) -> Result<(), MissingVariable> {
    match value {
        Value::String(text) if text.contains("${") => {
            *text = expand(text, variable)
                .map_err(|name| MissingVariable { key: key.to_owned(), name: name.to_owned() })?;
            Ok(())
        }
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| walk(item, variable, &format!("{key}[{index}]"))),
        Value::Object(entries) => entries.iter_mut().try_for_each(|(name, entry)| {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            walk(entry, variable, &key)
        }),
        _ => Ok(()),
    }
}

/// The text with its variables; `Err` is the name of the first that is missing.
fn expand<'a>(text: &'a str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, &'a str> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, opened) = rest.split_at(start);
        let inside = opened.get(2..).unwrap_or_default();
        let name = inside.split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = inside;
            continue;
        };
        match before.strip_suffix('$') {
            Some(escaped) => expanded.push_str(&format!("{escaped}${{{name}}}")),
            None => {
                expanded.push_str(before);
                expanded.push_str(&variable(name).filter(|value| !value.is_empty()).ok_or(name)?);
            }
        }
        rest = inside.get(name.len() + 1..).unwrap_or_default();
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Capital letters, digits and `_`, as OpenClaw takes them.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variable(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "t0k".to_owned())
    }

    #[test]
    fn names_are_replaced_and_escaped_or_other_dollars_stay() {
        let mut value = json!({ "a": ["x${TOKEN}y${TOKEN}", "$${TOKEN}", "${lower} ${TOKEN", "$5"], "b": 1 });
        fill(&mut value, &variable).unwrap();
        assert_eq!(value, json!({ "a": ["xt0kyt0k", "${TOKEN}", "${lower} ${TOKEN", "$5"], "b": 1 }));
    }

    #[test]
    fn a_missing_variable_is_named_with_its_key() {
        let mut value = json!({ "channels": { "m": [{ "botToken": "${NOPE}" }] } });
        let missing = fill(&mut value, &variable).unwrap_err();
        assert_eq!((missing.key.as_str(), missing.name.as_str()), ("channels.m[0].botToken", "NOPE"));
    }

    #[test]
    fn every_way_to_refer_to_a_variable_is_found() {
        let config = json!({ "a": ["x${ONE}y${TWO}", "$${THREE}", "${lower}"], "b": { "source": "env", "id": "FOUR" } });
        assert_eq!(variables(&config).into_iter().collect::<Vec<_>>(), ["FOUR", "ONE", "THREE", "TWO"]);
    }
}
