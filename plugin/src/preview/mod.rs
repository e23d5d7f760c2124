//! What of an agent's work is shown while it works, and when. Nothing here does I/O or reads a clock.

mod lines;
mod look;
mod pace;
mod segments;
mod sketch;

pub use lines::Line;
pub use look::Look;
pub use pace::{Pace, Step};
pub use segments::without;
pub use sketch::{Sign, Sketch};
