//! What agents are told of the channel that they speak in.

use host_sdk::host::Library;
use host_sdk::protocol::QueryRequest;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Mutex;

/// Asks a plugin once for each account, until the configuration changes.
pub struct Hints {
    library: Library,
    state: Mutex<State>,
}

struct State {
    config: Value,
    known: HashMap<String, Vec<String>>,
}

impl Hints {
    /// As a plugin gives them for this configuration.
    pub fn new(library: Library, config: &Value) -> Self {
        let state = State { config: config.clone(), known: HashMap::new() };
        Self { library, state: Mutex::new(state) }
    }

    /// Another configuration counts now.
    pub fn update(&self, config: &Value) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *state = State { config: config.clone(), known: HashMap::new() };
    }

    /// For the agent that speaks with this account. A plugin that knows nothing of hints has none.
    pub fn of(&self, account_id: &str) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(hints) = state.known.get(account_id) {
            return hints.clone();
        }
        let question = QueryRequest::AgentHints {
            config: state.config.clone(),
            env: None,
            account_id: Some(account_id.to_owned()),
        };
        let answer = self.library.query(&question).unwrap_or_default();
        let hints: Vec<String> = serde_json::from_value(answer["hints"].clone()).unwrap_or_default();
        state.known.insert(account_id.to_owned(), hints.clone());
        hints
    }
}

impl std::fmt::Debug for Hints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hints(..)")
    }
}
