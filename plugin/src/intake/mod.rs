//! From posts to inbound messages: which are new, which are for the agent, which become one.

mod debounce;
mod draft;
mod explain;
mod held;
mod ignored;
mod ledger;
mod passed;
mod progress;
mod reader;
mod seen;
mod unsettled;

pub use debounce::{Batch, Debouncer};
pub use draft::{Draft, has_open_files, is_up_to_pairing, needs_work};
pub use explain::explain;
pub use ignored::Ignored;
pub use ledger::{AfterReading, Job, Ledger, Pass};
pub use passed::Passed;
pub use reader::{Aside, Heard, Reader, event_id, is_machine, kind, with_files};
pub use seen::Seen;
pub use unsettled::{Expected, Turn, Unsettled};
