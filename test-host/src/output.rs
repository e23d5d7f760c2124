//! The only place that writes to stdout and stderr: answers on the one, everything else on the other.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::sync::OnceLock;
use tokio::sync::Notify;

/// Why stdout takes nothing any more.
static LOST: OnceLock<std::io::Error> = OnceLock::new();
static LOST_NOW: Notify = Notify::const_new();

/// Print a line of the answer. When stdout takes nothing any more the work goes on to its end, so that it cleans up;
/// [`finish`] tells the failure.
pub fn line(text: impl AsRef<str>) {
    if LOST.get().is_some() {
        return;
    }
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{}", text.as_ref()).and_then(|()| stdout.flush()) {
        // Only the first failure counts.
        let _ = LOST.set(error);
        LOST_NOW.notify_one();
    }
}

/// Returns when stdout takes nothing any more: for work that is done only for its answers. One task may wait.
pub async fn lost() {
    LOST_NOW.notified().await;
}

/// The exit code of a program that would end with `code`, if its answers could be written. A reader that has seen
/// enough, as in `test-host ... | head`, is no failure.
pub fn finish(code: ExitCode) -> ExitCode {
    match LOST.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            note(format!("error: the answer cannot be written to stdout: {error}"));
            note("hint: check where stdout goes");
            ExitCode::from(1)
        }
        _ => code,
    }
}

/// Characters that a line has room for, where people read at a terminal.
pub fn width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout())
        .map(|(width, _)| usize::from(width.0))
        .filter(|width| *width > 0)
}

/// Print the answer as one indented JSON document.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(error) => note(format!("error: the answer cannot be written as JSON: {error}")),
    }
}

/// Tell a person who waits what is going on.
pub fn note(text: impl AsRef<str>) {
    // Nobody may be listening; that is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// Tell how far something is, in place of what the line said before. For a terminal.
pub fn replace(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r{text}\x1b[K").and_then(|()| stderr.flush());
}

/// Report a failure in the one form that all commands share.
pub fn failed(failure: &Failure, as_json: bool) -> ExitCode {
    note(format!("error: {}", failure.what));
    if let Some(hint) = &failure.hint {
        note(format!("hint: {hint}"));
    }
    if as_json && !failure.answered {
        let mut error = serde_json::json!({ "message": failure.what, "hint": failure.hint });
        if let Some(code) = failure.code {
            error["code"] = serde_json::json!(code);
        }
        json(&serde_json::json!({ "ok": false, "error": error }));
    }
    ExitCode::from(1)
}

/// Report a wrong command line, or print the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        line(error.to_string().trim_end());
        return ExitCode::SUCCESS;
    }
    note(error.to_string().trim_end());
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let about: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
        let about = about.join(" ");
        let message = about.strip_prefix("error: ").unwrap_or(&about);
        json(&serde_json::json!({ "ok": false, "error": { "message": message, "hint": "see --help" } }));
    }
    ExitCode::from(2)
}
