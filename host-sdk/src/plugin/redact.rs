//! Secrets leave no trace in what the host is told.

use serde_json::Value;
use std::borrow::Cow;
use std::sync::{Arc, RwLock, RwLockReadGuard};

/// A list of secrets that are cut out of everything that an instance tells its host: log records, errors, results
/// and events. Somebody who writes a bot's token into a chat does not show it to the agent either.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<Secret>>>,
}

struct Secret {
    plain: String,
    /// As it looks inside a JSON string.
    escaped: String,
}

const MASK: &str = "[secret]";

impl Redactor {
    /// Texts shorter than this are not treated as secrets: they would shred ordinary words.
    const SHORTEST: usize = 8;

    /// Remember a secret.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < Self::SHORTEST {
            return;
        }
        let mut secrets = self.secrets.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !secrets.iter().any(|known| known.plain == secret) {
            let quoted = Value::String(secret.to_owned()).to_string();
            let escaped = quoted.get(1..quoted.len() - 1).unwrap_or(secret).to_owned();
            secrets.push(Secret { plain: secret.to_owned(), escaped });
            // A secret that contains another must go first.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.plain.len()));
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Secret>> {
        self.secrets.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The text with every known secret replaced.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        clean(&self.read(), text)
    }

    /// As [`Redactor::clean`], for a text that is still being written: what it has of a secret so far is replaced, too.
    #[must_use]
    pub fn clean_unfinished<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let secrets = self.read();
        let mut cleaned = clean(&secrets, text);
        for secret in secrets.iter() {
            let Some(head) = secret.plain.get(..Self::SHORTEST) else { continue };
            let mut from = 0;
            while let Some(at) = cleaned.get(from..).and_then(|rest| rest.find(head)).map(|at| from + at) {
                let rest = cleaned.get(at..).unwrap_or_default();
                let alike = rest.chars().zip(secret.plain.chars()).take_while(|(one, other)| one == other);
                let end = at + alike.map(|(one, _)| one.len_utf8()).sum::<usize>();
                cleaned.to_mut().replace_range(at..end, MASK);
                from = at + MASK.len();
            }
        }
        cleaned
    }

    /// JSON with every known secret replaced in its string values. Keys and structure stay as they are, whatever
    /// the secret looks like.
    #[must_use]
    pub(super) fn clean_json<'a>(&self, json: &'a str) -> Cow<'a, str> {
        let secrets = self.read();
        if !secrets.iter().any(|secret| json.contains(&secret.escaped)) {
            return Cow::Borrowed(json);
        }
        match serde_json::from_str::<Value>(json) {
            Ok(mut value) => {
                clean_value(&secrets, &mut value);
                Cow::Owned(value.to_string())
            }
            // Ours is always JSON; if it ever is not, hide rather than show.
            Err(_) => clean(&secrets, json),
        }
    }
}

fn clean<'a>(secrets: &[Secret], text: &'a str) -> Cow<'a, str> {
    let mut clean = Cow::Borrowed(text);
    for secret in secrets {
        if clean.contains(&secret.plain) {
            clean = Cow::Owned(clean.replace(&secret.plain, MASK));
        }
    }
    clean
}

fn clean_value(secrets: &[Secret], value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(clean) = clean(secrets, text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean_value(secrets, item)),
        Value::Object(fields) => fields.values_mut().for_each(|field| clean_value(secrets, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn the_longer_of_two_secrets_goes_first_and_short_ones_are_no_secrets() {
        let redactor = Redactor::default();
        for secret in ["password", "password-and-more", "short", "  password  "] {
            redactor.add(secret);
        }
        assert_eq!(redactor.clean("password-and-more, password, short"), "[secret], [secret], short");
    }

    #[test]
    fn json_keeps_its_keys_and_its_shape_even_if_they_look_like_a_secret() {
        let redactor = Redactor::default();
        redactor.add("event_id");
        redactor.add("back\\slash\"quote");
        let json = r#"{"event_id":"event_id","n":1,"list":["a back\\slash\"quote",null]}"#;
        assert_eq!(redactor.clean_json(json), r#"{"event_id":"[secret]","list":["a [secret]",null],"n":1}"#);
        assert!(matches!(redactor.clean_json(r#"{"a":1}"#), std::borrow::Cow::Borrowed(_)));
    }
}
