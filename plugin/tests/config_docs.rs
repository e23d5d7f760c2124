//! The tables in docs/configuration.md have every key there is.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod support;

use host_sdk::protocol::QueryRequest;
use serde_json::Value;
use std::fmt::Write as _;

const BEGIN: &str = "<!-- keys: generated, see plugin/tests/config_docs.rs -->\n";

fn kind(schema: &Value) -> String {
    let words = |values: &Value| {
        let words: Vec<String> = values.as_array().unwrap().iter().map(|word| format!("`{word}`")).collect();
        words.join(" ").replace('"', "")
    };
    if let Some(words_) = schema.get("enum") {
        return words(words_);
    }
    if let Some(any) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        let mut kinds: Vec<String> = any.as_array().unwrap().iter().map(kind).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    if let Some(word) = schema.get("const") {
        return format!("`{word}`").replace('"', "");
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    match schema["type"].as_str().unwrap_or("any") {
        "integer" => match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) if most < 1_000_000_000 => format!("{least} to {most}"),
            (Some(least), _) => format!("from {least}"),
            _ => "whole number".to_owned(),
        },
        "boolean" => "`true` or `false`".to_owned(),
        "array" => "list".to_owned(),
        other => other.to_owned(),
    }
}

fn rows(out: &mut String, path: &str, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, schema) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let inner = schema.get("additionalProperties").filter(|inner| inner.is_object());
        let doc = schema["description"].as_str().unwrap_or_default().replace('|', "\\|");
        if schema.get("properties").is_none() && inner.is_none() {
            writeln!(out, "| `{path}` | {} | {doc} |", kind(schema)).unwrap();
            continue;
        }
        writeln!(out, "| `{path}` | object | {doc} |").unwrap();
        rows(out, &path, schema);
        // The keys of an account are those of the section.
        if let Some(inner) = inner.filter(|_| path != "accounts") {
            rows(out, &format!("{path}.<id>"), inner);
        }
    }
}

#[test]
fn every_key_is_in_the_documentation() {
    let schemas = support::library().query(&QueryRequest::ConfigSchema {}).unwrap();
    let mut tables = String::new();
    for (title, key) in
        [("`channels.mattermost`", "channel"), ("`plugins.entries.mattermost.config`", "plugin")]
    {
        writeln!(tables, "\n## {title}\n\n| key | value | meaning |\n|---|---|---|").unwrap();
        rows(&mut tables, "", &schemas[key]);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, found) = text.split_once(BEGIN).unwrap();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        return std::fs::write(path, format!("{head}{BEGIN}{tables}")).unwrap();
    }
    assert!(
        found == tables,
        "rewrite it with UPDATE_SCHEMAS=1 cargo test -p openclaw-mattermost --test config_docs"
    );
    assert!(tables.lines().count() > 60, "{tables}");
}
