//! Accounts that run: who the bot is, the connection, and what is heard on it.

mod accounts;
mod identity;
mod run;
mod supervise;

pub use accounts::{Account, Accounts};
pub(crate) use run::Deps;
