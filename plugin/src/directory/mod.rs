//! Who and what there is on the servers: by name, by id, and in lists.

mod aging;
mod asking;
mod describe;
mod find;
mod lists;
mod names;
mod near;
mod requests;
mod server;

pub(crate) use describe::{not_the_bot, opaque, resolve};
pub(crate) use find::{channel_by_name, user_by_id, user_by_name};
pub(crate) use names::{Names, Opaque};
pub(crate) use requests::Desk;
pub(crate) use server::Server;
