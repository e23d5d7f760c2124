//! Opening the file, whatever is in its place.

use super::super::error::{JournalError, Note, StoreError};
use super::super::state_dir::{StateDir, failed, make_private, private};
use super::prune::Counts;
use super::{CACHE, Open, format};
use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database};
use std::fs::{File, OpenOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::UNIX_EPOCH;

const FILE: &str = "journal.redb";
// An empty journal comes into being under this name, so that the file is never half a journal.
const NEW: &str = "journal.redb.new";

/// An empty database in memory.
pub(super) fn in_memory() -> Result<Open, StoreError> {
    guarded(|| prepare(builder().create_with_backend(InMemoryBackend::new())?))
}

/// Open the journal of a directory, or begin one.
pub(super) fn open_or_begin(dir: &StateDir) -> Result<(Open, Option<Note>), JournalError> {
    let path = dir.path().join(FILE);
    if !path.try_exists().map_err(failed("look for", &path))? {
        begin(dir)?;
    }
    // Before redb writes to it.
    let last_written = last_written(&path);
    match reopen(dir) {
        Ok(open) => Ok((open, None)),
        Err(StoreError::Damaged(reason)) => {
            let path = dir.set_aside(FILE)?;
            begin(dir)?;
            let open = reopen(dir)?;
            Ok((open, Some(Note::SetAside { path, reason, last_written })))
        }
        Err(StoreError::Newer { found, known }) => Err(JournalError::Newer { path, found, known }),
        Err(StoreError::OldDatabase(version)) => Err(JournalError::OldDatabase { path, version }),
        Err(StoreError::Io(source)) => Err(JournalError::Io { doing: "open", path, source }),
        Err(error) => Err(JournalError::Store(error)),
    }
}

/// Open the journal that is there.
pub(super) fn reopen(dir: &StateDir) -> Result<Open, StoreError> {
    let path = dir.path().join(FILE);
    make_private(&path)?;
    let file = OpenOptions::new().read(true).write(true).open(&path)?;
    if file.metadata()?.len() == 0 {
        // redb would take it for a new one, and nobody would hear that something was lost.
        return Err(StoreError::Damaged("the file is empty".to_owned()));
    }
    guarded(|| prepare(create(file)?))
}

/// Make an empty journal.
fn begin(dir: &StateDir) -> Result<(), JournalError> {
    let (new, path) = (dir.path().join(NEW), dir.path().join(FILE));
    let file = private(OpenOptions::new().read(true).write(true).create(true).truncate(true))
        .open(&new)
        .map_err(failed("make", &new))?;
    match guarded(|| prepare(create(file)?).map(drop)) {
        Ok(()) => {}
        Err(StoreError::Io(source)) => return Err(failed("write", &new)(source)),
        Err(error) => return Err(JournalError::Store(error)),
    }
    std::fs::rename(&new, &path).map_err(failed("make", &path))?;
    dir.sync();
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    builder
}

fn create(file: File) -> Result<Database, StoreError> {
    Ok(builder().create_with_backend(FileBackend::new(file)?)?)
}

/// Everything that has to be right before the first use.
fn prepare(db: Database) -> Result<Open, StoreError> {
    format::migrate(&db)?;
    let counts = Counts::of(&db)?;
    Ok(Open { db, counts })
}

/// redb panics over some damages that its checksums do not cover. That is one more way to say so.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    // What was borrowed is dropped after a panic, never used again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(StoreError::Damaged(format!("the database panicked: {text}")))
    })
}

fn last_written(path: &Path) -> Option<i64> {
    let since = std::fs::metadata(path).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
