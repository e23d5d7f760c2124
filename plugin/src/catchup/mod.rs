//! Reading over REST what the socket may not have told.
//!
//! Which channels are read, and what is done with their posts, [`crate::intake::Ledger`] decides; this is the reading
//! itself, patient and page by page.

mod channels;
mod edits;
mod pages;
mod people;
mod task;

pub use channels::list;
pub use pages::{Sink, Source, read};
pub use task::{CatchUp, Found, Limits};
