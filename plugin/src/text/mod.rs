//! From what an agent says to the texts of posts. Pure: nothing here knows a server.

mod blocks;
mod careful;
mod check;
mod chunks;
mod compose;
mod depth;
mod escape;
mod fences;
mod fit;
mod inline;
mod pieces;
mod prefix;
mod preview;
mod reasoning;
mod references;
mod repeated;
mod rows;
mod tables;
mod writer;

pub use chunks::split;
pub use compose::{LONGEST, Look, introduced, is_suppressed};
pub use prefix::prefixed;
pub use preview::preview;
pub use reasoning::is_reasoning;
pub use tables::convert;

/// Characters as a server counts them.
fn runes(text: &str) -> usize {
    text.chars().count()
}
