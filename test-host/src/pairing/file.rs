//! The file that a channel's pairings are kept in.

use super::rules::Book;
use crate::failure::Failure;
use crate::files;
use crate::times;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The form of the file.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document<B> {
    version: u32,
    #[serde(flatten)]
    book: B,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// What a file says.
pub enum Read {
    /// It was read; a missing one says nothing.
    Book(Book),
    /// It cannot be understood; why.
    Damaged(String),
}

/// Read a file.
pub fn read(path: &Path) -> Result<Read, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Read::Book(Book::default())),
        Err(error) => {
            return Err(Failure::new(
                format!("cannot read {}: {error}", path.display()),
                "check who owns the file and its folder",
            ));
        }
    };
    let version = serde_json::from_slice::<Version>(&bytes).map(|version| version.version);
    if version.as_ref().is_ok_and(|version| *version > VERSION) {
        return Err(Failure::new(
            format!("{} was written by a newer release", path.display()),
            "use the newer release, or move the file away; then everybody has to be approved again",
        ));
    }
    // The message of the parser has the place, and nothing of the content but its kind.
    let read = version.and_then(|_| serde_json::from_slice::<Document<Book>>(&bytes));
    Ok(read.map_or_else(|error| Read::Damaged(error.to_string()), |read| Read::Book(read.book)))
}

/// Write a file.
pub fn write(path: &Path, book: &Book) -> Result<(), Failure> {
    let document = Document { version: VERSION, book };
    let bytes = serde_json::to_vec_pretty(&document).map_err(std::io::Error::other);
    bytes.and_then(|bytes| files::replace(path, &bytes)).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", path.display()),
            "check the disk and who owns the folder",
        )
    })
}

/// Move a damaged file out of the way, and say so: who was approved has to be approved again.
pub fn set_aside(path: &Path, why: &str) -> Result<(), Failure> {
    let to = free_name(path);
    std::fs::rename(path, &to).map_err(|error| {
        Failure::new(
            format!("{} is damaged ({why}) and cannot be moved away: {error}", path.display()),
            "repair it or move it away; without it everybody has to be approved again",
        )
    })?;
    tracing::error!(
        "pairing: {} is damaged ({why}); it was moved to {}, and whoever was approved has to be approved again",
        path.display(),
        to.display()
    );
    Ok(())
}

fn free_name(path: &Path) -> PathBuf {
    let stamp = times::stamp(times::now_ms()).replace(':', "");
    let names = (0..).map(|number| match number {
        0 => files::beside(path, &format!("damaged-{stamp}")),
        _ => files::beside(path, &format!("damaged-{stamp}-{number}")),
    });
    names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| files::beside(path, "damaged"))
}
