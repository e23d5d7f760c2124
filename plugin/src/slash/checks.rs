//! When the server is asked whether a command still stands there, before it is obeyed. Pure: the time is given from
//! outside.
//!
//! Answers that say no hold for a moment, those that say yes never do: a command that was removed is not obeyed once
//! more. How often the server is asked is bounded for each command.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a "no" of the server holds.
const NO_HOLDS: Duration = Duration::from_secs(5);
/// Questions about one command that may follow each other at once, and the time for one more.
const BURST: u32 = 20;
const REFILL: Duration = Duration::from_millis(500);
/// What was not asked about for so long is forgotten.
const IDLE: Duration = Duration::from_secs(20);
/// Commands that are remembered.
const MOST: usize = 2_000;
/// How often it is logged that too much is asked.
const TOLD: Duration = Duration::from_secs(5);

/// A command: its account and its id.
pub(super) type Key = (String, String);

/// What the server said of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stands there, with this token.
    Stands,
    /// It does not, or is another one now.
    Gone,
    /// The server does not show it to the bot any more: what is remembered is all there is to go by.
    NotShown,
    /// The server did not answer.
    Unknown,
}

/// What is to be done for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// The server said no a moment ago.
    Refuse,
    /// Too much was asked; whether that is to be logged.
    TooMany { told: bool },
    /// Somebody is asking already.
    Join,
    /// Ask.
    Ask,
}

#[derive(Debug)]
struct Bucket {
    left: u32,
    filled_at: Instant,
}

/// The state of all commands.
#[derive(Debug, Default)]
pub(super) struct Checks {
    refused: HashMap<Key, Instant>,
    buckets: HashMap<Key, Bucket>,
    asking: HashMap<Key, ()>,
    told_at: Option<Instant>,
}

impl Checks {
    /// A call of a command came whose token is right as far as is remembered.
    pub(super) fn begin(&mut self, key: &Key, now: Instant) -> Begin {
        if self.refused.get(key).is_some_and(|until| *until > now) {
            return Begin::Refuse;
        }
        self.refused.remove(key);
        if self.asking.contains_key(key) {
            return Begin::Join;
        }
        if self.asking.len() >= MOST || !self.take(key, now) {
            let told = self.told_at.is_none_or(|at| now.duration_since(at) >= TOLD);
            if told {
                self.told_at = Some(now);
            }
            return Begin::TooMany { told };
        }
        self.asking.insert(key.clone(), ());
        Begin::Ask
    }

    /// The server answered.
    pub(super) fn end(&mut self, key: &Key, verdict: Verdict, now: Instant) {
        self.asking.remove(key);
        match verdict {
            Verdict::Gone => {
                if self.refused.len() >= MOST {
                    self.refused.retain(|_, until| *until > now);
                }
                // Where thousands are refused at once the oldest may be asked about again: the buckets still count.
                if self.refused.len() < MOST {
                    self.refused.insert(key.clone(), now + NO_HOLDS);
                }
            }
            Verdict::Stands | Verdict::NotShown => {
                self.refused.remove(key);
            }
            Verdict::Unknown => {}
        }
    }

    /// Forget what was said of an account's commands.
    pub(super) fn forget(&mut self, account_id: &str) {
        self.refused.retain(|(account, _), _| account != account_id);
        self.buckets.retain(|(account, _), _| account != account_id);
    }

    fn take(&mut self, key: &Key, now: Instant) -> bool {
        if self.buckets.len() >= MOST && !self.buckets.contains_key(key) {
            self.buckets.retain(|_, bucket| now.duration_since(bucket.filled_at) < IDLE);
            if self.buckets.len() >= MOST {
                return false;
            }
        }
        let bucket = self.buckets.entry(key.clone()).or_insert(Bucket { left: BURST, filled_at: now });
        let more = u32::try_from(now.duration_since(bucket.filled_at).as_millis() / REFILL.as_millis());
        let more = more.unwrap_or(u32::MAX);
        if more > 0 {
            bucket.left = bucket.left.saturating_add(more).min(BURST);
            // The part of a refill that is over counts for the next one.
            bucket.filled_at = if bucket.left == BURST { now } else { bucket.filled_at + REFILL * more };
        }
        let may = bucket.left > 0;
        bucket.left = bucket.left.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::{Begin, Checks, Key, MOST, Verdict};
    use std::time::{Duration, Instant};

    fn key(id: &str) -> Key {
        ("default".to_owned(), id.to_owned())
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// One question, answered at once.
    fn asked(checks: &mut Checks, id: &str, verdict: Verdict, now: Instant) -> Begin {
        let begin = checks.begin(&key(id), now);
        if begin == Begin::Ask {
            checks.end(&key(id), verdict, now);
        }
        begin
    }

    #[test]
    fn a_yes_is_asked_for_each_time_and_a_no_holds_for_five_seconds() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now), Begin::Ask);
        assert_eq!(asked(&mut checks, "c", Verdict::Gone, now), Begin::Ask);
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(4_999)), Begin::Refuse);
        assert_eq!(asked(&mut checks, "d", Verdict::Stands, now), Begin::Ask, "another command");
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(5_000)), Begin::Ask);
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(5_001)), Begin::Ask);
    }

    #[test]
    fn an_answer_that_is_no_answer_is_not_remembered() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        for verdict in [Verdict::Unknown, Verdict::NotShown] {
            assert_eq!(asked(&mut checks, "c", verdict, now), Begin::Ask);
        }
        assert_eq!(checks.begin(&key("c"), now), Begin::Ask);
    }

    #[test]
    fn calls_at_the_same_time_ask_once() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        assert_eq!(checks.begin(&key("c"), now), Begin::Ask);
        for _ in 0..100 {
            assert_eq!(checks.begin(&key("c"), now), Begin::Join);
        }
        checks.end(&key("c"), Verdict::Stands, now);
        assert_eq!(checks.begin(&key("c"), now), Begin::Ask);
    }

    #[test]
    fn the_twenty_first_rapid_call_is_refused_and_told_once_in_five_seconds() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        for _ in 0..20 {
            assert_eq!(asked(&mut checks, "c", Verdict::Stands, now), Begin::Ask);
        }
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now), Begin::TooMany { told: true });
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(499)), Begin::TooMany { told: false });
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(500)), Begin::Ask);
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(999)), Begin::TooMany { told: false });
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now + ms(1_000)), Begin::Ask);
        assert_eq!(asked(&mut checks, "d", Verdict::Stands, now), Begin::Ask, "each command has its own");
        let later = now + ms(60_000);
        let at_once = (0..50).filter(|_| asked(&mut checks, "c", Verdict::Stands, later) == Begin::Ask);
        assert_eq!(at_once.count(), 20, "never more than a burst");
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, later), Begin::TooMany { told: false });
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        for n in 0..MOST + 50 {
            asked(&mut checks, &n.to_string(), Verdict::Gone, now);
        }
        assert!(checks.refused.len() <= MOST && checks.buckets.len() <= MOST);
        assert_eq!(asked(&mut checks, "new", Verdict::Stands, now), Begin::TooMany { told: false });
        assert_eq!(
            asked(&mut checks, "new", Verdict::Stands, now + ms(20_000)),
            Begin::Ask,
            "the idle ones went"
        );
        assert_eq!(checks.buckets.len(), 1);
    }

    #[test]
    fn an_account_that_ends_leaves_nothing() {
        let (mut checks, now) = (Checks::default(), Instant::now());
        asked(&mut checks, "c", Verdict::Gone, now);
        checks.forget("default");
        assert_eq!(asked(&mut checks, "c", Verdict::Stands, now), Begin::Ask);
    }
}
