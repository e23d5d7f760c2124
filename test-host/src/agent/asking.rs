//! How an agent asks people something in the middle of a turn, to be answered by a button.

use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long an answer may take when nothing is said, in seconds, and at most.
const USUAL: u64 = 300;
const LONGEST: u64 = 24 * 60 * 60;
/// The options that a question may have: more are not shown as buttons.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;
/// Characters of an option: what a button shows.
const LONGEST_OPTION: usize = 100;

/// A question as it is written in a script, or by a command.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    text: String,
    options: Vec<String>,
    timeout_seconds: Option<u64>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// What is asked.
    pub text: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// How long the answer may take.
    pub limit: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// Which option, from 0.
    pub index: usize,
    /// What it says.
    pub option: String,
    /// Who chose it: a name, or an id.
    pub by: String,
}

/// Somebody who asks people.
pub trait Asker: Send + Sync {
    /// Ask, and wait for the answer. `Err`: why there is none.
    fn ask<'a>(
        &'a self,
        asking: &'a Asking,
    ) -> Pin<Box<dyn Future<Output = Result<Chosen, String>> + Send + 'a>>;
}

impl Asking {
    /// What was written, if it makes sense; else what is wrong with it.
    pub(super) fn new(written: Written) -> Result<Self, String> {
        let Written { text, options, timeout_seconds } = written;
        if text.trim().is_empty() {
            return Err("`ask.text` must not be empty".to_owned());
        }
        if !OPTIONS.contains(&options.len()) {
            return Err(format!("`ask.options` has {} answers; a question has 2 to 4", options.len()));
        }
        let sound = |option: &String| !option.trim().is_empty() && option.chars().count() <= LONGEST_OPTION;
        if !options.iter().all(sound) {
            return Err(format!("`ask.options`: an answer has 1 to {LONGEST_OPTION} characters"));
        }
        let seconds = timeout_seconds.unwrap_or(USUAL);
        if !(1..=LONGEST).contains(&seconds) {
            return Err(format!("`ask.timeout_seconds` is {seconds}; it is from 1 to {LONGEST}, a day"));
        }
        Ok(Self { text, options, limit: Duration::from_secs(seconds) })
    }

    /// The same, with other texts.
    pub(super) fn map(&self, change: impl Fn(&String) -> String) -> Self {
        Self {
            text: change(&self.text),
            options: self.options.iter().map(&change).collect(),
            limit: self.limit,
        }
    }
}
