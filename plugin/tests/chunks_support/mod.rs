//! Markdown that somebody may write, and how it reads.

mod reading;
mod writing;

pub use reading::{bare, closed, ends, letters, shown, styled};
pub use writing::{markdown, ordinary};
