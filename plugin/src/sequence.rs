//! Numbers that order what is kept, also over restarts.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers that only grow.
#[derive(Debug, Default)]
pub struct Sequence(AtomicU64);

impl Sequence {
    /// The next number.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// Numbers below this are taken.
    pub fn begin_at(&self, number: u64) {
        self.0.fetch_max(number, Ordering::Relaxed);
    }
}
