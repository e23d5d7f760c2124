//! Reading an object that was checked before: what is missing or wrong reads as `None`.
//!
//! The check (see `check`) tells of everything that is wrong, so a reader needs no errors of its own; an account with a
//! problem is never started, whatever was read of it.

use serde_json::{Map, Value};

/// A word of an enumeration.
pub(crate) trait Word: Sized {
    fn of(word: &str) -> Option<Self>;
}

/// An object, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node<'a>(Option<&'a Map<String, Value>>);

impl<'a> From<&'a Map<String, Value>> for Node<'a> {
    fn from(map: &'a Map<String, Value>) -> Self {
        Self(Some(map))
    }
}

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        Self(value.as_object())
    }
}

impl<'a> Node<'a> {
    /// The value of a key; `null` counts as missing.
    pub fn get(self, key: &str) -> Option<&'a Value> {
        self.0?.get(key).filter(|value| !value.is_null())
    }

    pub fn node(self, key: &str) -> Self {
        Self(self.get(key).and_then(Value::as_object))
    }

    /// The object at the end of a path of keys.
    pub fn walk(self, path: &str) -> Self {
        path.split('.').fold(self, Self::node)
    }

    pub fn entries(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.into_iter().flatten()
    }

    pub fn is_empty(self) -> bool {
        self.0.is_none_or(Map::is_empty)
    }

    pub fn flag(self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    pub fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    /// Text that is more than blanks, trimmed.
    pub fn filled(self, key: &str) -> Option<String> {
        self.text(key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub fn word<T: Word>(self, key: &str) -> Option<T> {
        T::of(self.text(key)?)
    }

    /// A whole number that is not negative. JSON5 writers may put `3.0` for 3.
    pub fn whole(self, key: &str) -> Option<u64> {
        whole(self.get(key)?)
    }

    pub fn number(self, key: &str) -> Option<f64> {
        self.get(key)?.as_f64()
    }

    /// A list of texts; numbers are taken as texts.
    pub fn texts(self, key: &str) -> Option<Vec<String>> {
        let read = |item: &Value| match item {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(self.get(key)?.as_array()?.iter().filter_map(read).collect())
    }
}

/// The largest whole number that every JSON reader holds exactly.
pub(super) const MOST: u64 = 9_007_199_254_740_991;

/// A whole number from 0 to [`MOST`], also when it is written as `3.0`.
pub(super) fn whole(value: &Value) -> Option<u64> {
    value.as_u64().filter(|number| *number <= MOST).or_else(|| {
        let number = value.as_f64()?;
        // Exact: below 2^53 a double without a fraction is the integer.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        ((0.0..=9_007_199_254_740_991.0).contains(&number) && number.fract() == 0.0).then_some(number as u64)
    })
}

/// What one account is read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layers<'a> {
    /// The host's whole configuration.
    pub config: Node<'a>,
    /// `channels.mattermost`.
    pub root: Node<'a>,
    /// The account's own object; nothing when the section itself is the account.
    pub own: Node<'a>,
    /// The account's keys over the section's.
    pub merged: Node<'a>,
}

impl<'a> Layers<'a> {
    /// The account's object and then the section's, for keys that an account's object does not hide.
    pub fn through<T>(&self, key: &str, read: impl Fn(Node<'a>) -> Option<T>) -> Option<T> {
        read(self.own.node(key)).or_else(|| read(self.root.node(key)))
    }

    /// `channels.defaults`.
    pub fn defaults(&self) -> Node<'a> {
        self.config.walk("channels.defaults")
    }
}

/// The account's keys over the section's: each as a whole, only `commands` key by key.
///
/// <https://docs.openclaw.ai/channels/mattermost>
pub(super) fn merge(root: &Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = root.clone();
    merged.retain(|key, _| !matches!(key.as_str(), "accounts" | "defaultAccount"));
    for (key, value) in own.iter().filter(|(_, value)| !value.is_null()) {
        let slot = merged.entry(key.clone()).or_insert(Value::Null);
        match (slot.as_object_mut(), value.as_object()) {
            (Some(below), Some(above)) if key == "commands" => {
                below.extend(above.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => slot.clone_from(value),
        }
    }
    merged
}
