//! The configuration: OpenClaw's own file.

mod edit;
mod read;
mod spans;
mod template;
mod write;

pub use read::{Config, Source, filled, load, place, source};
pub use write::{Backup, Written, save};

use crate::failure::Failure;
use crate::secrets;
use crate::settings::Settings;
use serde_json::Value;

/// Read the configuration as a channel gets it: with the environment filled in and secrets resolved.
pub async fn load_for_channels(settings: &Settings) -> Result<Config, Failure> {
    resolved(load(settings)?).await
}

/// Resolve the secrets of a configuration. One that cannot be had stays a reference: its account alone is without it.
pub async fn resolved(mut config: Config) -> Result<Config, Failure> {
    config.variables.extend(secrets::variables(&config.value));
    for secret in secrets::resolve(&mut config.value).await {
        tracing::warn!("{}: the secret cannot be had: {}", secret.key, secret.why);
    }
    Ok(config)
}

/// A plugin is off only when `plugins.entries.<id>.enabled` says so.
pub fn plugin_enabled(config: &Value, id: &str) -> bool {
    config["plugins"]["entries"][id]["enabled"] != Value::Bool(false)
}

/// The line and the column, both from 1, where the value of a path like `channels.m` or `[2].text` stands in any JSON5 text.
pub fn place_in(text: &str, path: &str) -> Option<(usize, usize)> {
    spans::find(text, path).map(|place| (place.line, place.column))
}
