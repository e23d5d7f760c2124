//! `channels list`.

use crate::channels;
use crate::config;
use crate::failure::Failure;
use crate::output;
use crate::plugins::{self, HostTools};
use crate::settings::Settings;
use host_sdk::protocol::{AccountStatus, QueryRequest, ValueSource};
use serde_json::{Value, json};

/// One channel as the list shows it.
struct Entry {
    id: String,
    label: String,
    installed: bool,
    accounts: Vec<AccountStatus>,
    problem: Option<String>,
}

/// Show what is configured, and whether its plugin is there. Nothing is asked over the network.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    let config = config::load(settings)?.value;
    let entries = entries(settings, &config)?;
    if settings.json {
        let list: Vec<Value> = entries.iter().map(document).collect();
        output::json(&json!({ "channels": list }));
        return Ok(());
    }
    output::line("Chat channels:");
    for entry in &entries {
        lines(entry).iter().for_each(output::line);
    }
    if entries.is_empty() {
        output::line("none; `channels add` sets one up");
    }
    Ok(())
}

fn entries(settings: &Settings, config: &Value) -> Result<Vec<Entry>, Failure> {
    let found = settings.registry().find_all(&mut HostTools::quiet())?;
    let mut entries = Vec::new();
    for plugin in &found {
        let mut entry = Entry {
            id: plugin.id.clone(),
            label: plugin.id.clone(),
            installed: true,
            accounts: Vec::new(),
            problem: None,
        };
        match plugins::open(plugin) {
            Ok(library) => {
                entry.label.clone_from(&library.info().name);
                entry.id.clone_from(&library.info().id);
                let question = QueryRequest::AccountList { config: config.clone(), env: None };
                // A channel without accounts of its own has nothing to show.
                let answer = library.query(&question).unwrap_or_default();
                entry.accounts = serde_json::from_value(answer).unwrap_or_default();
            }
            Err(failure) => entry.problem = Some(failure.what),
        }
        entries.push(entry);
    }
    let sections = config["channels"].as_object().into_iter().flat_map(|sections| sections.keys());
    for section in sections.filter(|section| !["defaults", "modelByChannel"].contains(&section.as_str())) {
        if !found.iter().any(|found| plugins::brings(found, section)) {
            entries.push(Entry {
                id: section.clone(),
                label: section.clone(),
                installed: false,
                accounts: Vec::new(),
                problem: None,
            });
        }
    }
    Ok(entries)
}

fn lines(entry: &Entry) -> Vec<String> {
    let label = &entry.label;
    if !entry.installed {
        return vec![format!("- {label}: configured, not installed")];
    }
    if let Some(problem) = &entry.problem {
        return vec![format!("- {label}: installed, broken: {problem}")];
    }
    if entry.accounts.is_empty() {
        return vec![format!("- {label}: installed")];
    }
    entry.accounts.iter().map(|account| line(label, account)).collect()
}

fn line(label: &str, account: &AccountStatus) -> String {
    let mut flags = vec![
        "installed".to_owned(),
        if account.configured { "configured" } else { "not configured" }.to_owned(),
        if account.enabled { "enabled" } else { "disabled" }.to_owned(),
    ];
    flags.extend(source("token", account.token_source));
    flags.extend(account.base_url.as_ref().map(|url| format!("base={url}")));
    let name = account.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    format!("- {label} {}{name}: {}", account.account_id, flags.join(", "))
}

fn source(what: &str, source: ValueSource) -> Option<String> {
    match source {
        ValueSource::Config => Some(format!("{what}=config")),
        ValueSource::Env => Some(format!("{what}=env")),
        ValueSource::None => None,
    }
}

fn document(entry: &Entry) -> Value {
    json!({
        "id": entry.id, "label": entry.label, "installed": entry.installed, "problem": entry.problem,
        "accounts": entry.accounts.iter().map(|account| channels::json(account, None)).collect::<Vec<_>>(),
    })
}
