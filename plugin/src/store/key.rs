//! The key that delivery ids are derived with. It has its own file so that it survives a damaged journal.

use super::error::{JournalError, Note};
use super::state_dir::{StateDir, failed, make_private, private};
use std::fs::OpenOptions;
use std::io::{self, Write};

const FILE: &str = "delivery.key";
const NEW: &str = "delivery.key.new";

/// The key of a state directory; made when there is none.
pub(super) fn load(dir: &StateDir) -> Result<([u8; 32], Option<Note>), JournalError> {
    let path = dir.path().join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => match <[u8; 32]>::try_from(bytes.as_slice()) {
            Ok(key) => {
                make_private(&path).map_err(failed("protect", &path))?;
                Ok((key, None))
            }
            Err(_) => {
                let reason = format!("it has {} bytes, not 32", bytes.len());
                let path = dir.set_aside(FILE)?;
                Ok((make(dir)?, Some(Note::KeySetAside { path, reason })))
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((make(dir)?, None)),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

/// A key that nobody has seen.
pub(super) fn random() -> Result<[u8; 32], JournalError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| JournalError::Random(error.to_string()))?;
    Ok(key)
}

/// Write a new key. It is whole under its name or not there: a torn key would be taken for another key.
fn make(dir: &StateDir) -> Result<[u8; 32], JournalError> {
    let key = random()?;
    let (new, path) = (dir.path().join(NEW), dir.path().join(FILE));
    private(OpenOptions::new().write(true).create(true).truncate(true))
        .open(&new)
        .and_then(|mut file| {
            file.write_all(&key)?;
            file.sync_all()
        })
        .map_err(failed("write", &new))?;
    make_private(&new).map_err(failed("protect", &new))?;
    std::fs::rename(&new, &path).map_err(failed("write", &path))?;
    dir.sync();
    Ok(key)
}
