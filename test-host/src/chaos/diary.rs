//! What happened when: the faults, the gateway's lives and its log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

/// Log lines that are kept; more than a trial has.
const LINES: usize = 20_000;

/// A log line that is older or younger than this was written by another clock.
const ANOTHER_CLOCK: Duration = Duration::from_secs(1_800);

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
    /// Log lines whose own time is not that of this process.
    by_another_clock: usize,
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
        let written = line.split_whitespace().next().and_then(|stamp| humantime::parse_rfc3339(stamp).ok());
        let by_another_clock = written.is_some_and(|written| {
            let now = SystemTime::now();
            let ahead = written.duration_since(now).or_else(|_| now.duration_since(written));
            ahead.is_ok_and(|difference| difference > ANOTHER_CLOCK)
        });
        let line = (self.now(), line);
        let mut pages = self.pages();
        pages.by_another_clock += usize::from(by_another_clock);
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

    /// How many log lines were written by a clock that is far from ours.
    pub fn by_another_clock(&self) -> usize {
        self.pages().by_another_clock
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
