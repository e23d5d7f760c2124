//! The state directory: who may use it, and how files come into being in it.

use super::error::JournalError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

const LOCK: &str = "journal.lock";

/// A state directory that no other process uses while this value lives.
#[derive(Debug)]
pub(super) struct StateDir {
    path: PathBuf,
    // Held for its lock, which ends with the descriptor; the file itself stays, removing it would be a race.
    _lock: File,
}

impl StateDir {
    /// Make the directory if it is missing, for its owner alone, and take it.
    pub(super) fn take(path: &Path) -> Result<Self, JournalError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(failed("make the directory", path))?;
        let lock_path = path.join(LOCK);
        let mut lock = private(OpenOptions::new().read(true).write(true).create(true).truncate(false))
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { dir: path.to_owned(), pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &lock_path)(source)),
        }
        // For the message of a process that comes too late. A full disk must not be the reason not to start.
        let _ = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Give a file a name of its own next to where it was. Returns the new path; nothing is ever replaced.
    pub(super) fn set_aside(&self, name: &str) -> Result<PathBuf, JournalError> {
        let seconds = super::writer::now_ms() / 1000;
        let from = self.path.join(name);
        let mut number = 0_u32;
        loop {
            let suffix = if number == 0 { String::new() } else { format!(".{number}") };
            let to = self.path.join(format!("{name}.damaged-{seconds}{suffix}"));
            // Nobody else makes files here: the directory is locked.
            if to.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                std::fs::rename(&from, &to).map_err(failed("set aside", &from))?;
                self.sync();
                return Ok(to);
            }
            number += 1;
        }
    }

    /// Make what was renamed or created here survive a power loss. Not all systems can; nothing is lost when this one
    /// cannot.
    pub(super) fn sync(&self) {
        #[cfg(unix)]
        if let Err(error) = File::open(&self.path).and_then(|dir| dir.sync_all()) {
            tracing::debug!(%error, "the state directory cannot be synced");
        }
    }
}

/// The process id that a lock file names.
fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    // On Windows a locked file cannot be read; then nobody knows.
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Options for a file that only its owner may read.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Take a file from everyone but its owner, also when it was made otherwise.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::metadata(path)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Turns what the system said into an error that names the file and the deed.
pub(super) fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> JournalError + 'a {
    move |source| JournalError::Io { doing, path: path.to_owned(), source }
}
