//! `sim`: the embedded Mattermost by itself.

use crate::cli::{ServerVersion, Sim as Options};
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use mattermost_sim::{Options as SimOptions, Sim, Version};
use serde_json::json;

/// Run the embedded Mattermost until a signal.
pub async fn run(as_json: bool, options: Options) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let version = match options.version {
        ServerVersion::V11_6 => Version::V11_6,
        ServerVersion::V5_16 => Version::V5_16,
    };
    let sim = Sim::start(SimOptions::version(version).listen(options.listen)).await.map_err(|error| {
        Failure::new(error.to_string(), "choose another address with --listen, for example 127.0.0.1:0")
    })?;
    if as_json {
        output::json(&json!({ "url": sim.url(), "version": version.number() }));
    } else {
        output::line(format!("Mattermost {} at {} (Ctrl-C ends it)", version.number(), sim.url()));
    }
    signals.next().await;
    sim.stop().await;
    Ok(())
}
