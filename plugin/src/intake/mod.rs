//! From a `posted` event to an inbound message.

mod reader;
mod seen;
mod unsettled;

pub use reader::{Heard, Ignored, Reader};
pub use seen::Seen;
pub use unsettled::{Turn, Unsettled};
