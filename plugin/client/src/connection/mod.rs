//! The event stream: a WebSocket that reconnects, resumes where it stopped, and notices when it is deaf.
//!
//! [`spawn`] starts it. Behind it stands [`machine::Machine`], which decides everything and touches nothing: no
//! socket, no clock, no randomness but the seed it is given. A small driver does what the machine says.

mod backoff;
mod driver;
mod events;
mod handle;
pub mod machine;
mod options;
mod outgoing;
mod session;
mod socket;
mod state;

pub use self::events::{ConnectionEvent, DisconnectReason, Events, How};
pub use self::handle::{Connection, spawn};
pub use self::options::{Options, Settings};
pub use self::state::State;
