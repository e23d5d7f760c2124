//! A server, a journal and a driver in virtual time, for checking the ledger against them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test support")]

pub mod durable;
pub mod server;
pub mod step;
pub mod world;

/// Milliseconds of virtual time.
pub type Millis = i64;

/// The account.
pub const ACCOUNT: &str = "a";

/// Small and seedable.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// Evenly from 0 to `most`, inclusive.
    pub fn upto(&mut self, most: Millis) -> Millis {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as Millis) % (most.max(0) + 1)
    }
}
