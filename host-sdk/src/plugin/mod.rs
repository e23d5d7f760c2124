//! For authors of a channel: implement [`Channel`], call [`export_channel!`](crate::export_channel).
//!
//! The border is taken care of here: arguments are checked, JSON is parsed into the types of [`crate::protocol`],
//! panics are caught, every accepted request ends in exactly one completion, and events wait in a bounded queue
//! until the host takes them. An instance owns a runtime of its own; nothing is shared between instances.

#[allow(unsafe_code)]
mod callbacks;
mod channel;
mod context;
#[allow(unsafe_code)]
pub mod ffi;
mod gate;
mod instance;
mod log;
mod macros;
mod outlet;
mod panics;
#[allow(unsafe_code)]
mod pin;
mod pusher;
mod redact;
mod requests;
mod wake;

pub use channel::Channel;
pub use context::{Closed, Context};
pub use redact::Redactor;
pub use requests::Responder;
