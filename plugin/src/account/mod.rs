//! Accounts that run: who the bot is, the connection, and what is heard on it.

mod accounts;
mod deps;
mod identity;
mod login;
mod run;
mod supervise;

pub use accounts::{Accounts, Stopping};
pub(crate) use deps::Deps;
pub use login::Account;
