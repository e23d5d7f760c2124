//! `gateway run`.

use crate::cli::Gateway;
use crate::failure::Failure;
use crate::settings::Settings;

/// Do what `gateway ...` says.
pub async fn run(settings: Settings, command: Gateway) -> Result<(), Failure> {
    match command {
        Gateway::Run(options) => crate::gateway::run(settings, options).await,
    }
}
