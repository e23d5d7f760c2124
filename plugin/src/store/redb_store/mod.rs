//! The journal in a redb file, or in memory.
//!
//! What a commit means. redb never changes a page that a commit refers to; a commit writes new pages, then the header
//! that refers to them, then calls `fsync` once (`Durability::Immediate`). All pages carry checksums up to the root.
//!
//! * kill -9 takes nothing that was committed: what was written belongs to the system by then. A commit that was
//!   interrupted is gone as a whole.
//! * Power loss takes nothing that was committed either, as far as the disk keeps what it says it has. When it comes
//!   while a commit is under way, its pages may have reached the disk in any order: the next open checks the
//!   checksums and goes back to the commit before when one is wrong. That is redb's 1-phase commit. Its 2-phase commit
//!   costs a second `fsync` and protects from people who choose what is written, know the whole file and crash the
//!   process at will, so that a torn commit has right checksums; a journal does without.
//!
//! The whole file is checked whenever it is opened, not only after a crash, since redb would otherwise trust a file
//! that was closed in good order, and may panic over one that was damaged since. That reads every page once.

mod file;
mod format;
mod prune;
mod read;
mod tables;
mod write;

pub use format::FORMAT;

use super::backend::Store;
use super::error::{JournalError, Note, StoreError};
use super::records::{Change, Delivery, Retention, Snapshot};
use super::state_dir::StateDir;
use file::guarded;
use prune::Counts;
use redb::Database;
use std::path::Path;

/// Bytes of pages that redb keeps in memory. Its own default is 1 GiB.
const CACHE: usize = 1024 * 1024;

/// A [`Store`] in a file `journal.redb`, or in memory.
pub struct RedbStore {
    // `None` after an error: redb refuses to go on after an I/O error, the file has to be opened anew.
    db: Option<Open>,
    // Last, so that the file is closed before the directory is given up.
    dir: Option<StateDir>,
}

/// An open database.
struct Open {
    db: Database,
    counts: Counts,
}

impl RedbStore {
    /// A store in memory. Nothing survives.
    ///
    /// # Errors
    ///
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        Ok(Self { db: Some(file::in_memory()?), dir: None })
    }

    /// Open the file in `state_dir`, which is made when it is missing, and take the directory for this process. A
    /// file that is damaged or foreign is set aside and an empty one begun, as the note says. Reads the whole file.
    ///
    /// # Errors
    ///
    /// When another process uses the directory, when the file is of a newer version, and when the system refuses.
    pub fn open(state_dir: &Path) -> Result<(Self, Option<Note>), JournalError> {
        Self::open_in(StateDir::take(state_dir)?)
    }

    /// As [`RedbStore::open`], in a directory that was taken already.
    pub(super) fn open_in(dir: StateDir) -> Result<(Self, Option<Note>), JournalError> {
        let (db, note) = file::open_or_begin(&dir)?;
        Ok((Self { db: Some(db), dir: Some(dir) }, note))
    }

    /// Do something with the database; when it fails, the next call opens the file anew.
    fn with<T>(&mut self, work: impl FnOnce(&mut Open) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut open = match (self.db.take(), &self.dir) {
            (Some(open), _) => open,
            (None, Some(dir)) => file::reopen(dir)?,
            (None, None) => return Err(StoreError::Other("the journal in memory failed before".to_owned())),
        };
        // The database is dropped inside as well: after a panic in redb that may be the next one.
        let (result, kept) = guarded(|| {
            let result = guarded(|| work(&mut open));
            let keep = match &result {
                Ok(_) | Err(StoreError::Row { .. }) => true,
                Err(_) => self.dir.is_none(),
            };
            Ok((result, keep.then_some(open)))
        })?;
        self.db = kept;
        result
    }
}

impl Store for RedbStore {
    fn load(&mut self, account_id: &str) -> Result<Snapshot, StoreError> {
        self.with(|open| read::load(&open.db, account_id))
    }

    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.with(|open| {
            let mut counts = open.counts.clone();
            write::apply(&open.db, changes, &mut counts)?;
            open.counts = counts;
            Ok(())
        })
    }

    fn delivery(&mut self, account_id: &str, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.with(|open| read::delivery(&open.db, account_id, id))
    }

    fn prune(&mut self, retention: Retention, now_ms: i64) -> Result<u64, StoreError> {
        self.with(|open| {
            let mut counts = open.counts.clone();
            let rows = prune::prune(&open.db, retention, now_ms, &mut counts)?;
            open.counts = counts;
            Ok(rows)
        })
    }
}

impl std::fmt::Debug for RedbStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RedbStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}
