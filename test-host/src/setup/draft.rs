//! What an account should be, and writing it into a configuration.

use super::DEFAULT;
use super::account::key_of;
use crate::cli::DmPolicy;
use crate::failure::Failure;
use serde_json::{Map, Value, json};

/// Where token and URL come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// From the environment, at each start.
    Environment,
    /// From the configuration. What is missing stays as it is configured.
    Configuration {
        /// The bot's token.
        token: Option<String>,
        /// The server's base URL.
        url: Option<String>,
    },
}

/// What an account should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id in canonical form.
    pub account: String,
    /// Where token and URL come from.
    pub credentials: Credentials,
    /// What people call it.
    pub name: Option<String>,
    /// Who may write to it directly.
    pub dm_policy: Option<DmPolicy>,
    /// Its server may be on this machine or in a private network.
    pub allow_private_network: bool,
}

/// A base URL as it is used: without blanks, slashes at the end and `/api/v4`.
pub fn base_url(typed: &str) -> Result<String, String> {
    let url = typed.trim().trim_end_matches('/');
    let cut = url.len().saturating_sub("/api/v4".len());
    let url = match url.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case("/api/v4") => url.get(..cut).unwrap_or_default(),
        _ => url,
    };
    let host = ["https://", "http://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| url.get(scheme.len()..))?
    });
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace) => {
            Ok(url.to_owned())
        }
        _ => Err("the URL must be like https://chat.example.com".to_owned()),
    }
}

/// Write an account into a configuration; what a person should know of it besides.
pub fn apply(config: &Value, channel: &str, draft: &Draft) -> Result<(Value, Vec<String>), Failure> {
    let mut config = config.clone();
    let mut notes = Vec::new();
    let section = object(&mut config, "channels", "channels")?;
    let section = entry(section, channel, &format!("channels.{channel}"))?;
    let key = key_of(section, &draft.account);
    let target = if draft.account == DEFAULT && key.is_none() {
        section
    } else {
        if draft.account != DEFAULT {
            promote(section, channel, &mut notes)?;
        }
        if section.get("enabled") == Some(&Value::Bool(false)) {
            notes.push(format!("channels.{channel}.enabled is false: no account starts until it is true"));
        }
        let accounts = entry(section, "accounts", &format!("channels.{channel}.accounts"))?;
        let key = key.unwrap_or_else(|| draft.account.clone());
        entry(accounts, &key, &format!("channels.{channel}.accounts.{key}"))?
    };
    target.insert("enabled".to_owned(), json!(true));
    if let Credentials::Configuration { token, url } = &draft.credentials {
        set(target, "botToken", token.as_ref());
        set(target, "baseUrl", url.as_ref());
    }
    set(target, "name", draft.name.as_ref());
    if draft.allow_private_network {
        let network = entry(target, "network", "network")?;
        network.insert("dangerouslyAllowPrivateNetwork".to_owned(), json!(true));
    }
    if let Some(policy) = draft.dm_policy {
        target.insert("dmPolicy".to_owned(), json!(policy.name()));
        if policy == DmPolicy::Open {
            // Without it the policy is an error: everybody must be meant, not only be forgotten.
            let list = target.entry("allowFrom").or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut().filter(|list| !list.contains(&json!("*"))) {
                list.push(json!("*"));
            }
        }
    }
    Ok((config, notes))
}

/// A second account: what made the first one stands beside it from now on.
fn promote(section: &mut Map<String, Value>, channel: &str, notes: &mut Vec<String>) -> Result<(), Failure> {
    let credentials = ["botToken", "baseUrl"].iter().any(|key| section.contains_key(*key));
    let named = section.contains_key("name") && key_of(section, DEFAULT).is_some();
    if !credentials && !named {
        return Ok(());
    }
    let key = key_of(section, DEFAULT).unwrap_or_else(|| DEFAULT.to_owned());
    let moved: Vec<(&str, Value)> = ["botToken", "baseUrl", "name"]
        .into_iter()
        .filter_map(|key| Some((key, section.remove(key)?)))
        .collect();
    let accounts = entry(section, "accounts", &format!("channels.{channel}.accounts"))?;
    let first = entry(accounts, &key, &format!("channels.{channel}.accounts.{key}"))?;
    let names: Vec<&str> = moved.iter().map(|(name, _)| *name).collect();
    notes.push(format!("moved {} to channels.{channel}.accounts.{key}", names.join(", ")));
    for (name, value) in moved {
        // Its own value has been the one that counts.
        first.entry(name).or_insert(value);
    }
    Ok(())
}

fn set(target: &mut Map<String, Value>, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        target.insert(key.to_owned(), json!(value));
    }
}

fn object<'a>(value: &'a mut Value, key: &str, path: &str) -> Result<&'a mut Map<String, Value>, Failure> {
    match value {
        Value::Object(entries) => entry(entries, key, path),
        _ => Err(no_object("the configuration")),
    }
}

fn entry<'a>(
    entries: &'a mut Map<String, Value>,
    key: &str,
    path: &str,
) -> Result<&'a mut Map<String, Value>, Failure> {
    let value = entries.entry(key).or_insert_with(|| json!({}));
    value.as_object_mut().ok_or_else(|| no_object(path))
}

fn no_object(path: &str) -> Failure {
    Failure::new(format!("{path} is not an object"), "correct it, then try again; `doctor` names the place")
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
