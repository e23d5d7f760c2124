//! Faults on demand: what a network, a proxy, a replica or a restarting server does to its clients.
//!
//! Each fault sits where the real one would: [`lines`] and [`io`] do what happens to TCP, the layer around all routes
//! what happens to requests, the hub what happens to events, and the state what a lagging replica shows.

mod admin;
mod document;
mod io;
mod lines;
mod restart;
mod settings;
mod switches;

pub(crate) use admin::routes;
pub(crate) use io::FaultyIo;
pub(crate) use lines::{Line, Lines};
pub(crate) use restart::{Restart, restart};
pub use switches::{Faults, Instead};

/// Where the admin API is.
pub(crate) const ADMIN_ROOT: &str = "/_sim/";
