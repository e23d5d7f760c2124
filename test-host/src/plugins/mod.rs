//! Plugins on disk: building, checking and opening them.

mod cargo;
pub mod checkout;
mod npm;
mod open;
mod tools;
mod verify;

pub use npm::{is_spec, pack};
pub use open::{brings, channel, is_installed, load_hint, open};
pub use tools::HostTools;
pub use verify::{answer as verify_answer, loads};
