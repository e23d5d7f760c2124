//! The plugin, installed once and given to each gateway.

use crate::failure::Failure;
use crate::plugins::checkout;
use crate::scratch;
use serde_json::Value;
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
        let installed = Self { dir: scratch::dir("test-host-trial-")? };
        let base = installed.dir.path().join("base");
        std::fs::create_dir(&base).map_err(|error| Failure::system(base.display().to_string(), &error))?;
        // The child is told where its configuration is, so one must be there.
        scratch::write_config(&base, "{}\n")?;
        scratch::install(&base, &plugin).await?;
        Ok(installed)
    }

    /// A folder for things that the gateways share.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// A fresh state directory for a gateway that speaks as `token` to the server at `url`.
    pub fn state(&self, name: &str, url: &str, token: &str) -> Result<PathBuf, Failure> {
        self.state_with(name, &scratch::config(url, token, None))
    }

    /// A fresh state directory with this configuration.
    pub fn state_with(&self, name: &str, config: &Value) -> Result<PathBuf, Failure> {
        let state = self.dir.path().join(name);
        copy(&self.dir.path().join("base"), &state)
            .map_err(|error| Failure::system(format!("cannot fill {}", state.display()), &error))?;
        scratch::write_config(&state, &format!("{config:#}\n"))?;
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
