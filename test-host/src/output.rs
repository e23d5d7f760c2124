//! The only place that writes to stdout and stderr: answers on the one, everything else on the other.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Print a line of the answer.
pub fn line(text: impl AsRef<str>) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{}", text.as_ref()).and_then(|()| stdout.flush());
    // `test-host ... | head` has seen enough.
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
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

/// Report a failure in the one form that all commands share.
pub fn failed(failure: &Failure, as_json: bool) -> ExitCode {
    note(format!("error: {}", failure.what));
    if let Some(hint) = &failure.hint {
        note(format!("hint: {hint}"));
    }
    if as_json {
        json(&serde_json::json!({
            "ok": false,
            "error": { "message": failure.what, "hint": failure.hint, "code": failure.code },
        }));
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
        json(&serde_json::json!({
            "ok": false,
            "error": { "message": message, "hint": "see --help", "code": null },
        }));
    }
    ExitCode::from(2)
}
