//! What can go wrong with the journal.

use std::io;
use std::path::PathBuf;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused: disk full, no permission, ...
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What is stored is not what this library wrote.
    #[error("damaged or not a journal: {0}")]
    Damaged(String),
    /// A later version of this library wrote it.
    #[error("its format is {found}, this version knows formats up to {known}")]
    Newer {
        /// The format that is stored.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
    /// The database below has changed its file format.
    #[error("it has version {0} of the database's file format, which this version does not read")]
    OldDatabase(u8),
    /// One row cannot be read.
    #[error("the row {key} of {table} cannot be read: {reason}")]
    Row {
        /// The table.
        table: &'static str,
        /// Its key, for people.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Why the journal cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process has the state directory.
    #[error(
        "the state directory {} is in use by another process{}: stop that process, or give this one a state directory \
         of its own",
        dir.display(),
        pid.map_or_else(String::new, |pid| format!(" (pid {pid})"))
    )]
    InUse {
        /// The state directory.
        dir: PathBuf,
        /// The process, where it could be found out.
        pid: Option<u32>,
    },
    /// The operating system refused something.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was to be done, as a verb.
        doing: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The journal is of a later version; it was left as it is.
    #[error(
        "the journal {} was written by a newer version of this library (format {found}, known are formats up to \
         {known}): install that version again, or move the file away to begin anew",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
    /// The journal is in a file format of the database that is no longer read; it was left as it is.
    #[error(
        "the journal {} is in an older file format of its database (version {version}): start the previous version of \
         this library and let it finish its work, then move the file away",
        path.display()
    )]
    OldDatabase {
        /// The file.
        path: PathBuf,
        /// The database's file format.
        version: u8,
    },
    /// The store could not be opened or read.
    #[error("the journal cannot be read: {0}")]
    Store(#[from] StoreError),
    /// What was recorded before cannot be written at the moment; the text says why.
    #[error("{0}")]
    Unwritten(String),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
}

/// The journal was closed: what was asked for will not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal is closed")]
pub struct Closed;

impl From<Closed> for JournalError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// Something that people should hear of after the journal was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The journal could not be used. It was set aside and an empty one begun.
    SetAside {
        /// Where it is now.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// When it was last written, in milliseconds since 1970 UTC by the local clock; `None` when that is not known.
        last_written: Option<i64>,
    },
    /// The key file could not be used. It was set aside and a new key made: what was derived from the old key is not
    /// recognized any more.
    KeySetAside {
        /// Where it is now.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
