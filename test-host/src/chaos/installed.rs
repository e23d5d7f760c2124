//! The plugin, installed once and given to each gateway.

use crate::child::Child;
use crate::failure::Failure;
use crate::plugins::checkout;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that goes with the run: the plugin as a user installs it, and the state of each gateway.
pub struct Installed {
    dir: TempDir,
}

impl Installed {
    /// Install the plugin with the command that a user would give.
    pub async fn new(plugin: Option<PathBuf>) -> Result<Self, Failure> {
        let plugin = checkout::find(plugin)?;
        checkout::check(&plugin)?;
        let dir = tempfile::Builder::new()
            .prefix("test-host-trial-")
            .tempdir()
            .map_err(|error| Failure::system("cannot create a temporary directory", &error))?;
        let installed = Self { dir };
        let base = installed.dir.path().join("base");
        std::fs::create_dir(&base).map_err(|error| Failure::system(base.display().to_string(), &error))?;
        // The child is told where its configuration is, so one must be there.
        write_private(&base.join("openclaw.json"), "{}\n")?;
        let arguments = ["plugins".as_ref(), "install".as_ref(), plugin.as_os_str(), "--json".as_ref()];
        let (done, answer) = Child::start(&base, &arguments, false)?.answer().await?;
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
        Ok(installed)
    }

    /// A folder for things that the gateways share.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// A fresh state directory for a gateway that speaks as `token` to the server at `url`.
    pub fn state(&self, name: &str, url: &str, token: &str) -> Result<PathBuf, Failure> {
        let state = self.dir.path().join(name);
        copy(&self.dir.path().join("base"), &state)
            .map_err(|error| Failure::system(format!("cannot fill {}", state.display()), &error))?;
        let config = json!({ "channels": { "mattermost": {
            "enabled": true, "baseUrl": url, "botToken": token,
            "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
            // The server or the proxy is on this machine.
            "network": { "dangerouslyAllowPrivateNetwork": true },
        } } });
        write_private(&state.join("openclaw.json"), &format!("{config:#}\n"))?;
        Ok(state)
    }

    /// Remove everything.
    pub fn clear(self) {
        if let Err(error) = self.dir.close() {
            crate::output::note(format!("a temporary directory could not be removed: {error}"));
        }
    }
}

/// Copy a folder without its configuration.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != "openclaw.json" {
            // The library has megabytes; another file system has no common links.
            std::fs::hard_link(entry.path(), &target)
                .or_else(|_| std::fs::copy(entry.path(), &target).map(drop))?;
        }
    }
    Ok(())
}

/// It has the bot's token.
fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::system(format!("cannot write {}", path.display()), &error))
}
