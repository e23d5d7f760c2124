//! What is remembered of an install.

use super::error::RegistryError;
use super::manifest::{is_inside, read_json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The record's file name.
const RECORD: &str = "install.json";

/// `install.json`: where an installed plugin came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallRecord {
    /// The plugin's id.
    pub id: String,
    /// The version that the library says it has.
    pub version: String,
    /// The minor of ABI 1 that it spoke with the installing host.
    pub abi_minor: u32,
    /// The library, relative to the plugin folder.
    pub library: PathBuf,
    /// The library's SHA-256, in hex.
    pub sha256: String,
    /// What was given to install: a path, or a package's name.
    pub source: String,
    /// When, in milliseconds since 1970 UTC.
    pub installed_at_ms: i64,
}

impl InstallRecord {
    /// Read the record of a plugin folder; none when it was copied by hand.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, RegistryError> {
        let path = directory.join(RECORD);
        if !path.is_file() {
            return Ok(None);
        }
        let record: Self = read_json(&path)?;
        if !is_inside(&record.library) {
            let reason = "`library` must lie inside the plugin folder".to_owned();
            return Err(RegistryError::BadManifest { path, reason });
        }
        Ok(Some(record))
    }

    /// Write it, durably.
    pub(super) fn write(&self, directory: &Path) -> Result<(), RegistryError> {
        write_json(&directory.join(RECORD), self)
    }

    /// Whether the library is still the one that was installed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn is_unchanged(&self, directory: &Path) -> Result<bool, RegistryError> {
        Ok(sha256(&directory.join(&self.library))? == self.sha256)
    }
}

/// Write a JSON file, durably.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RegistryError> {
    let write = || {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        let mut file = File::create(path)?;
        file.write_all(&text)?;
        file.sync_all()
    };
    write().map_err(RegistryError::io("cannot write", path))
}

/// A file's SHA-256, in hex.
pub(super) fn sha256(path: &Path) -> Result<String, RegistryError> {
    use std::fmt::Write as _;
    use std::io::Read;
    let mut digest = Sha256::new();
    let mut read = || {
        let mut file = File::open(path)?;
        let mut block = vec![0_u8; 64 * 1024];
        loop {
            match file.read(&mut block)? {
                0 => return Ok(()),
                length => digest.update(block.get(..length).unwrap_or_default()),
            }
        }
    };
    read().map_err(RegistryError::io("cannot read", path))?;
    Ok(digest.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
