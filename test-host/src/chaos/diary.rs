//! What happened when: the faults, the gateway's lives and its log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Log lines that are kept; more than a trial has.
const LINES: usize = 20_000;

/// What happened when. Cheap to clone.
#[derive(Clone)]
pub struct Diary {
    began: Instant,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Default)]
struct Pages {
    events: Vec<(Duration, String)>,
    log: VecDeque<(Duration, String)>,
    problems: Vec<String>,
}

impl Diary {
    /// It begins now.
    pub fn new() -> Self {
        Self { began: Instant::now(), pages: Arc::default() }
    }

    /// The time since the begin.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Something happened.
    pub fn note(&self, what: impl Into<String>) {
        let event = (self.now(), what.into());
        self.pages().events.push(event);
    }

    /// Something happened that must not, whatever becomes of the messages.
    pub fn problem(&self, what: &str) {
        self.note(what);
        self.pages().problems.push(what.to_owned());
    }

    /// The gateway logged a line.
    pub fn log(&self, line: String) {
        let line = (self.now(), line);
        let mut pages = self.pages();
        if pages.log.len() == LINES {
            pages.log.pop_front();
        }
        pages.log.push_back(line);
    }

    /// What happened so far.
    pub fn events(&self) -> Vec<(Duration, String)> {
        self.pages().events.clone()
    }

    /// What must not have happened.
    pub fn problems(&self) -> Vec<String> {
        self.pages().problems.clone()
    }

    /// How many log lines contain this.
    pub fn count(&self, words: &str) -> usize {
        self.pages().log.iter().filter(|(_, line)| line.contains(words)).count()
    }

    /// The log between two moments.
    pub fn log_between(&self, from: Duration, until: Duration) -> Vec<(Duration, String)> {
        let pages = self.pages();
        pages.log.iter().filter(|(at, _)| (from..=until).contains(at)).cloned().collect()
    }

    /// The lines that contain this.
    pub fn log_with(&self, words: &str) -> Vec<(Duration, String)> {
        let pages = self.pages();
        pages.log.iter().filter(|(_, line)| line.contains(words)).cloned().collect()
    }

    /// The end of the log.
    pub fn last_lines(&self, count: usize) -> String {
        let pages = self.pages();
        let lines = pages.log.iter().skip(pages.log.len().saturating_sub(count));
        lines.fold(String::new(), |text, (_, line)| text + "  " + line + "\n")
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
