//! Clicks on buttons: what the server sends, what has to be true of it, and the one effect that it has.

mod change;
mod claims;
mod confirm;
mod handler;
mod payload;
mod plain;
mod question;
mod refused;
mod special;

pub(crate) use change::change;
pub(crate) use claims::{Claims, Winner};
pub(crate) use handler::{Click, Clicks};
pub(crate) use plain::resumed;
