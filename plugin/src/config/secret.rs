//! Values that may be references to secrets: `{source, provider, id}`, `${NAME}` or `$NAME`.
//!
//! <https://docs.openclaw.ai/gateway/secrets>

use super::check::{refused, wrong};
use super::env::Env;
use host_sdk::protocol::Error;
use serde_json::{Map, Value};

/// What a value is, once looked up.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Secret {
    /// Missing or blank.
    Missing,
    /// Here it is.
    Text(String),
    /// A reference that leads nowhere here, and why.
    Unavailable(Error),
}

/// The keys of a reference.
const KEYS: [&str; 3] = ["source", "provider", "id"];
const SOURCES: [&str; 4] = ["env", "store", "file", "exec"];

/// Look up a value whose shape was checked.
pub(super) fn resolve(value: &Value, path: &str, env: &Env) -> Secret {
    let from_env = |name: &str| match env.get(name) {
        Some(text) => Secret::Text(text),
        None => Secret::Unavailable(Error::config(
            path,
            format!("{path} refers to the environment variable {name}, which is not set"),
        )),
    };
    match value {
        Value::String(text) => match (text.trim(), template(text.trim())) {
            ("", _) => Secret::Missing,
            (_, Some(name)) => from_env(name),
            (text, None) => Secret::Text(text.to_owned()),
        },
        Value::Object(reference) => match (field(reference, "source"), field(reference, "id")) {
            ("env", id) => from_env(id),
            (source, _) => Secret::Unavailable(Error::config(
                path,
                format!(
                    "{path} refers to a secret of the source \"{source}\" that the host did not resolve: see that its \
                     provider is configured and holds it, or write \"${{NAME}}\" for an environment variable"
                ),
            )),
        },
        _ => Secret::Missing,
    }
}

/// What is wrong with the shape of a value that may be a reference.
pub(super) fn misshapen(value: &Value, path: &str) -> Option<Error> {
    match value {
        Value::Null => None,
        Value::String(text) => (text.contains("${") && template(text.trim()).is_none()).then(|| {
            let text = "has a template that is not understood: write ${NAME} with upper-case letters, digits and \
                        underscores";
            Error::config(path, format!("{path} {text}"))
        }),
        Value::Object(reference) => misshapen_reference(reference, path),
        other => Some(wrong(path, "a string or a secret reference", other)),
    }
}

fn misshapen_reference(reference: &Map<String, Value>, path: &str) -> Option<Error> {
    if reference.len() != KEYS.len() || KEYS.iter().any(|key| !reference.contains_key(*key)) {
        let text = format!("{path} must have exactly source, provider and id, as a secret reference has");
        return Some(Error::config(path, text));
    }
    for key in KEYS {
        if let Some(other) = reference.get(key).filter(|value| !value.is_string()) {
            return Some(wrong(&format!("{path}.{key}"), "a string", other));
        }
    }
    let (source, provider, id) =
        (field(reference, "source"), field(reference, "provider"), field(reference, "id"));
    let (key, expected) = if !SOURCES.contains(&source) {
        ("source", "one of \"env\", \"store\", \"file\", \"exec\"")
    } else if !is_provider(provider) {
        (
            "provider",
            "a name of lower-case letters, digits, _ and -, up to 64 of them, beginning with a letter",
        )
    } else if matches!(source, "env" | "store") && !is_variable(id) {
        ("id", "a name of upper-case letters, digits and _, like MATTERMOST_BOT_TOKEN")
    } else if source == "file" && id != "value" && !id.starts_with('/') {
        ("id", "a JSON pointer, which begins with /, or value")
    } else if id.trim().is_empty() {
        ("id", "a name")
    } else {
        return None;
    };
    Some(refused(&format!("{path}.{key}"), expected, "another string"))
}

fn field<'a>(reference: &'a Map<String, Value>, key: &str) -> &'a str {
    reference.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The name in `${NAME}` or `$NAME`.
fn template(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix('{').map_or(Some(name), |name| name.strip_suffix('}'))?;
    is_variable(name).then_some(name)
}

/// What `is_variable` and `is_provider` accept, for the schema.
pub(super) const VARIABLE: &str = "^[A-Z][A-Z0-9_]{0,127}$";
pub(super) const PROVIDER: &str = "^[a-z][a-z0-9_-]{0,63}$";

fn is_variable(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_provider(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}
