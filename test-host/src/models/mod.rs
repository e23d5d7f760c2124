//! Which models there are, and which one a session uses.

mod catalogue;
mod chosen;

pub use chosen::{Models, full};
