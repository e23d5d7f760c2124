//! From posts to inbound messages: which are new, which are for the agent, which become one.

mod debounce;
mod held;
mod ledger;
mod progress;
mod reader;
mod seen;
mod unsettled;

pub use debounce::{Batch, Debouncer};
pub use ledger::{AfterReading, Job, Ledger, Pass};
pub use reader::{Heard, Ignored, Reader, event_id};
pub use seen::Seen;
pub use unsettled::{Turn, Unsettled};
