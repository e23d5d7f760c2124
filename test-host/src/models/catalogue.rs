//! The models that a configuration names. Pure.
//!
//! The keys are those of OpenClaw: `agents.defaults.models` is what may be chosen (`provider/model`, or `provider/*` for
//! all of one), with an `alias` each; where it is missing, everything that `models.providers` lists may be.
//! <https://docs.openclaw.ai/concepts/models>

use host_sdk::protocol::{ModelName, ModelProvider};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Models that are read; a configuration with more is a mistake.
const MOST: usize = 20_000;

/// What may be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    models: BTreeMap<String, BTreeSet<String>>,
    /// In lower case.
    aliases: BTreeMap<String, ModelName>,
    /// The model of sessions that chose none.
    default: Option<ModelName>,
}

impl Catalogue {
    /// What a configuration names. `own`: the model that the running agent asks by itself.
    pub fn read(config: &Value, own: Option<&str>) -> Self {
        let defaults = &config["agents"]["defaults"];
        let listed = providers(&config["models"]["providers"]);
        let primary = defaults["model"].as_str().or_else(|| defaults["model"]["primary"].as_str());
        let default = match own {
            Some(own) => Some(own_name(own, &listed)),
            None => primary.and_then(name),
        };
        let mut catalogue = Self { default: default.clone(), ..Self::default() };
        let allowed = defaults["models"].as_object().filter(|allowed| !allowed.is_empty());
        for (reference, settings) in allowed.into_iter().flatten() {
            let Some(named) = name(reference) else { continue };
            if named.model == "*" {
                for model in listed.get(&named.provider).into_iter().flatten() {
                    catalogue.add(&named.provider, model);
                }
                continue;
            }
            catalogue.add(&named.provider, &named.model);
            if let Some(alias) = settings["alias"].as_str().map(str::trim).filter(|alias| !alias.is_empty()) {
                catalogue.aliases.insert(alias.to_lowercase(), named);
            }
        }
        if allowed.is_none() {
            for (provider, models) in &listed {
                models.iter().for_each(|model| catalogue.add(provider, model));
            }
            let fallbacks = defaults["model"]["fallbacks"].as_array().into_iter().flatten();
            for named in fallbacks.filter_map(Value::as_str).chain(primary).filter_map(name) {
                catalogue.add(&named.provider, &named.model);
            }
        }
        // What is used without a choice may also be chosen.
        if let Some(ModelName { provider, model }) = default {
            catalogue.add(&provider, &model);
        }
        catalogue
    }

    fn add(&mut self, provider: &str, model: &str) {
        let count: usize = self.models.values().map(BTreeSet::len).sum();
        if count < MOST && !provider.is_empty() && !model.is_empty() {
            self.models.entry(provider.to_owned()).or_default().insert(model.to_owned());
        }
    }

    /// The model of sessions that chose none.
    pub fn usual(&self) -> Option<&ModelName> {
        self.default.as_ref()
    }

    /// All of them, providers and models in alphabetical order.
    pub fn providers(&self) -> Vec<ModelProvider> {
        let provider = |(id, models): (&String, &BTreeSet<String>)| ModelProvider {
            id: id.clone(),
            models: models.iter().cloned().collect(),
        };
        self.models.iter().map(provider).collect()
    }

    /// What somebody means: `provider/model`, an alias, or the model of the default provider. `None`: nothing that may be
    /// chosen.
    pub fn find(&self, text: &str) -> Option<ModelName> {
        let text = text.trim();
        if let Some(named) = self.aliases.get(&text.to_lowercase()) {
            return Some(named.clone());
        }
        let whole = name(text).and_then(|named| self.known(&named.provider, &named.model));
        whole.or_else(|| self.known(&self.default.as_ref()?.provider, text))
    }

    fn known(&self, provider: &str, model: &str) -> Option<ModelName> {
        let same = |known: &&String, asked: &str| known.eq_ignore_ascii_case(asked);
        let provider = self.models.keys().find(|known| same(known, provider))?;
        let models = self.models.get(provider)?;
        let model = models.get(model).or_else(|| models.iter().find(|known| same(known, model)))?;
        Some(ModelName { provider: provider.clone(), model: model.clone() })
    }
}

/// Ids and models of `models.providers`.
fn providers(providers: &Value) -> BTreeMap<String, Vec<String>> {
    let entries = providers.as_object().into_iter().flatten();
    let models = |provider: &Value| {
        let listed = provider["models"].as_array().into_iter().flatten();
        listed
            .filter_map(|model| model["id"].as_str().or_else(|| model.as_str()))
            .map(|id| id.trim().to_owned())
            .collect()
    };
    entries.map(|(id, provider)| (id.trim().to_owned(), models(provider))).collect()
}

/// A whole name. The first slash ends the provider; models may have more.
fn name(text: &str) -> Option<ModelName> {
    let (provider, model) = text.trim().split_once('/')?;
    let named = !provider.is_empty() && !model.is_empty();
    named.then(|| ModelName { provider: provider.to_owned(), model: model.to_owned() })
}

/// The agent's own model, which is named as its endpoint knows it.
fn own_name(own: &str, listed: &BTreeMap<String, Vec<String>>) -> ModelName {
    let by = |(provider, models): (&String, &Vec<String>)| {
        models.iter().any(|model| model == own).then(|| provider.clone())
    };
    let provider = listed.iter().find_map(by).unwrap_or_else(|| "openai".to_owned());
    ModelName { provider, model: own.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;
    use serde_json::{Value, json};

    fn all(config: &Value, own: Option<&str>) -> (Vec<String>, Option<String>) {
        let catalogue = Catalogue::read(config, own);
        let providers = catalogue.providers().into_iter();
        let names = providers.flat_map(|provider| {
            provider
                .models
                .into_iter()
                .map(move |model| format!("{}/{model}", provider.id))
                .collect::<Vec<_>>()
        });
        (names.collect(), catalogue.usual().map(|name| format!("{}/{}", name.provider, name.model)))
    }

    fn providers() -> Value {
        json!({ "providers": {
            "stub": { "models": [{ "id": "echo", "name": "Echo" }, { "id": "org/big" }] },
            "local": { "models": [{ "id": "llama" }, { "name": "nameless" }, 3] },
        } })
    }

    #[test]
    fn without_a_list_everything_that_providers_have_may_be_chosen() {
        let config = json!({ "models": providers(), "agents": { "defaults": {
            "model": { "primary": "stub/echo", "fallbacks": ["far/away"] } } } });
        let (names, default) = all(&config, None);
        assert_eq!(names, ["far/away", "local/llama", "stub/echo", "stub/org/big"]);
        assert_eq!(default.as_deref(), Some("stub/echo"));
        assert_eq!(all(&config, Some("llama")).1.as_deref(), Some("local/llama"), "the agent's own");
        assert_eq!(all(&json!({}), None), (vec![], None));
        let tiny = || Some("openai/tiny:1b".to_owned());
        assert_eq!(all(&json!({}), Some("tiny:1b")), (tiny().into_iter().collect(), tiny()));
    }

    #[test]
    fn a_list_says_what_may_be_chosen_and_gives_other_names() {
        let config = json!({ "models": providers(), "agents": { "defaults": {
            "model": "stub/echo",
            "models": { "local/*": {}, "far/away": { "alias": "Far" }, "nonsense": {} } } } });
        assert_eq!(all(&config, None).0, ["far/away", "local/llama", "stub/echo"]);
        let catalogue = Catalogue::read(&config, None);
        let found = |text: &str| catalogue.find(text).map(|name| format!("{}/{}", name.provider, name.model));
        for (text, expected) in [
            ("far", Some("far/away")),
            (" Local/LLAMA ", Some("local/llama")),
            ("echo", Some("stub/echo")),
            ("stub/org/big", None),
            ("llama", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(found(text).as_deref(), expected, "{text:?}");
        }
    }
}
