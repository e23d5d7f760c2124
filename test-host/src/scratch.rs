//! A state directory that goes with the command: the plugin as a user installs it, and a configuration.

use crate::child::Child;
use crate::failure::Failure;
use crate::files;
use crate::plugins::checkout;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

/// An empty folder that is removed when it is dropped.
pub fn dir(prefix: &str) -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new().prefix(prefix).tempdir();
    made.map_err(|error| Failure::system("cannot create a temporary directory", &error))
}

/// Install the plugin with the command that a user would give; what that printed. A configuration must be there.
pub async fn install(state_dir: &Path, plugin: &Path) -> Result<Value, Failure> {
    let arguments = ["plugins".as_ref(), "install".as_ref(), plugin.as_os_str(), "--json".as_ref()];
    let (done, answer) = Child::start(state_dir, &arguments, false)?.answer().await?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    if !done {
        // The child has told its reason on the same stderr.
        return Err(Failure {
            what: "the plugin could not be installed".to_owned(),
            hint: answer["error"]["hint"].as_str().map(str::to_owned),
            ..Failure::default()
        });
    }
    checkout::check_id(answer["id"].as_str().unwrap_or_default())?;
    Ok(answer)
}

/// Write the configuration of a bot that answers everybody.
pub fn configure(state_dir: &Path, url: &str, token: &str, streaming: Option<&str>) -> Result<(), Failure> {
    write_config(state_dir, &format!("{:#}\n", config(url, token, streaming)))
}

/// The configuration of a bot that answers everybody on the server at `url`, which is on this machine; `streaming` is its
/// `streaming.mode`, if not the default.
pub fn config(url: &str, token: &str, streaming: Option<&str>) -> Value {
    let mut config = json!({ "channels": { "mattermost": {
        "enabled": true, "baseUrl": url, "botToken": token,
        "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
        "network": { "dangerouslyAllowPrivateNetwork": true },
    } } });
    if let Some(mode) = streaming {
        config["channels"]["mattermost"]["streaming"] = json!({ "mode": mode });
    }
    config
}

/// Write a configuration that nobody else can read: it has the bot's token.
pub fn write_config(state_dir: &Path, text: &str) -> Result<(), Failure> {
    let path = state_dir.join("openclaw.json");
    files::create_private(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::system(format!("cannot write {}", path.display()), &error))
}
