//! The host's models as a picker can show them. Pure.

use host_sdk::protocol::{ModelCatalogue, ModelName};
use std::collections::{BTreeMap, BTreeSet};

/// Models on a page.
pub(super) const PAGE: usize = 8;
/// Bytes that the name of a provider or a model may have. Longer ones are not offered: their buttons would be refused.
const LONGEST: usize = 512;

/// The models of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provider {
    pub id: String,
    /// In alphabetical order, each once.
    pub models: Vec<String>,
}

/// All models, in the host's order of providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Catalogue {
    pub providers: Vec<Provider>,
    pub current: Option<ModelName>,
}

impl Catalogue {
    /// What the host named, without what no command could name: `/model` takes a word, and its first slash ends the
    /// provider.
    pub(super) fn new(named: ModelCatalogue) -> Self {
        let mut models: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        let mut order = Vec::new();
        for provider in named.providers {
            if !is_word(&provider.id) || provider.id.contains('/') {
                continue;
            }
            let words = provider.models.into_iter().filter(|model| is_word(model));
            let offered = models.entry(provider.id.clone()).or_insert_with(|| {
                order.push(provider.id);
                BTreeSet::new()
            });
            offered.extend(words.map(|model| (model.to_lowercase(), model)));
        }
        let providers = order.into_iter().filter_map(|id| {
            let models: Vec<String> = models.remove(&id)?.into_iter().map(|(_, model)| model).collect();
            (!models.is_empty()).then_some(Provider { id, models })
        });
        Self { providers: providers.collect(), current: named.current }
    }

    /// A provider, whatever the case of its name.
    pub(super) fn provider(&self, id: &str) -> Option<&Provider> {
        let exact = self.providers.iter().find(|provider| provider.id == id);
        exact.or_else(|| self.providers.iter().find(|provider| provider.id.eq_ignore_ascii_case(id)))
    }

    /// Whether a model may be chosen.
    pub(super) fn offers(&self, provider: &str, model: &str) -> bool {
        let provider = self.providers.iter().find(|known| known.id == provider);
        provider.is_some_and(|provider| provider.models.iter().any(|known| known == model))
    }

    /// Whether it is the one in use.
    pub(super) fn is_current(&self, provider: &str, model: Option<&str>) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| {
            current.provider == provider && model.is_none_or(|model| current.model == model)
        })
    }
}

impl Provider {
    /// How many pages its models have; at least one.
    pub(super) fn pages(&self) -> usize {
        self.models.len().div_ceil(PAGE).max(1)
    }

    /// A page that there is.
    pub(super) fn nearest(&self, page: usize) -> usize {
        page.clamp(1, self.pages())
    }

    /// The models of a page, from 1.
    pub(super) fn page(&self, page: usize) -> &[String] {
        let start = (self.nearest(page) - 1) * PAGE;
        let end = (start + PAGE).min(self.models.len());
        self.models.get(start..end).unwrap_or_default()
    }
}

fn is_word(name: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    !name.is_empty() && name.len() <= LONGEST && !name.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, PAGE};
    use host_sdk::protocol::{ModelCatalogue, ModelProvider};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn provider(id: &str, models: &[&str]) -> ModelProvider {
        ModelProvider { id: id.to_owned(), models: models.iter().map(|model| (*model).to_owned()).collect() }
    }

    fn catalogue(providers: Vec<ModelProvider>) -> Catalogue {
        Catalogue::new(ModelCatalogue { providers, current: None })
    }

    #[test]
    fn models_are_in_order_and_once_and_only_those_that_a_command_can_name() {
        let long = "x".repeat(513);
        let named = catalogue(vec![
            provider("z", &["b", "A", "b", "", "two words", &long, "org/model"]),
            provider("a", &["m"]),
            provider("z", &["c"]),
            provider("empty", &[]),
            provider("with/slash", &["m"]),
            provider("", &["m"]),
        ]);
        let ids: Vec<&str> = named.providers.iter().map(|provider| provider.id.as_str()).collect();
        assert_eq!(ids, ["z", "a"], "in the host's order");
        assert_eq!(named.providers[0].models, ["A", "b", "c", "org/model"]);
        assert!(named.offers("z", "A") && !named.offers("z", "a") && !named.offers("y", "A"));
        assert_eq!(named.provider("Z").unwrap().id, "z");
    }

    proptest! {
        #[test]
        fn every_model_is_on_one_page_and_no_page_is_too_long(models in prop::collection::btree_set("[a-z0-9./-]{1,20}", 1..200)) {
            let names: Vec<&str> = models.iter().map(String::as_str).collect();
            let named = catalogue(vec![provider("p", &names)]);
            let provider = &named.providers[0];
            let pages: Vec<&[String]> = (1..=provider.pages()).map(|page| provider.page(page)).collect();
            prop_assert!(pages.iter().all(|page| (1..=PAGE).contains(&page.len())));
            prop_assert_eq!(pages.iter().map(|page| page.len()).sum::<usize>(), models.len(), "none twice");
            let reached: BTreeSet<String> = pages.into_iter().flatten().cloned().collect();
            prop_assert_eq!(reached, models);
        }

        #[test]
        fn a_page_that_is_not_there_is_the_nearest(count in 1_usize..40, page: usize) {
            let names: Vec<String> = (0..count).map(|number| format!("m{number}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let named = catalogue(vec![provider("p", &names)]);
            prop_assert!(!named.providers[0].page(page).is_empty());
        }
    }
}
