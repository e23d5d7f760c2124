//! The tables of keys as JSON Schemas (draft 07, which OpenClaw reads).

use super::node::MOST;
use super::secret::{PROVIDER, VARIABLE};
use super::table::{ACCOUNT, Key, Kind, OWN, ROOT_ONLY};
use serde_json::{Map, Value, json};

/// The schema of `channels.mattermost`.
#[must_use]
pub fn channel_schema() -> Value {
    whole(&[ACCOUNT, ROOT_ONLY])
}

/// The schema of `plugins.entries.mattermost.config`.
#[must_use]
pub fn plugin_schema() -> Value {
    whole(&[OWN])
}

fn whole(tables: &[&[Key]]) -> Value {
    let mut schema = object(tables);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema
}

fn object(tables: &[&[Key]]) -> Value {
    let properties: Map<String, Value> = tables
        .iter()
        .flat_map(|keys| keys.iter())
        .map(|key| {
            let mut schema = of(&key.kind);
            schema["description"] = json!(key.doc);
            (key.name.to_owned(), schema)
        })
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::People => json!({ "type": "array", "items": { "type": ["string", "number"] } }),
        Kind::Words(words) => json!({ "type": "string", "enum": words }),
        Kind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most.min(&MOST) })
        }
        Kind::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Kind::FlagOr(word) => {
            json!({ "anyOf": [{ "type": "boolean" }, { "type": "string", "const": word }] })
        }
        Kind::TextOrFalse => {
            json!({ "anyOf": [{ "type": "string" }, { "type": "boolean", "const": false }] })
        }
        Kind::Secret => json!({ "anyOf": [{ "type": "string" }, { "oneOf": [
            reference("env", Some(VARIABLE)),
            reference("store", Some(VARIABLE)),
            reference("file", None),
            reference("exec", None),
        ] }] }),
        Kind::Object(keys) => object(&[keys]),
        Kind::Each(keys) => json!({ "type": "object", "additionalProperties": object(&[keys]) }),
    }
}

fn reference(source: &str, id: Option<&str>) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "source": { "type": "string", "const": source },
            "provider": { "type": "string", "pattern": PROVIDER },
            "id": { "type": "string" },
        },
        "required": ["source", "provider", "id"],
        "additionalProperties": false,
    });
    if let Some(pattern) = id {
        schema["properties"]["id"]["pattern"] = json!(pattern);
    }
    schema
}
