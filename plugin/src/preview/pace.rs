//! When a preview is written: seldom enough for servers and readers, and never for nothing.

use std::time::Duration;
use tokio::time::Instant;

/// Two writes are at least this far apart. Every edit of a post is kept by the server and told to everybody who reads.
const EVERY: Duration = Duration::from_millis(1_200);
/// An answer that is whole sooner needs no preview, and the first words tell more than the first letter.
const FIRST: Duration = Duration::from_millis(300);
/// After a failure the pause is doubled so often.
const MOST_DOUBLINGS: u32 = 4;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write this now.
    Write(String),
    /// Nothing before this time.
    Wait(Instant),
    /// Nothing until there is news.
    Rest,
}

/// The writes of one preview.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    wanted: Option<String>,
    shown: Option<String>,
    not_before: Option<Instant>,
    failures: u32,
    given_up: bool,
}

impl Pace {
    /// A preview that begins after a wait, or at the least when its first words are together.
    #[must_use]
    pub fn new(now: Instant, wait: Duration) -> Self {
        Self { not_before: Some(now + wait.max(FIRST)), ..Self::default() }
    }

    /// It may begin now, as soon as its first words are together.
    pub fn hurry(&mut self, now: Instant) {
        if self.shown.is_none() && self.failures == 0 {
            self.not_before = self.not_before.map(|at| at.min(now + FIRST));
        }
    }

    /// What the preview should say.
    pub fn want(&mut self, text: String) {
        self.wanted = Some(text);
    }

    /// What to do at this time.
    #[must_use]
    pub fn step(&self, now: Instant) -> Step {
        let Some(text) = self.wanted.as_ref().filter(|text| self.shown.as_ref() != Some(*text)) else {
            return Step::Rest;
        };
        match self.not_before {
            _ if self.given_up => Step::Rest,
            Some(at) if now < at => Step::Wait(at),
            _ => Step::Write(text.clone()),
        }
    }

    /// A text was written.
    pub fn wrote(&mut self, text: String, now: Instant) {
        self.shown = Some(text);
        self.failures = 0;
        self.not_before = Some(now + EVERY);
    }

    /// A write failed; the server may have said how long to wait.
    pub fn failed(&mut self, now: Instant, pause: Option<Duration>) {
        self.failures = (self.failures + 1).min(MOST_DOUBLINGS);
        let wait = EVERY * (1 << self.failures);
        self.not_before = Some(now + pause.unwrap_or_default().max(wait));
    }

    /// No more writes: the server does not take them.
    pub fn give_up(&mut self) {
        self.given_up = true;
    }

    /// No more writes are made.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// What stands on the server, as far as that is known.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::{EVERY, FIRST, Pace, Step};
    use proptest::prelude::*;
    use std::time::Duration;
    use tokio::time::Instant;

    #[derive(Clone, Debug)]
    enum Happening {
        News(u8),
        Passes(u16),
        Fails(Option<u16>),
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            3 => (0..4_u8).prop_map(Happening::News),
            4 => (0..2_000_u16).prop_map(Happening::Passes),
            1 => proptest::option::of(0..5_000_u16).prop_map(Happening::Fails),
        ]
    }

    proptest! {
        /// Whatever comes: writes keep their distance, none repeats what stands there, and what is wanted last is
        /// written in the end.
        #[test]
        fn writes_keep_their_distance_and_the_last_words_are_written(
            happenings in proptest::collection::vec(happening(), 1..60)
        ) {
            let began = Instant::now();
            let mut now = began;
            let mut pace = Pace::new(now, Duration::ZERO);
            let (mut writes, mut wanted): (Vec<(Instant, String)>, _) = (Vec::new(), None);
            let mut write = |pace: &mut Pace, now: Instant, fails: Option<Option<u16>>| {
                let Step::Write(text) = pace.step(now) else { return };
                if let Some((at, before)) = writes.last() {
                    prop_assert_eq_or_panic(now - *at >= EVERY && *before != text);
                } else {
                    prop_assert_eq_or_panic(now - began >= FIRST);
                }
                match fails {
                    Some(pause) => pace.failed(now, pause.map(|ms| Duration::from_millis(ms.into()))),
                    None => {
                        pace.wrote(text.clone(), now);
                        writes.push((now, text));
                    }
                }
            };
            for happening in happenings {
                match happening {
                    Happening::News(text) => {
                        wanted = Some(text.to_string());
                        pace.want(text.to_string());
                        write(&mut pace, now, None);
                    }
                    Happening::Passes(ms) => {
                        now += Duration::from_millis(ms.into());
                        write(&mut pace, now, None);
                    }
                    Happening::Fails(pause) => write(&mut pace, now, Some(pause)),
                }
            }
            now += Duration::from_secs(60);
            write(&mut pace, now, None);
            prop_assert_eq!(pace.shown(), wanted.as_deref());
        }
    }

    fn prop_assert_eq_or_panic(right: bool) {
        assert!(right);
    }
}
