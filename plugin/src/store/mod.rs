//! What survives a crash: how far each channel was read, what the host has not settled, what was accepted for sending.
//!
//! [`Journal`] is the front that the rest of the library uses: it queues changes and writes them in groups on a
//! thread of its own. Behind it is a [`Store`], of which [`RedbStore`] is the one there is: a single file in the
//! state directory, or memory when there is no state directory. Nothing outside of this module knows which.

mod backend;
mod error;
mod group;
mod journal;
mod key;
mod queue;
mod records;
mod redb_store;
mod state_dir;
mod writer;

pub use backend::Store;
pub use error::{Closed, JournalError, Note, StoreError};
pub use journal::{Journal, Opened, QUEUE};
pub use records::{
    AccountMark, Change, ChannelMark, Delivery, DeliveryState, OpenEvent, Retention, SlashCommand, Snapshot,
    TookPart,
};
pub use redb_store::{FORMAT, RedbStore};
pub use writer::LINGER;
