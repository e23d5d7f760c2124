//! The decisions of a connection, without I/O, clock or randomness of their own.
//!
//! Whoever drives a [`Machine`] tells it what happened and what time it is ([`Machine::handle`]), does the
//! [`Effect`]s it answers with, in their order, and calls again at [`Machine::deadline`] at the latest.

mod input;
mod open;
mod transitions;

pub use self::input::{Effect, Input, Outgoing, ProbeOutcome, Received, Refusal, Resume};
pub use self::transitions::Machine;
