//! The outer shape of a frame, and its fields one by one.
//!
//! A frame is split into the raw text of its fields first. So the many events that nobody wants cost one scan
//! and no tree of values, and an error can name the field it is about.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// The fields of an object as unparsed text.
pub(super) type Fields<'a> = HashMap<String, &'a RawValue>;

/// What every frame may have at the top.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, default)]
    pub(super) event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) broadcast: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) seq: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) seq_reply: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

/// That a field cannot be read: its path within the frame, and the parser's words.
pub(super) struct FieldError {
    pub(super) field: &'static str,
    pub(super) detail: String,
}

/// Parses a field; `None` for one that is absent or `null`.
pub(super) fn optional<T: DeserializeOwned>(
    field: &'static str,
    raw: Option<&RawValue>,
) -> Result<Option<T>, FieldError> {
    match raw {
        None => Ok(None),
        Some(raw) => serde_json::from_str(raw.get()).map_err(|error| field_error(field, &error)),
    }
}

/// Parses a field that is JSON itself or, as this server likes it, JSON within a string. An empty string counts
/// as absent.
pub(super) fn embedded<T: DeserializeOwned>(
    field: &'static str,
    raw: Option<&RawValue>,
) -> Result<Option<T>, FieldError> {
    match raw {
        Some(raw) if raw.get().starts_with('"') => {
            let text: String = serde_json::from_str(raw.get()).map_err(|error| field_error(field, &error))?;
            if text.is_empty() {
                return Ok(None);
            }
            serde_json::from_str(&text).map_err(|error| field_error(field, &error))
        }
        raw => optional(field, raw),
    }
}

/// The fields of an object; none for an object that is absent or `null`.
pub(super) fn fields<'a>(field: &'static str, raw: Option<&'a RawValue>) -> Result<Fields<'a>, FieldError> {
    match raw {
        None => Ok(Fields::new()),
        Some(raw) => serde_json::from_str::<Option<Fields<'a>>>(raw.get())
            .map(Option::unwrap_or_default)
            .map_err(|error| field_error(field, &error)),
    }
}

fn field_error(field: &'static str, error: &serde_json::Error) -> FieldError {
    FieldError { field, detail: error.to_string() }
}
