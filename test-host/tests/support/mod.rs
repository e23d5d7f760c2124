//! What every test needs: the program, a state directory of its own, and the plugins that cargo built.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

pub mod endpoint;
pub mod gateway;
pub mod http;
pub mod libraries;
pub mod scripted;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_test-host");

/// What a run said.
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The one JSON document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", self.stdout))
    }

    /// Exit code 0; fails with what it said otherwise.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Exit code 1 with an error that contains all of `words`, and a next step.
    pub fn failed(self, words: &[&str]) -> Self {
        assert_eq!(self.code, 1, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(self.stderr.contains("error: "), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {}", self.stderr);
        }
        self
    }
}

/// A state directory that goes with the test.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The folder of one installed plugin, or of all when `id` is empty.
    pub fn extension(&self, id: &str) -> PathBuf {
        self.path().join("extensions").join(id)
    }

    /// Write a file below it, with its folders.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Write the configuration.
    pub fn config(&self, config: &Value) {
        self.write("openclaw.json", &config.to_string());
    }

    /// The program with this state directory, and nothing of the user's own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--state-dir").arg(self.path());
        for name in ["OPENCLAW_CONFIG_PATH", "OPENCLAW_STATE_DIR", "MATTERMOST_BOT_TOKEN", "MATTERMOST_URL"] {
            command.env_remove(name);
        }
        for name in ["OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENCLAW_GATEWAY_PORT"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Run the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    /// Put the Mattermost plugin there by hand: an install of an unoptimised library takes seconds.
    pub fn place_mattermost(&self) {
        self.place("mattermost", "Mattermost", &libraries::mattermost());
    }

    /// The same with the channel that tells what its configuration lists.
    pub fn place_scripted(&self) {
        self.place("scripted", "Scripted", &libraries::scripted());
    }

    /// The same with any library.
    pub fn place(&self, id: &str, name: &str, from: &Path) {
        let manifest = serde_json::json!({ "id": id, "name": name, "channels": [id] });
        self.write(&format!("extensions/{id}/openclaw.plugin.json"), &manifest.to_string());
        let native = self.extension(id).join("native");
        let to = native.join(from.file_name().unwrap());
        std::fs::create_dir_all(&native).unwrap();
        // Another file system has no common links.
        std::fs::hard_link(from, &to).or_else(|_| std::fs::copy(from, &to).map(drop)).unwrap();
    }

    /// Install a plugin.
    pub fn install(&self, path: &Path) -> Said {
        self.run(&["plugins", "install", path.to_str().unwrap()])
    }
}

/// Run a command to its end.
pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
