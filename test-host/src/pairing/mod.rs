//! Who may write to the bot because somebody let him in.

mod code;
mod file;
mod rules;
mod store;

pub use rules::{Approved, Ask, Book, Checked, Refusal, Request};
pub use store::Store;
