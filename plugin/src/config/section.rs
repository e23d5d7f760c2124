//! Reading values of a section, with errors that name the key and the kind of what stands there.
//!
//! Values are never shown: a token that was put under the wrong key must not end up in a log.

use super::env::Env;
use host_sdk::protocol::Error;
use serde_json::{Map, Value};

/// An account's keys over the section's keys: the account's win as a whole.
pub(super) struct Section<'a> {
    pub root: &'a Map<String, Value>,
    pub root_path: &'a str,
    /// The account's object and its path.
    pub account: Option<(&'a Map<String, Value>, String)>,
}

/// The kind of a value, for error messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The error for a value of the wrong kind.
pub(super) fn wrong(path: &str, expected: &str, found: &Value) -> Error {
    Error::config(path, format!("{path} must be {expected}, but it is {}", kind(found)))
}

impl<'a> Section<'a> {
    /// The value of a key and the path where it stands. `null` counts as missing.
    pub fn get(&self, key: &str) -> Option<(&'a Value, String)> {
        if let Some((account, path)) = &self.account
            && let Some(value) = account.get(key).filter(|value| !value.is_null())
        {
            return Some((value, format!("{path}.{key}")));
        }
        let value = self.root.get(key).filter(|value| !value.is_null())?;
        Some((value, format!("{}.{key}", self.root_path)))
    }

    /// Where an operator should write a key of this account.
    pub fn path_for(&self, key: &str) -> String {
        let path = self.account.as_ref().map_or(self.root_path, |(_, path)| path);
        format!("{path}.{key}")
    }

    pub fn text(&self, key: &str) -> Result<Option<String>, Error> {
        self.get(key)
            .map(|(value, path)| {
                value.as_str().map(str::to_owned).ok_or_else(|| wrong(&path, "a string", value))
            })
            .transpose()
    }

    /// A secret: a string, a `${NAME}` template, or a reference to an environment variable. `Ok(None)` when the key
    /// is missing or blank.
    pub fn secret(&self, key: &str, env: &Env) -> Result<Option<String>, Error> {
        let Some((value, path)) = self.get(key) else { return Ok(None) };
        let from_env = |name: &str| {
            env.get(name).map(Some).ok_or_else(|| {
                Error::config(
                    &path,
                    format!("{path} refers to the environment variable {name}, which is not set"),
                )
            })
        };
        match value {
            Value::String(text) => {
                let text = text.trim();
                match template(text) {
                    Some(name) => from_env(name),
                    None if text.contains("${") => Err(Error::config(
                        &path,
                        format!(
                            "{path} has a template that is not understood: write ${{NAME}} with upper-case letters, \
                             digits and underscores"
                        ),
                    )),
                    None => Ok((!text.is_empty()).then(|| text.to_owned())),
                }
            }
            Value::Object(reference) => {
                let field = |name: &str| reference.get(name).and_then(Value::as_str).unwrap_or_default();
                match (field("source"), field("id")) {
                    ("env", id) if is_variable(id) => from_env(id),
                    ("env", _) => Err(Error::config(
                        &path,
                        format!(
                            "{path}.id must be the name of an environment variable, like MATTERMOST_BOT_TOKEN"
                        ),
                    )),
                    _ => Err(Error::config(
                        &path,
                        format!(
                            "{path} is a secret reference that this host did not resolve; \
                             write the token itself, \"${{NAME}}\", or {{\"source\": \"env\", \"id\": \"NAME\"}}"
                        ),
                    )),
                }
            }
            other => Err(wrong(&path, "a string or a secret reference", other)),
        }
    }
}

/// The name in `${NAME}` or `$NAME`.
fn template(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    is_variable(name).then_some(name)
}

/// `^[A-Z][A-Z0-9_]{0,127}$`, as OpenClaw's secret references demand.
fn is_variable(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
