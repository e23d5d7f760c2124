//! The REST API: one file a part of it, all of them thin over the state.

mod actions;
mod body;
mod bots;
mod caller;
mod channel_members;
mod channels;
mod commands;
mod conversations;
mod detached;
mod faulty;
mod files;
mod history;
mod layer;
mod posts;
mod posts_special;
mod query;
mod reactions;
mod reply;
mod router;
mod search;
mod server;
mod sessions;
mod status;
mod system;
mod teams;
mod tokens;
mod user_lists;
mod users;

pub(crate) use caller::bearer_token;
pub(crate) use router::router;
pub(crate) use server::{App, Server};
