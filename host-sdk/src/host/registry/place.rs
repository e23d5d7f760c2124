//! Putting a finished folder where the old one was.

use super::error::RegistryError;
use super::layout::{REPLACED, Registry};
use std::path::Path;

impl Registry {
    /// Make `staging` the plugin `id`. At every moment one complete version is in place, or can be brought back by
    /// the next command; the old one is removed only when the new one is there. Needs the lock.
    pub(super) fn put_in_place(&self, staging: &Path, id: &str) -> Result<(), RegistryError> {
        let place = self.plugin_dir(id);
        if !place.exists() {
            return std::fs::rename(staging, &place).map_err(RegistryError::io("cannot create", &place));
        }
        if exchange(staging, &place) {
            // `staging` is the old version now. What cannot be removed is cleaned up by the next install.
            let _ = std::fs::remove_dir_all(staging);
            return Ok(());
        }
        let old = self.root().join(format!("{REPLACED}{id}"));
        std::fs::rename(&place, &old).map_err(RegistryError::io("cannot replace", &place))?;
        if let Err(error) = std::fs::rename(staging, &place) {
            // Without this the next command would bring it back.
            let _ = std::fs::rename(&old, &place);
            return Err(RegistryError::io("cannot create", &place)(error));
        }
        let _ = std::fs::remove_dir_all(&old);
        Ok(())
    }
}

/// Swap two folders in one step, where the system and the file system can.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> bool {
    false
}
