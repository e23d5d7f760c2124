//! The models of a gateway, and what its sessions have chosen.

use super::catalogue::Catalogue;
use host_sdk::protocol::{ModelCatalogue, ModelName};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// Sessions whose choice is remembered; the one that chose first is forgotten first.
const SESSIONS: usize = 1_024;

/// The models, and who uses which. What sessions chose is forgotten with the process.
#[derive(Debug, Default)]
pub struct Models {
    /// The model that the agent asks by itself.
    own: Option<String>,
    catalogue: RwLock<Catalogue>,
    chosen: Mutex<Chosen>,
}

#[derive(Debug, Default)]
struct Chosen {
    sessions: HashMap<String, (u64, ModelName)>,
    count: u64,
}

impl Models {
    /// As a configuration has them. `own`: the model that the agent asks by itself.
    pub fn read(config: &Value, own: Option<&str>) -> Self {
        let catalogue = RwLock::new(Catalogue::read(config, own));
        Self { own: own.map(str::to_owned), catalogue, chosen: Mutex::default() }
    }

    /// Another configuration counts now. A choice that is gone is none any more.
    pub fn update(&self, config: &Value) {
        let catalogue = Catalogue::read(config, self.own.as_deref());
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = catalogue;
    }

    fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn chosen(&self) -> MutexGuard<'_, Chosen> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a session chose, as long as it may be chosen. `None`: it uses the default.
    pub fn choice(&self, session: &str) -> Option<ModelName> {
        let (_, chosen) = self.chosen().sessions.get(session).cloned()?;
        self.catalogue().find(&full(&chosen)).filter(|known| *known == chosen)
    }

    /// The model that a session uses.
    pub fn current(&self, session: &str) -> Option<ModelName> {
        self.choice(session).or_else(|| self.catalogue().usual().cloned())
    }

    /// Everything that may be chosen, for a session.
    pub fn list(&self, session: &str) -> ModelCatalogue {
        ModelCatalogue { providers: self.catalogue().providers(), current: self.current(session) }
    }

    /// A session uses another model from now on; its name. `None`: it may not be chosen.
    pub fn choose(&self, session: &str, text: &str) -> Option<ModelName> {
        let named = self.catalogue().find(text)?;
        let mut chosen = self.chosen();
        chosen.count += 1;
        let count = chosen.count;
        chosen.sessions.insert(session.to_owned(), (count, named.clone()));
        if chosen.sessions.len() > SESSIONS {
            let oldest = chosen.sessions.iter().min_by_key(|(_, (count, _))| *count);
            if let Some(oldest) = oldest.map(|(session, _)| session.clone()) {
                chosen.sessions.remove(&oldest);
            }
        }
        Some(named)
    }
}

/// `provider/model`.
pub fn full(name: &ModelName) -> String {
    format!("{}/{}", name.provider, name.model)
}

#[cfg(test)]
mod tests {
    use super::{Models, SESSIONS, full};
    use serde_json::json;

    #[test]
    fn every_session_has_its_own_model_as_long_as_there_is_one() {
        let config = |ids: &[&str]| {
            let models: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
            json!({ "models": { "providers": { "openai": { "models": models } } } })
        };
        let models = Models::read(&config(&["a", "b"]), Some("a"));
        let current = |session: &str| models.current(session).map(|name| full(&name));
        assert_eq!(models.choose("one", "OpenAI/B").map(|name| full(&name)).as_deref(), Some("openai/b"));
        assert_eq!(
            (current("one").as_deref(), current("two").as_deref()),
            (Some("openai/b"), Some("openai/a"))
        );
        assert_eq!(models.choose("two", "openai/c"), None);
        models.update(&config(&["a"]));
        assert_eq!((current("one").as_deref(), models.choice("one")), (Some("openai/a"), None));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let models = Models::read(&json!({}), Some("a"));
        for number in 0..SESSIONS + 5 {
            models.choose(&number.to_string(), "a").unwrap();
        }
        assert_eq!(models.chosen().sessions.len(), SESSIONS);
        assert!(models.choice("0").is_none() && models.choice("1028").is_some());
    }
}
