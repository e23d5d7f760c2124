//! A short-lived instance of a channel, to ask it one thing.

use crate::gateway;
use crate::logging::{self, Level};
use crate::settings::Settings;
use host_sdk::host::Library;
use host_sdk::protocol::{Error, HandleRequest, Init, Role};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Ask a channel that reads `config`, from this process; a gateway may run or not.
pub async fn ask<T: DeserializeOwned>(
    settings: &Settings,
    config: &Value,
    library: &Library,
    request: &HandleRequest,
) -> Result<T, Error> {
    let init = Init {
        role: Role::Client,
        config: config.clone(),
        ..gateway::init(settings.log_level.unwrap_or(Level::Warn))
    };
    let (instance, _events) = library.instance(&init, Some(logging::plugin_hook(&library.info().id)))?;
    let result = instance.handle(request).await;
    // The answer is there; how the instance ends changes nothing about it.
    let _ = instance.shutdown(Duration::from_secs(2)).await;
    answer(result?)
}

/// What a plugin answered, as the type that the protocol promises.
pub fn answer<T: DeserializeOwned>(answer: Value) -> Result<T, Error> {
    serde_json::from_value(answer)
        .map_err(|error| Error::invalid(format!("the plugin's answer cannot be read: {error}")))
}
