//! Posts that show what the agent is doing, and what becomes of them.
//!
//! A preview is written down before it is posted and carries a mark of its own, so that one whose turn was cut off is
//! found and removed. When the answer is there, the preview is edited into it if nothing speaks against that; otherwise
//! the answer is a post of its own and the preview is removed after it.

mod book;
mod draft;
mod remove;
mod seal;
mod show;

pub(super) use book::{Part, Previews};
pub(super) use seal::{Answer, Preview, seal};
pub(super) use show::{Block, Taken};
