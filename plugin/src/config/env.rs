//! The environment that configuration may fall back to.

use std::collections::BTreeMap;

/// The variable with the default account's token.
pub const TOKEN_VARIABLE: &str = "MATTERMOST_BOT_TOKEN";
/// The variable with the default account's server.
pub const URL_VARIABLE: &str = "MATTERMOST_URL";

/// Environment variables: the host's own list, or the process's.
#[derive(Clone, Debug, Default)]
pub enum Env {
    /// As the host gave them: what is not in it is not set.
    Given(BTreeMap<String, String>),
    /// The process's.
    #[default]
    Process,
}

impl From<Option<BTreeMap<String, String>>> for Env {
    fn from(given: Option<BTreeMap<String, String>>) -> Self {
        given.map_or(Self::Process, Self::Given)
    }
}

impl Env {
    /// The trimmed value of a variable; blank counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Given(variables) => variables.get(name).cloned(),
            Self::Process => std::env::var(name).ok(),
        };
        value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}
