//! The registry's folder.

use super::error::RegistryError;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Installs in work are folders with this prefix; a crash leaves them behind.
pub(super) const STAGING: &str = ".staging-";
/// What an install is taking the place of; a crash may leave it as the only copy.
pub(super) const REPLACED: &str = ".replaced-";
/// Taken while the registry is changed.
const LOCK: &str = ".lock";

/// The file name of a library on this system: `libname.so`, `libname.dylib`, `name.dll`.
#[must_use]
pub fn library_file_name(stem: &str) -> String {
    format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A folder of plugins.
#[derive(Clone, Debug)]
pub struct Registry {
    state_dir: PathBuf,
    root: PathBuf,
}

impl Registry {
    /// The registry of a state directory. Nothing is created before something is installed.
    #[must_use]
    pub fn new(state_dir: &Path) -> Self {
        Self { state_dir: state_dir.to_owned(), root: state_dir.join("extensions") }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Refuse a folder that everybody may write to, or may put another one in the place of.
    pub(super) fn check_root(&self) -> Result<(), RegistryError> {
        check_writers(&self.state_dir)?;
        check_writers(&self.root)
    }

    /// The folder of one plugin.
    pub(super) fn plugin_dir(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// Create the folder, keep other processes from changing it, and clean up after ones that died.
    pub(super) fn lock(&self) -> Result<Lock, RegistryError> {
        create_state_dir(&self.state_dir)?;
        create_private(&self.root)?;
        self.check_root()?;
        let path = self.root.join(LOCK);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(RegistryError::io("cannot open", &path))?;
        file.lock().map_err(RegistryError::io("cannot lock", &path))?;
        let lock = Lock { _file: file };
        self.recover();
        Ok(lock)
    }

    /// Bring back what an interrupted install had moved away, when nobody is changing the registry now.
    pub(super) fn recover_if_idle(&self) {
        let interrupted = std::fs::read_dir(&self.root)
            .map(|entries| entries.flatten().any(|entry| left_behind(&entry.file_name().to_string_lossy())));
        if !interrupted.unwrap_or(false) {
            return;
        }
        let Ok(file) = File::options().write(true).open(self.root.join(LOCK)) else { return };
        if file.try_lock().is_ok() {
            self.recover();
        }
    }

    /// Needs the lock. Failures are left for the next time: they harm nobody.
    fn recover(&self) {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(STAGING) {
                let _ = std::fs::remove_dir_all(entry.path());
            } else if let Some(id) = name.strip_prefix(REPLACED) {
                let place = self.plugin_dir(id);
                // The install died between its two renames: the old version is the one that works.
                let _ = if place.exists() {
                    std::fs::remove_dir_all(entry.path())
                } else {
                    std::fs::rename(entry.path(), place)
                };
            }
        }
    }
}

fn left_behind(name: &str) -> bool {
    name.starts_with(STAGING) || name.starts_with(REPLACED)
}

/// Nobody else changes the registry while this lives.
pub(super) struct Lock {
    _file: File,
}

/// Create the folder that has everything, tokens among it: nobody else looks into it.
fn create_state_dir(path: &Path) -> Result<(), RegistryError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(RegistryError::io("cannot create", path))
}

/// Create a folder that only its owner can write, whatever the umask.
pub(super) fn create_private(path: &Path) -> Result<(), RegistryError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.create(path).map_err(RegistryError::io("cannot create", path))
}

/// As [`check_writers`], for a library and the folder that it lies in: who may write there may replace it.
pub(super) fn check_library(library: &Path) -> Result<(), RegistryError> {
    if let Some(folder) = library.parent() {
        check_writers(folder)?;
    }
    check_writers(library)
}

/// Refuse what every user of the machine could replace by their own code.
pub(super) fn check_writers(path: &Path) -> Result<(), RegistryError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(path).map_err(RegistryError::io("cannot read", path))?;
        if metadata.permissions().mode() & 0o002 != 0 {
            return Err(RegistryError::WorldWritable { path: path.to_owned() });
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
