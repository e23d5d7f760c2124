//! An agent that is a command: the message as JSON on stdin, the answer on stdout.

use super::exec_output::{Output, Said};
use super::{Agent, Answer, Chosen, Failed, Hidden, Turn, Voice};
use crate::models::full;
use crate::times;
use host_sdk::protocol::{Event, SystemEvent};
use process_wrap::tokio::{ChildWrapper, CommandWrap};
use serde::Serialize;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

/// The characters of a line of its stderr that are logged.
const LONGEST_LINE: usize = 1000;

/// Questions that a command may ask in one turn.
const MOST_QUESTIONS: usize = 16;

/// The bytes of its output that are read at once.
const BLOCK: usize = 8192;

/// Runs a command for each message.
#[derive(Clone, Debug)]
pub struct Exec {
    command: String,
    limit: Duration,
    hidden: Hidden,
}

impl Exec {
    /// An agent that runs `command` in the system's shell, at most for `limit`, without the environment variables
    /// `hidden`.
    pub fn new(command: String, limit: Duration, hidden: Hidden) -> Self {
        Self { command, limit, hidden }
    }

    /// What a command did before it failed should not be done twice, so it never comes again.
    async fn run(&self, turn: Turn<'_>, voice: &Voice) -> Result<Option<String>, String> {
        let mut answers: Vec<Chosen> = Vec::new();
        loop {
            let asking = match self.once(turn, voice, &answers).await? {
                Said::Answer(answer) => return Ok(answer),
                Said::Question(asking) => asking,
            };
            if answers.len() >= MOST_QUESTIONS {
                return Err(format!("the agent's command asked more than {MOST_QUESTIONS} questions"));
            }
            answers.push(voice.ask(&asking).await?);
        }
    }

    /// Run the command. When it asks something it is run again with the answer, so that nothing of it has to wait for
    /// people.
    async fn once(&self, turn: Turn<'_>, voice: &Voice, answers: &[Chosen]) -> Result<Said, String> {
        let input = input(turn, answers)
            .map_err(|error| format!("the message cannot be written as JSON: {error}"))?;
        let mut child = self.spawn()?;
        let turn = child.talk(input, voice);
        match tokio::time::timeout(self.limit, turn).await {
            Ok(Ok(end)) if end.status.success() => Ok(end.said),
            Ok(Ok(End { status, last_words, .. })) => {
                let last_words = last_words.map_or_else(String::new, |words| format!(": {words}"));
                Err(format!("the agent's command ended with {status}{last_words}"))
            }
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
            // An agent does what strangers write: it has no use for the channels' secrets.
            for name in self.hidden.read().unwrap_or_else(|poisoned| poisoned.into_inner()).iter() {
                command.env_remove(name);
            }
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
    fn name(&self) -> &'static str {
        "exec"
    }

    fn answer<'a>(&'a self, turn: Turn<'a>, voice: &'a Voice) -> Answer<'a> {
        Box::pin(async move { self.run(turn, voice).await.map_err(Failed::for_good) })
    }

    fn takes_hints(&self) -> bool {
        true
    }
}

/// What the command reads: the whole event, what else happened, which model the session chose, and what people answered to
/// its questions so far.
#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    event: Event,
    #[serde(skip_serializing_if = "<[SystemEvent]>::is_empty")]
    system_events: &'a [SystemEvent],
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "<[Chosen]>::is_empty")]
    answers: &'a [Chosen],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hints: &'a [String],
}

fn input(turn: Turn<'_>, answers: &[Chosen]) -> serde_json::Result<Vec<u8>> {
    let event = Event::InboundMessage(Box::new(turn.message.clone()));
    let model = turn.model.map(full);
    let Turn { system_events, hints, .. } = turn;
    serde_json::to_vec(&Input { event, system_events, model, answers, hints })
}

/// How a command ended.
struct End {
    status: ExitStatus,
    said: Said,
    /// The last line that it wrote to stderr.
    last_words: Option<String>,
}

/// A command in work. Dropping it ends it with everything that it started.
struct Running {
    child: Box<dyn ChildWrapper>,
    ended: bool,
}

impl Running {
    /// Give the input, collect the answer, pass what it complains about to the log.
    async fn talk(&mut self, input: Vec<u8>, voice: &Voice) -> std::io::Result<End> {
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
            let mut output = Output::new(voice);
            if let Some(mut stdout) = stdout {
                let mut block = vec![0; BLOCK];
                loop {
                    let length = stdout.read(&mut block).await?;
                    if length == 0 {
                        break;
                    }
                    output.take(block.get(..length).unwrap_or_default()).map_err(std::io::Error::other)?;
                }
            }
            output.finish().map_err(std::io::Error::other)
        };
        let ((), said, last_words, status) = tokio::try_join!(write, read, log(stderr), child.wait())?;
        self.ended = true;
        Ok(End { status, said, last_words })
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

/// Log what a command complains about; the last line of it.
async fn log(stderr: Option<impl AsyncRead + Unpin>) -> std::io::Result<Option<String>> {
    let Some(stderr) = stderr else { return Ok(None) };
    let mut last = None;
    let mut stderr = BufReader::new(stderr);
    let mut line = Line::default();
    // To the end, whatever comes: a pipe that nobody reads stops the command, one that is closed ends it.
    loop {
        let block = match stderr.fill_buf().await {
            Ok(block) if !block.is_empty() => block,
            // The end; a failure ends the log, not the turn.
            _ => break,
        };
        let (part, ended) = match block.iter().position(|byte| *byte == b'\n') {
            Some(end) => (block.get(..end).unwrap_or_default(), true),
            None => (block, false),
        };
        line.add(part);
        let read = part.len() + usize::from(ended);
        stderr.consume(read);
        if ended {
            tracing::info!("agent: {}", line.text());
            last = std::mem::take(&mut line).words().or(last);
        }
    }
    if line.length > 0 {
        tracing::info!("agent: {}", line.text());
        last = line.words().or(last);
    }
    Ok(last)
}

/// A line for the log, of which no more than the beginning is kept.
#[derive(Default)]
struct Line {
    kept: Vec<u8>,
    length: usize,
}

impl Line {
    fn add(&mut self, part: &[u8]) {
        // A character has at most four bytes, so this is enough for the longest line and one character more, which
        // shows that there is more.
        let room = (4 * (LONGEST_LINE + 1)).saturating_sub(self.kept.len());
        self.kept.extend_from_slice(part.get(..room).unwrap_or(part));
        self.length += part.len();
    }

    /// What stands in it, unless it is blank.
    fn words(&self) -> Option<String> {
        Some(self.text().trim().to_owned()).filter(|words| !words.is_empty())
    }

    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.kept);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        match text.char_indices().nth(LONGEST_LINE) {
            None => text.to_owned(),
            Some((end, _)) => {
                format!("{}… ({} bytes in all)", text.get(..end).unwrap_or_default(), self.length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, Line};

    fn text(parts: &[&[u8]]) -> String {
        let mut line = Line::default();
        parts.iter().for_each(|part| line.add(part));
        assert!(line.kept.len() < 5 * LONGEST_LINE, "{} bytes are kept", line.kept.len());
        line.text()
    }

    #[test]
    fn a_line_that_is_no_text_is_shown_as_far_as_it_is_some() {
        assert_eq!(text(&[b"caf", b"\xe9 \xc3", b"\xa9\r"]), "caf\u{fffd} é");
    }

    #[test]
    fn of_an_endless_line_the_beginning_is_kept() {
        let zeros = [0_u8; 100_000];
        let said = text(&[&zeros, &zeros]);
        assert_eq!(said.chars().filter(|c| *c == '\0').count(), LONGEST_LINE);
        assert!(said.ends_with("… (200000 bytes in all)"), "{said:?}");
    }

    #[test]
    fn a_line_that_just_fits_is_not_cut() {
        for letter in ["e", "é", "🦀"] {
            let line = letter.repeat(LONGEST_LINE);
            assert_eq!(text(&[line.as_bytes()]), line);
            assert!(text(&[line.as_bytes(), letter.as_bytes()]).contains("… ("));
        }
    }
}
