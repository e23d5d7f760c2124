//! What a store must be able to do.

use super::error::StoreError;
use super::records::{Change, Delivery, Retention, Snapshot};

/// Keeps what the journal writes. One user at a time; calls block.
///
/// A store that failed must be usable again when the reason is gone: the journal calls [`Store::apply`] with the
/// same changes until it works. Opening what has to be opened anew for that is the store's own business.
pub trait Store: Send {
    /// All that is kept of an account; an empty snapshot when nothing is. Rows that cannot be read are left out,
    /// left where they are, and reported to the log.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn load(&mut self, account_id: &str) -> Result<Snapshot, StoreError>;

    /// Make changes, in their order, in one transaction: all or nothing, durable when it returns.
    ///
    /// # Errors
    ///
    /// When nothing was written, or it is not certain that it was. As changes are idempotent, trying again is right
    /// in both cases.
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError>;

    /// One delivery, whatever its state.
    ///
    /// # Errors
    ///
    /// When the store or that delivery cannot be read.
    fn delivery(&mut self, account_id: &str, id: &str) -> Result<Option<Delivery>, StoreError>;

    /// Drop done posts and sent deliveries that are beyond `retention`, which counts for each account and for both
    /// kinds apart. Open events, pending deliveries and marks stay. Returns how many rows went.
    ///
    /// # Errors
    ///
    /// As for [`Store::apply`].
    fn prune(&mut self, retention: Retention, now_ms: i64) -> Result<u64, StoreError>;
}
