//! An agent that is a command: the message as JSON on stdin, the answer on stdout.

use super::{Agent, Answer};
use crate::times;
use host_sdk::protocol::{Event, InboundMessage};
use process_wrap::tokio::{ChildWrapper, CommandWrap};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

/// An answer that is longer is a command gone wild.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Runs a command for each message.
#[derive(Clone, Debug)]
pub struct Exec {
    command: String,
    limit: Duration,
}

impl Exec {
    /// An agent that runs `command` in the system's shell, at most for `limit`.
    pub fn new(command: String, limit: Duration) -> Self {
        Self { command, limit }
    }

    async fn run(&self, message: &InboundMessage) -> Result<Option<String>, String> {
        let event = Event::InboundMessage(Box::new(message.clone()));
        let input = serde_json::to_vec(&event)
            .map_err(|error| format!("the message cannot be written as JSON: {error}"))?;
        let mut child = self.spawn()?;
        let turn = child.talk(input);
        match tokio::time::timeout(self.limit, turn).await {
            Ok(Ok((status, answer))) if status.success() => {
                let answer = answer.trim();
                Ok((!answer.is_empty()).then(|| answer.to_owned()))
            }
            Ok(Ok((status, _))) => Err(format!("the agent's command ended with {status}")),
            Ok(Err(error)) => Err(format!("the agent's command: {error}")),
            Err(_) => {
                Err(format!("the agent's command took longer than {} and was ended", times::took(self.limit)))
            }
        }
    }

    fn spawn(&self) -> Result<Running, String> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = CommandWrap::with_new(shell, |command| {
            command.arg(flag).arg(&self.command);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        // The whole group, because the shell's children are what takes the time.
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        match command.spawn() {
            Ok(child) => Ok(Running { child, ended: false }),
            Err(error) => Err(format!("the agent's command cannot be started: {error}")),
        }
    }
}

impl Agent for Exec {
    fn answer<'a>(&'a self, message: &'a InboundMessage) -> Answer<'a> {
        Box::pin(self.run(message))
    }
}

/// A command in work. Dropping it ends it with everything that it started.
struct Running {
    child: Box<dyn ChildWrapper>,
    ended: bool,
}

impl Running {
    /// Give the input, collect the answer, pass what it complains about to the log.
    async fn talk(&mut self, input: Vec<u8>) -> std::io::Result<(ExitStatus, String)> {
        let child = self.child.as_mut();
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A command that does not care for its input closes it; that is no failure.
                let _ = stdin.write_all(&input).await;
                let _ = stdin.shutdown().await;
            }
            Ok(())
        };
        let read = async {
            let mut answer = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
            }
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let ((), answer, (), status) = tokio::try_join!(write, read, log(stderr), child.wait())?;
        self.ended = true;
        Ok((status, answer))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After its end the number of the process group may belong to somebody else.
        if self.ended {
            return;
        }
        if let Err(error) = self.child.start_kill() {
            tracing::warn!(%error, "the agent's command cannot be ended");
        }
    }
}

async fn log(stderr: Option<impl AsyncRead + Unpin>) -> std::io::Result<()> {
    let Some(stderr) = stderr else { return Ok(()) };
    let mut lines = BufReader::new(stderr).lines();
    // What is not text ends the log, not the turn.
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::info!("agent: {line}");
    }
    Ok(())
}
