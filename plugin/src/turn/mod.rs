//! What an agent is told of a message: its text and cards, its thread and session, what was said before, the prompt.
//!
//! Pure: posts and configuration go in, facts come out.

mod ack;
mod beside;
mod content;
mod envelope;
mod history;
mod place;
mod session;
mod threading;

pub use ack::acknowledged;
pub use beside::beside;
pub use content::{says_something, text};
pub use envelope::{body, from};
pub use history::{History, Key};
pub use place::{label, zone};
pub use session::Place;
pub use threading::Thread;
