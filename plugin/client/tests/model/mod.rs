//! A server and a network in virtual time, for checking the machine against them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test support")]

pub mod check;
pub mod faults;
pub mod server;
pub mod world;

/// Milliseconds of virtual time.
pub type Millis = u64;
