//! Why a command failed.

use crate::config;
use host_sdk::host::LoadError;
use host_sdk::host::registry::RegistryError;
use host_sdk::protocol::{Error, ErrorCode};
use serde_json::Value;
use std::path::Path;

/// Why a command failed, and what to do next.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// What is wrong; may have more lines, for example a place in a file.
    pub what: String,
    /// The next step.
    pub hint: Option<String>,
    /// The kind, for programs, when a plugin gave one.
    pub code: Option<ErrorCode>,
    /// The answer on stdout has it already: with `--json` there is no second document.
    pub answered: bool,
}

impl Failure {
    /// A failure with its next step.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()), ..Self::default() }
    }

    /// A failure after which there is nothing to be done.
    pub fn bare(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    /// A failure of this program's own making or of the system.
    pub fn system(what: impl Into<String>, error: &dyn std::fmt::Display) -> Self {
        Self::bare(format!("{}: {error}", what.into()))
    }

    /// The next step behind the failure, for a line of the log.
    pub fn way_out(&self) -> String {
        self.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"))
    }

    /// A plugin's error about a configuration that was read from `file`.
    pub fn of_config(error: Error, config: &Value, file: &Path) -> Self {
        let hint = match (&error.code, &error.field) {
            (ErrorCode::Config, Some(field)) => Some(correction(field, &error.message, config, file)),
            _ => None,
        };
        let failure = Self::from(error);
        Self { hint: hint.or(failure.hint), ..failure }
    }
}

/// How a configured value is put right.
fn correction(field: &str, message: &str, config: &Value, file: &Path) -> String {
    if is_variable(field) {
        return format!("correct the environment variable {field}");
    }
    if message.contains(" is not a key of ") {
        return format!("rename or remove {field} in {}", config::place(file, field));
    }
    if has(config, field) {
        return format!("correct {field} in {}", config::place(file, field));
    }
    let file = file.display();
    if field.ends_with(".network.dangerouslyAllowPrivateNetwork") {
        return format!("`channels add --allow-private-network` sets the key, or set it in {file}");
    }
    // The message has said it: what it cannot know is the file.
    if message.contains(&format!("set {field}")) {
        return format!("the configuration is {file}");
    }
    format!("set {field} in {file}")
}

fn is_variable(field: &str) -> bool {
    !field.is_empty() && field.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a path like `channels.mattermost.allowFrom[0]` is in the configuration. An account's id may have dots.
fn has(value: &Value, path: &str) -> bool {
    let path = path.split('[').next().unwrap_or_default();
    let Value::Object(entries) = value else { return path.is_empty() && !value.is_null() };
    path.is_empty()
        || entries.iter().any(|(key, value)| {
            path.strip_prefix(key.as_str()).is_some_and(|rest| {
                (rest.is_empty() && !value.is_null())
                    || rest.strip_prefix('.').is_some_and(|rest| has(value, rest))
            })
        })
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(error.to_string(), crate::plugins::load_hint(&error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = match error.code {
            ErrorCode::Config => Some(match &error.field {
                Some(field) if is_variable(field) => format!("correct the environment variable {field}"),
                Some(field) => format!("correct {field} in the configuration"),
                None => "correct the configuration".to_owned(),
            }),
            ErrorCode::Auth => {
                Some("check the token and the server's URL; `channels status --probe` tries them".to_owned())
            }
            ErrorCode::Network | ErrorCode::Timeout => {
                Some("check the server's URL and that the server is up, then try again".to_owned())
            }
            ErrorCode::RateLimited | ErrorCode::Busy => Some("wait a moment, then try again".to_owned()),
            ErrorCode::Internal | ErrorCode::Panic => Some(
                "this is a fault of the plugin; run again with --log-level debug and report it".to_owned(),
            ),
            _ => None,
        };
        Self { what: error.message, hint, code: Some(error.code), answered: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hint_names_what_is_to_be_corrected_and_where() {
        let config =
            json!({ "channels": { "m": { "url": "x", "list": ["a"], "accounts": { "a.b": { "t": 1 } } } } });
        let hint = |field: &str, message: &str| {
            Failure::of_config(Error::config(field, message), &config, Path::new("c.json")).hint.unwrap()
        };
        assert_eq!(hint("M_URL", "bad"), "correct the environment variable M_URL");
        assert_eq!(hint("channels.m.url", "bad"), "correct channels.m.url in c.json");
        assert_eq!(hint("channels.m.list[0]", "bad"), "correct channels.m.list[0] in c.json");
        assert_eq!(hint("channels.m.accounts.a.b.t", "bad"), "correct channels.m.accounts.a.b.t in c.json");
        assert_eq!(
            hint("channels.m.zork", "x is not a key of y"),
            "rename or remove channels.m.zork in c.json"
        );
        assert_eq!(hint("channels.m.token", "missing"), "set channels.m.token in c.json");
        assert_eq!(hint("channels.m.token", "set channels.m.token"), "the configuration is c.json");
    }
}
