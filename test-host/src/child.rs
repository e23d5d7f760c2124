//! This program, started a second time.

use crate::failure::Failure;
use process_wrap::tokio::{ChildWrapper, CommandWrap};
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};

/// How much of its log is kept for a failure.
const LOG_LINES: usize = 100;
/// The gateway ends within ten seconds of its own accord.
const PATIENCE: Duration = Duration::from_secs(11);

/// This program, started a second time in a process group of its own: a Ctrl-C in the terminal reaches only the first one,
/// which then decides in what order things end. Dropping it ends the group.
pub struct Child {
    process: Box<dyn ChildWrapper>,
    stdin: Option<ChildStdin>,
    stdout: Option<Lines<BufReader<ChildStdout>>>,
    log: Arc<Mutex<VecDeque<String>>>,
    ended: bool,
}

impl Child {
    /// Start it with these arguments and this state directory. With `keep_log` its stderr is collected, else it is
    /// shown.
    pub fn start<S: AsRef<OsStr>>(
        state_dir: &Path,
        arguments: &[S],
        keep_log: bool,
    ) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::system("this program cannot be started again", &error);
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = CommandWrap::with_new(program, |command| {
            command.args(arguments).arg("--state-dir").arg(state_dir);
            command.arg("--config").arg(state_dir.join("openclaw.json"));
            // What the user has set up for a real bot has no place here.
            command.env_remove("MATTERMOST_BOT_TOKEN").env_remove("MATTERMOST_URL");
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            command.stderr(if keep_log { Stdio::piped() } else { Stdio::inherit() });
        });
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let mut process = command.spawn().map_err(failed)?;
        let log = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = process.stderr().take() {
            tokio::spawn(collect(stderr, log.clone()));
        }
        let stdin = process.stdin().take();
        Ok(Self { process, stdin, stdout: None, log, ended: false })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        log.iter().fold(String::new(), |text, line| text + "  " + line + "\n")
    }

    /// Whether it has ended already.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    /// Write a line to its stdin.
    pub async fn say(&mut self, line: &str) -> Result<(), Failure> {
        let Some(stdin) = &mut self.stdin else { return Err(lost(&"its stdin is closed")) };
        stdin.write_all(format!("{line}\n").as_bytes()).await.map_err(|error| lost(&error))
    }

    /// The next line of its stdout.
    pub async fn hear(&mut self) -> Result<String, Failure> {
        if self.stdout.is_none() {
            self.stdout = self.process.stdout().take().map(|stdout| BufReader::new(stdout).lines());
        }
        let Some(stdout) = &mut self.stdout else { return Err(lost(&"it has no stdout")) };
        let line = stdout.next_line().await.map_err(|error| lost(&error))?;
        line.ok_or_else(|| lost(&"it ended"))
    }

    /// Wait for its end; whether it did what it should, and its stdout.
    pub async fn answer(&mut self) -> Result<(bool, String), Failure> {
        self.stdin = None;
        let mut text = String::new();
        if let Some(mut stdout) = self.process.stdout().take() {
            stdout.read_to_string(&mut text).await.map_err(|error| lost(&error))?;
        }
        let status = self.process.wait().await.map_err(|error| lost(&error))?;
        self.ended = true;
        Ok((status.success(), text))
    }

    /// End it by the end of its stdin, in good order.
    pub async fn end(&mut self) {
        self.stdin = None;
        self.ended = tokio::time::timeout(PATIENCE, self.process.wait()).await.is_ok_and(|end| end.is_ok());
    }
}

fn lost(why: &dyn std::fmt::Display) -> Failure {
    Failure::system("this program, started again, got lost", why)
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.ended {
            // Nothing is left to be done about a failure.
            let _ = self.process.start_kill();
        }
    }
}

async fn collect(stderr: impl AsyncRead + Unpin, log: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut log = log.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if log.len() == LOG_LINES {
            log.pop_front();
        }
        log.push_back(line);
    }
}
