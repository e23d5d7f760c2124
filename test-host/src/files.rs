//! Files that nobody else may read, replaced as a whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Create a folder that nobody else can look into.
pub fn create_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Write a file that only the same user can read. Who reads it meanwhile sees the old one or the new one, also after a
/// crash.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = beside(path, "new");
    // What lies there already may have other rights, or lead elsewhere; only a new file is surely private.
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut target = create_private(&fresh)?;
    target.write_all(bytes)?;
    target.sync_all()?;
    std::fs::rename(&fresh, path)
}

/// A file that was not there before and that only the same user can read.
pub fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The file's path with one more ending.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}
