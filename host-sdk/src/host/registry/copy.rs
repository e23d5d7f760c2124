//! Copying a plugin folder.

use super::error::RegistryError;
use super::layout::create_private;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Folders that belong to development, not to the plugin.
const LEFT_OUT: &[&str] = &["node_modules", "target"];

/// Copy everything that belongs to the plugin, except for the folder of native libraries: of those only one is for
/// this machine, and the caller knows which. Symbolic links are left out, because they may lead anywhere.
pub(super) fn folder(from: &Path, to: &Path, native: &Path) -> Result<(), RegistryError> {
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        let folder = from.join(&relative);
        create_private(&to.join(&relative))?;
        let entries = std::fs::read_dir(&folder).map_err(RegistryError::io("cannot read", &folder))?;
        for entry in entries {
            let entry = entry.map_err(RegistryError::io("cannot read", &folder))?;
            let name = entry.file_name();
            let kind = entry.file_type().map_err(RegistryError::io("cannot read", &entry.path()))?;
            let path = relative.join(&name);
            let hidden = name.to_string_lossy().starts_with('.');
            if hidden || LEFT_OUT.iter().any(|left_out| name == *left_out) {
                continue;
            }
            if kind.is_dir() && path != native {
                folders.push(path);
            } else if kind.is_file() && path != Path::new("install.json") {
                file(&entry.path(), &to.join(&path), 0o644)?;
            }
        }
    }
    Ok(())
}

/// Copy one file, durably, with rights that do not depend on where it came from.
pub(super) fn file(from: &Path, to: &Path, mode: u32) -> Result<(), RegistryError> {
    if let Some(parent) = to.parent() {
        create_private(parent)?;
    }
    let mut source = File::open(from).map_err(RegistryError::io("cannot read", from))?;
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut target = options.open(to).map_err(RegistryError::io("cannot write", to))?;
    std::io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(RegistryError::io("cannot write", to))
}
