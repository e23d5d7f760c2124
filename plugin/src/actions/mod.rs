//! What agents and operators want done with messages that stand already: `action.*`.
//!
//! An action passes its gate (the account's configuration), then the rules of who may reach what ([`rights`]), then it
//! is done. An operator passes both.

mod asking;
mod channels;
mod dispatch;
pub mod emoji;
mod gates;
mod messages;
mod reactions;
mod reading;
pub mod rights;
mod search;
mod told;

pub(crate) use dispatch::Actions;
pub(crate) use gates::{NAMES, allowed};
