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
    /// It is the one that is used when nothing is said.
    pub usual_state_dir: bool,
    /// Answers are JSON.
    pub json: bool,
    /// How much is logged, when it was said.
    pub log_level: Option<Level>,
}

impl Settings {
    /// From the command line, else from the environment, else below the home directory.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let usual = home();
        let state_dir = match global.state_dir.clone().or_else(|| variable("OPENCLAW_STATE_DIR")) {
            Some(dir) => absolute(&dir)?,
            None => usual.clone()?,
        };
        let config_file = match global.config.clone().or_else(|| variable("OPENCLAW_CONFIG_PATH")) {
            Some(file) => absolute(&file)?,
            None => state_dir.join("openclaw.json"),
        };
        Ok(Self {
            config_file,
            config_required: global.config.is_some(),
            usual_state_dir: usual.as_ref().is_ok_and(|usual| *usual == state_dir),
            state_dir,
            json: global.json,
            log_level: global.log_level,
        })
    }

    /// Of a state directory with its configuration in it, whatever the command line and the environment say.
    pub fn of(state_dir: &Path) -> Self {
        Self {
            config_file: state_dir.join("openclaw.json"),
            config_required: true,
            state_dir: state_dir.to_owned(),
            usual_state_dir: false,
            json: false,
            log_level: None,
        }
    }

    /// The command line that does `words` with this state directory, to be typed into a shell.
    pub fn command_line(&self, words: &str) -> String {
        let name = env!("CARGO_PKG_NAME");
        if self.usual_state_dir {
            return format!("{name} {words}");
        }
        format!("{name} --state-dir {} {words}", quoted(&self.state_dir.to_string_lossy()))
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

/// A path as people write it: `~` is the home directory.
pub fn expanded(path: &str) -> PathBuf {
    match path.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => PathBuf::from(path),
    }
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/\\:._-+,@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The state directory that is used when nothing is said.
fn home() -> Result<PathBuf, Failure> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    home.map(|home| home.join(".openclaw")).ok_or_else(|| {
        Failure::new("there is no home directory to keep state in", "name a directory with --state-dir")
    })
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::system(format!("cannot use the path {}", path.display()), &error))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        assert_eq!(quoted("/home/me/.openclaw"), "/home/me/.openclaw");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
