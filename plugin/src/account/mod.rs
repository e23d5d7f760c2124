//! Accounts that run: who the bot is, the connection, and what is heard on it.

mod accounts;
mod deps;
mod hearing;
mod identity;
mod login;
mod reading;
mod run;
mod session;
mod supervise;
mod telling;

pub use accounts::{Accounts, Stopping};
pub(crate) use deps::Deps;
pub use login::Account;
