//! References to secrets, `{ source, provider, id }`, resolved for the channels as OpenClaw does.
//!
//! References to the environment are left to the plugin.

mod exec;
mod file;
mod path;
mod reference;

pub use reference::Reference;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// No secret and no answer of a provider is longer.
const LONGEST: u64 = 1 << 20;
/// No provider takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A secret that cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The value that needs it, as a path.
    pub key: String,
    /// Why; never with anything of a secret.
    pub why: String,
}

/// Put the secrets in the place of the references to them, wherever a channel that is switched on has some.
pub async fn resolve(config: &mut Value) -> Vec<Unresolved> {
    let mut wanted = BTreeMap::<Reference, Vec<String>>::new();
    reference::collect(&config["channels"], "channels", &mut wanted);
    let mut providers = BTreeMap::<(String, String), Vec<String>>::new();
    for reference in wanted.keys() {
        let key = (reference.source.clone(), reference.provider.clone());
        providers.entry(key).or_default().push(reference.id.clone());
    }
    let (mut found, mut unresolved) = (BTreeMap::new(), Vec::new());
    for ((source, provider), ids) in providers {
        let answers = ask(config, &source, &provider, &ids).await;
        for (id, answer) in ids.into_iter().zip(answers) {
            let reference = Reference { source: source.clone(), provider: provider.clone(), id };
            match answer {
                Ok(secret) => drop(found.insert(reference, secret)),
                Err(why) => {
                    let keys = wanted.get(&reference).into_iter().flatten();
                    unresolved.extend(keys.map(|key| Unresolved { key: key.clone(), why: why.clone() }));
                }
            }
        }
    }
    if let Some(channels) = config.get_mut("channels") {
        reference::fill(channels, &found);
    }
    unresolved
}

/// The environment variables that providers get: nothing for an agent to see.
pub fn variables(config: &Value) -> BTreeSet<String> {
    let providers =
        config["secrets"]["providers"].as_object().into_iter().flat_map(|providers| providers.values());
    let names = providers.filter_map(|provider| provider["passEnv"].as_array()).flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Ask a provider; one answer for each id.
async fn ask(config: &Value, source: &str, name: &str, ids: &[String]) -> Vec<Result<String, String>> {
    let all = |why: String| ids.iter().map(|_| Err(why.clone())).collect();
    if source == "store" {
        return all(
            "this host has no secret store; use a reference with source \"env\", \"file\" or \"exec\""
                .to_owned(),
        );
    }
    let provider = &config["secrets"]["providers"][name];
    let key = format!("secrets.providers.{name}");
    match provider["source"].as_str() {
        Some(has) if has == source => {}
        Some(has) => return all(format!("{key} has source {has:?}, the reference {source:?}")),
        None => return all(format!("{key} with source {source:?} is not configured")),
    }
    let asked = match source {
        "file" => file::ask(provider, &key, ids).await,
        _ => exec::ask(provider, &key, name, ids).await,
    };
    asked.unwrap_or_else(all)
}

/// How long a provider may take, as it is configured.
fn patience(provider: &Value) -> Duration {
    provider["timeoutMs"].as_u64().map_or(PATIENCE, |millis| Duration::from_millis(millis).min(PATIENCE))
}

/// How long an answer may be, as it is configured.
fn longest(provider: &Value, key: &str) -> u64 {
    provider[key].as_u64().map_or(LONGEST, |bytes| bytes.min(LONGEST))
}
