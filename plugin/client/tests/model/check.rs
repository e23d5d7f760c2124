//! What must hold of everything that a machine does.

use std::collections::{HashSet, VecDeque};

use mattermost_client::connection::How;

use super::Millis;

/// The longest wait while attempts are dense, and for how long they are.
const DENSE: (Millis, Millis) = (3_000, 120_000);
/// The longest wait later.
const LONGEST: Millis = 60_000;
/// A connection that lasted so long ends an outage.
const STABLE: Millis = 60_000;
/// Attempts within a minute: waits are 1.5 s on average, and never the same.
const ATTEMPTS: usize = 90;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Check {
    /// The first event that was not handed out.
    next: u64,
    /// Events before this one may be missing: the machine said so after they were published.
    excused: u64,
    places: HashSet<(u64, u64)>,
    attempts: VecDeque<Millis>,
    outage_since: Option<Millis>,
    live_since: Option<Millis>,
    pub fresh: usize,
    pub resumed: usize,
}

impl Check {
    /// An event was handed out.
    pub fn delivered(&mut self, event: Option<u64>, place: (u64, u64)) {
        assert!(self.places.insert(place), "event {} of connection {} came twice", place.1, place.0);
        let Some(event) = event else { return };
        assert!(event >= self.next, "event {event} came after {}", self.next);
        assert!(
            event <= self.next.max(self.excused),
            "{} to {event} are lost, and nothing was said (up to {})",
            self.next,
            self.excused
        );
        self.next = event + 1;
    }

    /// The machine said that it is connected, when so many events had been published.
    pub fn connected(&mut self, how: How, published: u64, now: Millis) {
        self.live_since.get_or_insert(now);
        match how {
            How::Fresh => (self.excused, self.fresh) = (published, self.fresh + 1),
            How::Resumed => self.resumed += 1,
        }
    }

    /// Nothing is on its way any more.
    pub fn end(&self, published: u64) {
        assert!(published <= self.next.max(self.excused), "{} to {published} are lost", self.next);
    }

    /// An attempt begins.
    pub fn connecting(&mut self, now: Millis) {
        self.attempts.push_back(now);
        while self.attempts.front().is_some_and(|at| at + 60_000 < now) {
            self.attempts.pop_front();
        }
        assert!(self.attempts.len() <= ATTEMPTS, "{} attempts in a minute", self.attempts.len());
    }

    /// The socket is gone.
    pub fn left(&mut self, now: Millis) {
        if self.live_since.take().is_some_and(|since| now >= since + STABLE) {
            self.outage_since = None;
        }
    }

    /// The machine waits, because the server asked for it or else for as long as it likes.
    pub fn waits(&mut self, now: Millis, wait: Millis, asked: Millis) {
        let since = *self.outage_since.get_or_insert(now);
        let most = if now < since + DENSE.1 { DENSE.0 } else { LONGEST };
        assert!(wait <= most.max(asked), "waits {wait} ms, {} ms after the loss", now - since);
    }
}
