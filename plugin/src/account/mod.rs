//! Accounts that run: who the bot is, the connection, and what is heard on it.

mod accounts;
mod bursts;
mod deps;
mod doctor;
mod explain;
mod hearing;
mod identity;
mod ignoring;
mod login;
mod loops;
mod media;
mod pairing;
mod post_size;
mod preparing;
mod probe;
mod questions;
mod reactions;
mod reading;
mod recovery;
mod run;
mod session;
mod supervise;
mod telling;
mod threads;

pub use accounts::{Accounts, Stopping};
pub(crate) use deps::{Deps, Tuning};
pub(crate) use doctor::doctor;
pub(crate) use explain::explain;
pub use login::Account;
pub(crate) use media::Media;
pub(crate) use pairing::{NotTold, approved, ask as ask_pairing, told as pairing_text};
pub(crate) use probe::probe;
pub(crate) use questions::{Questions, Unanswered};
