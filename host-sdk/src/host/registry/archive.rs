//! Packages as `npm pack` makes them.

use super::error::RegistryError;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// More than any plugin is, less than what fills a disk.
const MAX_UNPACKED: u64 = 1 << 30;

/// The file is such a package, by its name.
pub(super) fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.ends_with(".tgz") || name.ends_with(".tar.gz")
}

/// Unpack into a temporary folder; gives that and the plugin folder in it.
pub(super) fn unpack(path: &Path) -> Result<(TempDir, PathBuf), RegistryError> {
    let file = File::open(path).map_err(RegistryError::io("cannot open", path))?;
    let target = TempDir::new().map_err(RegistryError::io("cannot unpack", path))?;
    let mut archive = tar::Archive::new(GzDecoder::new(file).take(MAX_UNPACKED));
    // Rights and owners of another machine say nothing here; paths that lead outside are refused by `unpack_in`.
    archive.set_preserve_permissions(false);
    archive.set_mask(0o022);
    let unpacked = (|| {
        for entry in archive.entries()? {
            let mut entry = entry?;
            if entry.header().entry_type().is_file() || entry.header().entry_type().is_dir() {
                entry.unpack_in(target.path())?;
            }
        }
        Ok(())
    })();
    unpacked.map_err(RegistryError::io("cannot unpack", path))?;
    // npm puts everything below `package/`, others below a folder of the plugin's name, or nothing.
    let root = target.path();
    let folder = only_folder(root).unwrap_or_else(|| root.to_owned());
    Ok((target, folder))
}

fn only_folder(root: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(root).ok()?.flatten();
    let only = entries.next()?.path();
    (entries.next().is_none() && only.is_dir()).then_some(only)
}
