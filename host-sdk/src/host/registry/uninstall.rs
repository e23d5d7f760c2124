//! Removing a plugin.

use super::error::RegistryError;
use super::find::Origin;
use super::layout::{Registry, STAGING};
use super::tools::Tools;
use std::path::PathBuf;

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The plugin.
    pub id: String,
    /// The folder or the dropped library.
    pub path: PathBuf,
    /// It had a record of its install.
    pub had_record: bool,
}

impl Registry {
    /// Remove a plugin's files. Configuration and the channel's own state are not touched.
    ///
    /// # Errors
    /// There is no such plugin, or its files cannot be removed.
    pub fn uninstall(&self, id: &str, tools: &mut dyn Tools) -> Result<Removed, RegistryError> {
        let found = self.get(id, tools)?;
        let _lock = self.lock()?;
        let removed = Removed { id: found.id, path: found.path.clone(), had_record: found.record.is_some() };
        if found.origin == Origin::Library {
            std::fs::remove_file(&found.path).map_err(RegistryError::io("cannot remove", &found.path))?;
            return Ok(removed);
        }
        // Away in one step: nobody may find half a plugin.
        let aside = self.root().join(format!("{STAGING}removed-{}", removed.id));
        std::fs::rename(&found.path, &aside).map_err(RegistryError::io("cannot remove", &found.path))?;
        std::fs::remove_dir_all(&aside).map_err(RegistryError::io("cannot remove", &aside))?;
        Ok(removed)
    }
}
