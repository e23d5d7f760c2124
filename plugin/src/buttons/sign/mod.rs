//! The signatures of buttons. Pure.

mod candidates;
mod canonical;
mod number;
mod order;
mod signer;

pub use signer::{NotSigned, Signer};
