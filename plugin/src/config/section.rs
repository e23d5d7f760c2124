//! Where the values of an account stand: in its own object, or in the section.

use serde_json::{Map, Value};

/// The path of the section.
pub(super) const PATH: &str = "channels.mattermost";

/// The objects that an account's values are looked up in.
pub(super) struct Section<'a> {
    pub root: &'a Map<String, Value>,
    /// The account's object and its path.
    pub account: Option<(&'a Map<String, Value>, String)>,
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
        Some((value, format!("{PATH}.{key}")))
    }

    /// Where an operator should write a key of this account.
    pub fn path_for(&self, key: &str) -> String {
        let path = self.account.as_ref().map_or(PATH, |(_, path)| path);
        format!("{path}.{key}")
    }
}
