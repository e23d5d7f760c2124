//! The gateway's HTTP server: the control endpoint and the plugins' routes, on one port.

mod address;
mod announce;
mod app;
mod connection;
mod listen;
mod places;
mod server;

pub use address::{Bind, PORT_VARIABLE, Wanted};
pub use announce::Announced;
pub use app::{OWN_PATHS, app};
pub use listen::listen;
pub use server::Server;
