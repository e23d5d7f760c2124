//! A new configuration while the gateway runs.

use super::house::House;
use super::start::Channel;
use crate::agent::Hidden;
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::settings::Settings;
use host_sdk::protocol::{ConfigUpdate, ConfigUpdated, ErrorCode, HandleRequest};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often the file is looked at. Editors replace files and file systems differ; looking always works.
const EVERY: Duration = Duration::from_secs(1);
/// A file that is being written is left alone until it has been as it is for so long.
const QUIET: Duration = Duration::from_millis(300);

/// How a file was when it was looked at; a changed one is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(Option<(Option<SystemTime>, u64, u64)>);

impl Seen {
    /// Look at a file.
    pub fn of(path: &Path) -> Self {
        let facts = std::fs::metadata(path).ok();
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino;
        #[cfg(not(unix))]
        let number = |_: &std::fs::Metadata| 0;
        Self(facts.map(|facts| (facts.modified().ok(), facts.len(), number(&facts))))
    }
}

/// Gives changed configurations to the channels.
pub struct Reload {
    settings: Settings,
    channels: Vec<(Arc<Channel>, Value)>,
    /// The section `gateway` that was told of last.
    gateway: Value,
    hidden: Hidden,
    house: House,
    broken: bool,
}

impl Reload {
    /// For channels and a house that run with this configuration.
    pub fn new(
        settings: &Settings,
        config: &Value,
        (channels, house): (&[Arc<Channel>], House),
        hidden: Hidden,
    ) -> Self {
        let channels = channels.iter().map(|channel| (channel.clone(), config.clone())).collect();
        let gateway = config["gateway"].clone();
        Self { settings: settings.clone(), channels, gateway, hidden, house, broken: false }
    }

    /// Watch the file, from how it was before it was read.
    pub async fn watch(mut self, mut seen: Seen) {
        let path = self.settings.config_file.clone();
        loop {
            tokio::time::sleep(EVERY).await;
            let mut now = Seen::of(&path);
            if now == seen {
                continue;
            }
            loop {
                tokio::time::sleep(QUIET).await;
                let later = Seen::of(&path);
                if later == now {
                    break;
                }
                now = later;
            }
            seen = now;
            match self.load().await {
                Ok(config) => {
                    if std::mem::take(&mut self.broken) {
                        tracing::info!("gateway: the configuration can be read again");
                    }
                    self.give(config).await;
                }
                Err(failure) => {
                    self.broken = true;
                    not_taken("gateway", &failure);
                }
            }
        }
    }

    async fn load(&self) -> Result<Config, Failure> {
        let source = config::source(&self.settings)?;
        let shown = source.path.display();
        // A file that is gone or empty is a slip; as a configuration it would stop everything.
        if source.text.as_ref().is_none_or(|text| text.trim().is_empty()) {
            let how = if source.text.is_none() { "gone" } else { "empty" };
            return Err(Failure::new(
                format!("{shown} is {how}"),
                "write it again; to stop the channels, stop the gateway",
            ));
        }
        config::resolved(config::filled(source)?).await
    }

    fn hide(&self, names: Vec<String>) {
        let mut hidden = self.hidden.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        // What was a secret once stays one.
        for name in names {
            if !hidden.contains(&name) {
                hidden.push(name);
            }
        }
    }

    async fn give(&mut self, config: Config) {
        self.hide(config.secret_variables());
        let gateway = config.value["gateway"].clone();
        for key in
            ["bind", "customBindHost", "port"].iter().filter(|key| gateway[**key] != self.gateway[**key])
        {
            tracing::warn!("gateway: gateway.{key} counts when the gateway is started again");
        }
        self.gateway = gateway;
        self.house.update(&config.value);
        for (channel, current) in &mut self.channels {
            if *current == config.value {
                continue;
            }
            if !config::plugin_enabled(&config.value, &channel.id) {
                tracing::warn!(
                    "{}: it is switched off now; it goes on until the gateway is stopped",
                    channel.id
                );
            }
            let update = HandleRequest::ConfigUpdate(ConfigUpdate { config: config.value.clone() });
            match channel.instance.handle(&update).await {
                Ok(answer) => {
                    *current = config.value.clone();
                    channel.names.update(&config.value);
                    channel.hints.update(&config.value);
                    taken(&channel.id, serde_json::from_value(answer).unwrap_or_default());
                }
                Err(error) if error.code == ErrorCode::NotSupported => tracing::warn!(
                    "{}: this plugin reads a new configuration at its start only; start the gateway again",
                    channel.id
                ),
                Err(error) => {
                    let failure = Failure::of_config(error, &config.value, &self.settings.config_file);
                    not_taken(&channel.id, &failure);
                }
            }
        }
    }
}

fn not_taken(of: &str, failure: &Failure) {
    // Only the first line: the others show the place to a person at a terminal.
    let what = failure.what.lines().next().unwrap_or_default();
    tracing::error!(
        "{of}: the changed configuration is not taken, the old one stays: {what}{}",
        failure.way_out()
    );
}

fn taken(channel: &str, updated: ConfigUpdated) {
    let ConfigUpdated { started, restarted, stopped, unchanged, warnings, .. } = updated;
    let parts =
        [("started", started), ("restarted", restarted), ("stopped", stopped), ("unchanged", unchanged)];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(_, accounts)| !accounts.is_empty())
        .map(|(what, accounts)| format!("{what} {}", accounts.join(", ")))
        .collect();
    let told = if told.is_empty() { "no account is concerned".to_owned() } else { told.join("; ") };
    tracing::info!("{channel}: new configuration: {told}");
    for warning in warnings {
        tracing::warn!("{channel}: {warning}");
    }
}
