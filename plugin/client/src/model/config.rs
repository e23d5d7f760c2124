//! What a server tells about itself.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::or_default;

/// The part of a server's client configuration that matters to a bot. The server writes every value as text; a
/// value that is absent or unreadable is `None`. Older servers show fewer keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
pub struct ClientConfig {
    /// Like `11.6.0`.
    #[serde(default, deserialize_with = "or_default")]
    pub version: String,
    /// The server's own public address; empty when the administrator has set none, which disables buttons.
    #[serde(rename(deserialize = "SiteURL"), default, deserialize_with = "or_default")]
    pub site_url: String,
    /// The longest message, in characters.
    #[serde(default, deserialize_with = "parsed")]
    pub max_post_size: Option<usize>,
    /// The largest file, in bytes.
    #[serde(default, deserialize_with = "parsed")]
    pub max_file_size: Option<u64>,
    /// `disabled`, `default_off`, `default_on` or `always_on`.
    #[serde(default, deserialize_with = "or_default")]
    pub collapsed_threads: String,
    /// How often a typing notice is worth sending, in milliseconds.
    #[serde(default, deserialize_with = "parsed")]
    pub time_between_user_typing_updates_milliseconds: Option<u64>,
    /// Whether emoji beyond the built-in ones may exist.
    #[serde(default, deserialize_with = "parsed")]
    pub enable_custom_emoji: Option<bool>,
    /// How long a post may be edited, in seconds; -1 for ever.
    #[serde(default, deserialize_with = "parsed")]
    pub post_edit_time_limit: Option<i64>,
}

/// The answer of the server's ping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemStatus {
    /// `OK`, or `unhealthy` where the server looks at its parts.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
}

/// Reads a value out of its text. Only what the server documents as text is accepted as such; anything else
/// counts as absent, because a start must not fail over a key that changed its form.
fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(match value {
        serde_json::Value::String(text) => text.trim().parse().ok(),
        serde_json::Value::Number(number) => number.to_string().parse().ok(),
        serde_json::Value::Bool(flag) => flag.to_string().parse().ok(),
        _ => None,
    })
}
