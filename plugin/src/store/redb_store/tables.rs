//! The tables. Keys begin with the account, so that an account's rows stand together; values are JSON.

use super::super::error::StoreError;
use redb::TableDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;

type Json = &'static [u8];

/// What concerns the file: its format.
pub(super) const META: TableDefinition<&str, Json> = TableDefinition::new("meta");
/// Account → `AccountMark`.
pub(super) const ACCOUNTS: TableDefinition<&str, Json> = TableDefinition::new("accounts");
/// Account, channel → `ChannelMark`.
pub(super) const CHANNELS: TableDefinition<(&str, &str), Json> = TableDefinition::new("channels");
/// Account, event → `OpenEvent`.
pub(super) const OPEN: TableDefinition<(&str, &str), Json> = TableDefinition::new("open");
/// Account, time, post: in the order in which they are dropped. A post that was done at two times has two rows; the
/// later one counts.
pub(super) const DONE: TableDefinition<(&str, i64, &str), ()> = TableDefinition::new("done");
/// Account, delivery → a pending `Delivery`.
pub(super) const PENDING: TableDefinition<(&str, &str), Json> = TableDefinition::new("pending");
/// Account, delivery → a sent `Delivery`.
pub(super) const SENT: TableDefinition<(&str, &str), Json> = TableDefinition::new("sent");
/// Account, time, delivery → its `seq`: what a start needs of sent deliveries, in the order in which they are dropped.
pub(super) const SENT_ORDER: TableDefinition<(&str, i64, &str), u64> = TableDefinition::new("sent_order");

/// Account, thread → when the bot said something in it first and last.
pub(super) const THREADS: TableDefinition<(&str, &str), (i64, i64)> = TableDefinition::new("threads");

/// Account, command → `SlashCommand`.
pub(super) const COMMANDS: TableDefinition<(&str, &str), Json> = TableDefinition::new("commands");

/// The names of all tables but `meta`.
pub(super) const NAMES: [&str; 9] =
    ["accounts", "channels", "open", "done", "pending", "sent", "sent_order", "threads", "commands"];

/// A row's value.
pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Other(format!("a row cannot be written: {error}")))
}

/// A row, from its value.
pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    key: &[&str],
    value: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(value).map_err(|error| StoreError::Row {
        table,
        key: key.join(" "),
        // The line and column, and which field: never the content.
        reason: format!("{:?} error in its JSON at byte {}", error.classify(), error.column()),
    })
}

/// The first string after all that begin with `account`, and are `account`: the next account starts there.
pub(super) fn after(account: &str) -> String {
    format!("{account}\0")
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                of_redb(error.into())
            }
        }
    )*};
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

fn of_redb(error: redb::Error) -> StoreError {
    match error {
        // How redb says that a file is none of its own, or ends too early.
        redb::Error::Io(error)
            if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            StoreError::Damaged(error.to_string())
        }
        redb::Error::Io(error) => StoreError::Io(error),
        redb::Error::UpgradeRequired(version) => StoreError::OldDatabase(version),
        error @ (redb::Error::Corrupted(_)
        | redb::Error::RepairAborted
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TableIsNotMultimap(_)
        | redb::Error::TypeDefinitionChanged { .. }
        | redb::Error::TableDoesNotExist(_)) => StoreError::Damaged(error.to_string()),
        error => StoreError::Other(error.to_string()),
    }
}
