//! The person at the terminal.

use super::ask::Asker;
use crate::failure::Failure;
use crate::output;
use std::io::{IsTerminal, Write};

/// Asks on stderr, because stdout is for the answer; reads from the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

/// Whether somebody can be asked.
pub fn is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

impl Asker for Terminal {
    fn say(&mut self, text: &str) {
        output::note(text);
    }

    fn line(&mut self, question: &str) -> Result<String, Failure> {
        prompt(question);
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(0) => Err(gone(&"the input ended")),
            Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(gone(&error)),
        }
    }

    fn secret(&mut self, question: &str) -> Result<String, Failure> {
        prompt(question);
        rpassword::read_password().map_err(|error| gone(&error))
    }
}

fn prompt(question: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody may be listening; then nobody answers either.
    let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
}

fn gone(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        format!("nobody answers: {why}"),
        "nothing was saved; see --help for the options that answer without being asked",
    )
}
