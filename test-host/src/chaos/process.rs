//! A gateway that is started, killed and started again on the same state.

use super::clock::Clock;
use super::diary::Diary;
use crate::failure::Failure;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The gateway ends within ten seconds of its own accord.
const PATIENCE: Duration = Duration::from_secs(11);
/// Connecting takes milliseconds; this is for a machine under load.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// How a gateway is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Its state, with the plugin and the configuration.
    pub state_dir: PathBuf,
    /// Who answers.
    pub agent: String,
    /// A write that fails for the file's size must not end it.
    pub survives_full_disk: bool,
    /// Its clock can be changed.
    pub clock: Option<Clock>,
}

/// A gateway that is started, killed and started again on the same state.
pub struct Gateway {
    launch: Launch,
    diary: Diary,
    child: Option<Child>,
    /// How often it was started.
    pub starts: usize,
    /// How often it was killed.
    pub kills: usize,
}

impl Gateway {
    /// One that does not run yet.
    pub fn new(launch: Launch, diary: Diary) -> Self {
        Self { launch, diary, child: None, starts: 0, kills: 0 }
    }

    /// Start it; `more` are further arguments.
    pub fn start(&mut self, more: &[&str]) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::system("this program cannot be started again", &error);
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = if self.launch.survives_full_disk {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(r#"trap "" XFSZ; exec "$@""#).arg("sh").arg(program);
            shell
        } else {
            Command::new(program)
        };
        let state = &self.launch.state_dir;
        command
            .args(["gateway", "run", "--port", "0", "--until-stdin-closes", "--agent", &self.launch.agent])
            .args(more)
            .arg("--state-dir")
            .arg(state)
            .arg("--config")
            .arg(state.join("openclaw.json"))
            // What the user has set up for a real bot has no place here.
            .env_remove("MATTERMOST_BOT_TOKEN")
            .env_remove("MATTERMOST_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(clock) = &self.launch.clock {
            clock.prepare(&mut command);
        }
        // A Ctrl-C in the terminal reaches only the first process, which decides in what order things end.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(failed)?;
        if let Some(stderr) = child.stderr.take() {
            let diary = self.diary.clone();
            tokio::spawn(async move {
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    diary.log(line);
                }
            });
        }
        self.starts += 1;
        let with = if more.is_empty() { String::new() } else { format!(" with {}", more.join(" ")) };
        self.diary.note(format!("gateway started{with} (pid {})", child.id().unwrap_or_default()));
        self.child = Some(child);
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// Wait until it has connected once more than `before` times.
    pub async fn connected(&self, before: usize) -> Result<(), Failure> {
        let wait = async {
            while self.connections() <= before {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(CONNECT_LIMIT, wait).await.map_err(|_| {
            let log = self.diary.last_lines(30);
            Failure::bare(format!("the gateway did not connect; its log:\n{}", log.trim_end()))
        })
    }

    /// How often it has said that it is connected for the first time in its life.
    pub fn connections(&self) -> usize {
        self.diary.count(": connected as @")
    }

    /// Kill it at once.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Nothing is left to be done about a failure: then it has ended already.
            let _ = child.kill().await;
            self.kills += 1;
            self.diary.note("gateway killed");
        }
    }

    /// End it in good order.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
                self.diary.problem("the gateway did not stop within eleven seconds");
                let _ = child.kill().await;
            }
            self.diary.note("gateway stopped");
        }
    }

    /// How it ended, when nobody asked it to.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        Some(status)
    }
}
