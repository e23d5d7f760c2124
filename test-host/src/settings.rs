//! Where this run finds its configuration and keeps its state.

use crate::cli::Global;
use crate::failure::Failure;
use crate::logging::Level;
use host_sdk::host::registry::Registry;
use std::path::{Path, PathBuf};

/// The settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration file.
    pub config_file: PathBuf,
    /// It was named on the command line, so it must be there.
    pub config_required: bool,
    /// The state directory.
    pub state_dir: PathBuf,
    /// Answers are JSON.
    pub json: bool,
    /// How much is logged, when it was said.
    pub log_level: Option<Level>,
}

impl Settings {
    /// From the command line, else from the environment, else below the home directory.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let state_dir = match global.state_dir.clone().or_else(|| variable("OPENCLAW_STATE_DIR")) {
            Some(dir) => absolute(&dir)?,
            None => home()?.join(".openclaw"),
        };
        let config_file = match global.config.clone().or_else(|| variable("OPENCLAW_CONFIG_PATH")) {
            Some(file) => absolute(&file)?,
            None => state_dir.join("openclaw.json"),
        };
        Ok(Self {
            config_file,
            config_required: global.config.is_some(),
            state_dir,
            json: global.json,
            log_level: global.log_level,
        })
    }

    /// The plugins.
    pub fn registry(&self) -> Registry {
        Registry::new(&self.state_dir)
    }

    /// Where one channel keeps its state.
    pub fn channel_state(&self, id: &str) -> PathBuf {
        self.state_dir.join("channels").join(id)
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn home() -> Result<PathBuf, Failure> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty()).ok_or_else(|| {
        Failure::new("there is no home directory to keep state in", "name a directory with --state-dir")
    })
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::system(format!("cannot use the path {}", path.display()), &error))
}
