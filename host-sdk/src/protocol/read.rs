//! Reading what the other side says, and telling it what is wrong without repeating it: it may be a secret.

use super::error::{Error, ErrorCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Above this the field at fault is not searched for: the search reads the object once for each of its fields.
const SEARCH_LIMIT: usize = 64 * 1024;
/// How deep, and among how many fields of an object, the one at fault is searched for.
const SEARCH: (usize, usize) = (4, 64);
/// The most that is repeated of a name that the other side chose.
const NAME_LIMIT: usize = 64;

/// Read a JSON object.
pub(super) fn read<T: DeserializeOwned>(json: &str, what: &str) -> Result<T, Error> {
    if !json.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(Error::invalid(format!("the {what} must be a JSON object")));
    }
    serde_json::from_str(json).map_err(|error| {
        let why = describe(&error);
        match field_at_fault::<T>(json, &error.to_string()) {
            Some(field) => Error::invalid(format!("the {what} is wrong at {field}: {why}")).at(field),
            None => Error::invalid(format!("the {what} is not as it should be: {why}")),
        }
    })
}

/// Read an object that is tagged by `type`, telling an unknown type from a wrong field.
pub(super) fn read_tagged<T: DeserializeOwned>(
    json: &str,
    what: &str,
    types: &[&str],
    hidden: &str,
) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "type")]
        tag: Option<String>,
    }
    let Tag { tag } = read(json, what)?;
    let Some(tag) = tag else {
        return Err(
            Error::invalid(format!("the {what} has no \"type\"; one of {}", types.join(", "))).at("type")
        );
    };
    if !types.contains(&tag.as_str()) && (hidden.is_empty() || tag != hidden) {
        return Err(Error::new(
            ErrorCode::NotSupported,
            format!("the {what} type {:?} is not known; one of {}", short(&tag), types.join(", ")),
        )
        .at("type"));
    }
    read(json, what)
}

fn short(name: &str) -> String {
    name.chars().take(NAME_LIMIT).collect()
}

/// serde's sentence without the values in it. Names of fields are kept: they are what has to be corrected.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = if error.line() > 0 {
        format!(" (line {}, column {})", error.line(), error.column())
    } else {
        String::new()
    };
    let text =
        text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&text);
    // A value may contain anything, also this word: what is expected stands behind the last one.
    let expected = text.rsplit_once(", expected ").map(|(_, expected)| expected);
    let said = if !error.is_data() {
        // About the syntax: serde_json names what it expects there, never what it found.
        text.to_owned()
    } else if let Some(name) = name_after(text, "missing field `") {
        format!("the field {name} is missing")
    } else if let Some(name) = name_after(text, "duplicate field `") {
        format!("the field {name} is there twice")
    } else if let Some(name) = name_after(text, "unknown field `") {
        let known = expected.map(|known| format!("; expected {known}")).unwrap_or_default();
        format!("the field {name} is not known{known}")
    } else if let Some(expected) = expected {
        format!("expected {expected}")
    } else {
        "a value is not as it should be".to_owned()
    };
    said + &place
}

fn name_after(text: &str, start: &str) -> Option<String> {
    let name = text.strip_prefix(start)?;
    let end = name.rfind("`, expected ").or_else(|| name.rfind('`')).unwrap_or(name.len());
    name.get(..end).map(short)
}

/// The path of the field that an error is about: the one without which the error is another one.
fn field_at_fault<T: DeserializeOwned>(json: &str, error: &str) -> Option<String> {
    for start in ["missing field `", "duplicate field `"] {
        if let Some(name) = name_after(error, start) {
            return Some(name);
        }
    }
    if json.len() > SEARCH_LIMIT {
        return None;
    }
    let whole: Value = serde_json::from_str(json).ok()?;
    let error = T::deserialize(&whole).err()?.to_string();
    let mut path: Vec<String> = Vec::new();
    for _ in 0..SEARCH.0 {
        let fields = at(&whole, &path)?.as_object()?;
        let Some(name) = fields.keys().take(SEARCH.1).find(|name| {
            let mut without = whole.clone();
            if let Some(fields) = at_mut(&mut without, &path).and_then(Value::as_object_mut) {
                fields.remove(name.as_str());
            }
            T::deserialize(&without).map_or_else(|other| other.to_string() != error, |_| true)
        }) else {
            break;
        };
        path.push(name.clone());
        if !at(&whole, &path).is_some_and(Value::is_object) {
            break;
        }
    }
    if path.is_empty() {
        return None;
    }
    Some(path.iter().map(|name| short(name)).collect::<Vec<_>>().join("."))
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn at_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, name| value.get_mut(name))
}

#[cfg(test)]
mod tests {
    use crate::protocol::{Error, HandleRequest, Init, Outbound, QueryRequest};

    const SECRET: &str = "hunter2-hunter2, expected `a`";

    fn at(error: &Error) -> Option<&str> {
        assert!(!format!("{error:?}").contains("hunter2"), "a value is repeated: {error:?}");
        error.field.as_deref()
    }

    #[test]
    fn the_field_at_fault_is_named_and_its_value_is_not() {
        let secret = serde_json::json!(SECRET);
        for (json, field) in [
            (serde_json::json!({ "role": secret }), "role"),
            (serde_json::json!({ "log": { "level": secret } }), "log.level"),
            (serde_json::json!({ "log": { "poll": secret } }), "log.poll"),
            (serde_json::json!({ "env": { "MATTERMOST_URL": 5 } }), "env.MATTERMOST_URL"),
            (serde_json::json!({ "gateway": secret }), "gateway"),
            (serde_json::json!({ "tokn": secret }), "tokn"),
        ] {
            let error = Init::parse(&json.to_string()).unwrap_err();
            assert_eq!(at(&error), Some(field), "{error:?}");
            assert!(error.message.contains(field), "{error:?}");
        }
        let error = Outbound::parse(&serde_json::json!({ "target": { "a": secret } }).to_string());
        assert_eq!(at(&error.unwrap_err()), Some("target"));
        let error = Outbound::parse(&serde_json::json!({ "text": secret }).to_string());
        assert_eq!(at(&error.unwrap_err()), Some("target"));
    }

    #[test]
    fn the_field_at_fault_is_named_also_behind_a_type() {
        let parse = HandleRequest::parse;
        let error = parse(r#"{"type":"cancel","request_id":"hunter2-hunter2"}"#).unwrap_err();
        assert_eq!(at(&error), Some("request_id"));
        assert_eq!(at(&parse(r#"{"type":"inbound.ack"}"#).unwrap_err()), Some("event_id"));
        let error = parse(r#"{"type":"account.start","acount_id":"hunter2-hunter2"}"#).unwrap_err();
        assert_eq!(at(&error), Some("acount_id"));
        assert_eq!(at(&parse(r#"{"typ":"cancel"}"#).unwrap_err()), Some("type"));
        assert_eq!(at(&parse(r#"{"type":7}"#).unwrap_err()), Some("type"));
        let error = QueryRequest::parse(r#"{"type":"targets.parse","target":["hunter2"]}"#).unwrap_err();
        assert_eq!(at(&error), Some("target"));
    }

    #[test]
    fn a_place_is_told_when_the_text_is_no_json() {
        let error = Init::parse("{\"role\": hunter2}").unwrap_err();
        assert_eq!(at(&error), None);
        assert!(error.message.contains("line 1, column"), "{error:?}");
    }

    #[test]
    fn only_an_object_is_an_object() {
        for json in ["", "[]", r#"["gateway"]"#, "null", "7", r#""text""#] {
            let error = Init::parse(json).unwrap_err();
            assert!(error.message.contains("must be a JSON object"), "{error:?}");
            assert!(HandleRequest::parse(json).is_err() && Outbound::parse(json).is_err());
        }
    }
}
