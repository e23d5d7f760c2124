//! What a proxy did so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a proxy did since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that are open now.
    pub open: u64,
    /// Connections that were accepted, refused ones included.
    pub accepted: u64,
    /// Bytes that went to the upstream.
    pub bytes_up: u64,
    /// Bytes that went to clients.
    pub bytes_down: u64,
    /// Connections that were cut.
    pub cut: u64,
    /// Open connections that were reset, also at the end of a silence.
    pub reset: u64,
    /// New connections that were reset at once.
    pub refused: u64,
    /// Posts whose answer was swallowed.
    pub responses_dropped: u64,
    /// Posts that were not forwarded.
    pub posts_refused: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) open: Counter,
    pub(crate) accepted: Counter,
    pub(crate) bytes_up: Counter,
    pub(crate) bytes_down: Counter,
    pub(crate) cut: Counter,
    pub(crate) reset: Counter,
    pub(crate) refused: Counter,
    pub(crate) responses_dropped: Counter,
    pub(crate) posts_refused: Counter,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            open: self.open.get(),
            accepted: self.accepted.get(),
            bytes_up: self.bytes_up.get(),
            bytes_down: self.bytes_down.get(),
            cut: self.cut.get(),
            reset: self.reset.get(),
            refused: self.refused.get(),
            responses_dropped: self.responses_dropped.get(),
            posts_refused: self.posts_refused.get(),
        }
    }
}

/// A number that only its readers order, so that no ordering of memory is needed.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn take_one(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
