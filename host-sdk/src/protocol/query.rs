//! Pure questions.

use super::error::{Error, ErrorCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The argument of `openclaw_query`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum QueryRequest {
    /// What the channel is and can do. Result: an object with `id`, `name`, `capabilities`, ...
    #[serde(rename = "capabilities")]
    Capabilities {},
    /// Is this configuration right? Result: `{"valid": bool, "problems": [error, ...], "warnings": [text, ...]}`.
    #[serde(rename = "config.validate")]
    ConfigValidate {
        /// The host's whole configuration object.
        config: serde_json::Value,
    },
    /// Every account that the configuration has, and where its values come from. Result: a list of account status
    /// objects as they are before a start.
    #[serde(rename = "account.list")]
    AccountList {
        /// The host's whole configuration object.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
    },
    /// What does this target mean? Result: `{"kind": "channel"|"user"|..., ...}`.
    #[serde(rename = "targets.parse")]
    TargetsParse {
        /// As a person or an agent writes it: `channel:<id>`, `user:<id>`, `@name`, ...
        target: String,
    },
}

impl QueryRequest {
    /// Every `type` that this version knows, for error messages.
    pub const TYPES: &'static [&'static str] =
        &["capabilities", "config.validate", "account.list", "targets.parse"];

    /// Read a question.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field, or `NOT_SUPPORTED` listing the known types.
    pub fn parse(json: &str) -> Result<Self, Error> {
        parse_tagged(json, "query", Self::TYPES, "")
    }
}

/// Read an object that is tagged by `type`, telling an unknown type from a wrong field.
pub(super) fn parse_tagged<T: DeserializeOwned>(
    json: &str,
    what: &str,
    types: &[&str],
    hidden: &str,
) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Tag<'a> {
        #[serde(rename = "type", borrow)]
        tag: Option<std::borrow::Cow<'a, str>>,
    }
    let shape = |error: &serde_json::Error| {
        Error::invalid(format!("the {what} is not as it should be: {}", describe(error)))
    };
    let tag = match serde_json::from_str::<Tag<'_>>(json) {
        Ok(Tag { tag: Some(tag) }) => tag,
        Ok(Tag { tag: None }) => {
            return Err(
                Error::invalid(format!("the {what} has no \"type\"; one of {}", types.join(", "))).at("type")
            );
        }
        Err(error) => return Err(shape(&error)),
    };
    if !types.contains(&tag.as_ref()) && (hidden.is_empty() || tag != hidden) {
        let shown: String = tag.chars().take(64).collect();
        return Err(Error::new(
            ErrorCode::NotSupported,
            format!("the {what} type {shown:?} is not known; one of {}", types.join(", ")),
        )
        .at("type"));
    }
    serde_json::from_str(json).map_err(|error| shape(&error))
}

/// serde's sentence without echoing values: they may be secrets.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // serde quotes offending strings as `invalid type: string "value", expected ...`; keep the kind, drop the value.
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    for kind in ["string \"", "character `"] {
        if let Some(start) = rest.find(kind) {
            let (before, after) = rest.split_at(start + kind.len());
            let close = if kind.ends_with('"') { "\", expected" } else { "`, expected" };
            if let Some(end) = after.rfind(close) {
                kept.push_str(before.trim_end_matches(['"', '`']).trim_end());
                rest = &after[end + 1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}
