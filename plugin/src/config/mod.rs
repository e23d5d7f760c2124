//! `channels.mattermost`: what an operator wrote, turned into accounts that can be started.
//!
//! Pure: a configuration object and the environment go in, accounts with their problems come out. The same code
//! serves the running channel and the questions that a host asks without one.

mod account;
mod channel;
mod env;
mod keys;
mod reliability;
mod section;
mod warnings;

pub use account::{AccountConfig, ChatMode, DmPolicy, GroupPolicy, Mention, Policies};
pub use channel::{ChannelConfig, canonical_id};
pub use env::Env;
