//! Mattermost's 26-character ids.

use std::fmt;

use serde::{Serialize, Serializer};

/// The letters of a generated id, in the server's own order.
const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// An id of a user, team, channel, post, file or connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id([u8; 26]);

impl Id {
    /// A fresh random id.
    pub(crate) fn new() -> Self {
        let mut bits = fastrand::u128(..);
        let mut letters = [0; 26];
        for letter in &mut letters {
            *letter = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        Self(letters)
    }

    /// The id that `text` spells, if it has the length and the letters of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 26] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphanumeric).then_some(Self(letters))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An optional id in the way of the API: absent is the empty string.
pub(crate) fn serialize_or_empty<S: Serializer>(id: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_ref().map_or("", Id::as_str))
}

/// The text of an optional id, empty when absent.
pub(crate) fn or_empty(id: &Option<Id>) -> &str {
    id.as_ref().map_or("", Id::as_str)
}
