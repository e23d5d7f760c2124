//! Why a plugin could not be installed, found or removed.

use std::path::{Path, PathBuf};

/// Why a plugin could not be installed, found or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is nothing at this path.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A folder without a manifest.
    #[error("{} has no openclaw.plugin.json, so it is not a plugin folder", path.display())]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// A manifest that is not JSON, or not as it should be.
    #[error("{}:{line}:{column}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A manifest whose values cannot be used.
    #[error("{}: {reason}", path.display())]
    BadManifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The manifest and the library speak of different plugins.
    #[error("{} says that the plugin is {manifest:?}, but its library {} says {library:?}", path.display(), file.display())]
    IdMismatch {
        /// The manifest.
        path: PathBuf,
        /// Its id.
        manifest: String,
        /// The library file.
        file: PathBuf,
        /// The library's id.
        library: String,
    },
    /// A plugin folder without a library for this machine.
    #[error("{} has no native library for this machine: {} is missing", path.display(), expected.display())]
    NoLibrary {
        /// The plugin folder.
        path: PathBuf,
        /// Where the library was looked for.
        expected: PathBuf,
    },
    /// A file that is no shared library of any system.
    #[error("{} is not a shared library", path.display())]
    NotALibrary {
        /// The file.
        path: PathBuf,
    },
    /// A shared library of another system or processor.
    #[error("{} was built for {found}; this machine is {host}", path.display())]
    WrongPlatform {
        /// The file.
        path: PathBuf,
        /// What it was built for.
        found: String,
        /// What this is.
        host: String,
    },
    /// The library could not be opened as a plugin.
    #[error("{reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why; names the file.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// Building a source checkout failed.
    #[error("{reason}")]
    Build {
        /// Why, with the compiler's last lines.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// Everybody on the machine may change what would be run.
    #[error("{} can be written by every user of this machine", path.display())]
    WorldWritable {
        /// The file or folder.
        path: PathBuf,
    },
    /// There is no plugin of this id.
    #[error("no plugin {id:?} in {}{}", path.display(), known(known_ids))]
    Unknown {
        /// The id that was asked for.
        id: String,
        /// The registry's folder.
        path: PathBuf,
        /// The ids that are there.
        known_ids: Vec<String>,
    },
    /// A file could not be read or written.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried: `cannot read`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

fn known(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!("; there are: {}", ids.join(", ")) }
}

impl RegistryError {
    /// Wraps what the system said about a path; for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// What to do about it, as one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => {
                "check the path; it may name a plugin folder, a shared library or a .tgz package".to_owned()
            }
            Self::NoManifest { .. } => {
                "name the folder that has the manifest, or the shared library itself".to_owned()
            }
            Self::Malformed { .. } | Self::BadManifest { .. } => {
                "correct the file, then install again".to_owned()
            }
            Self::IdMismatch { .. } => {
                "give both the same id; the library that belongs to another plugin cannot be used here"
                    .to_owned()
            }
            Self::NoLibrary { expected, .. } => {
                let file = expected.file_name().unwrap_or_default().to_string_lossy();
                format!("use a package that has {file}, or install the plugin's source checkout")
            }
            Self::NotALibrary { .. } => {
                "name a plugin folder, or a file that was built as a shared library (cdylib)".to_owned()
            }
            Self::WrongPlatform { host, .. } => {
                format!("use a build for {host}, or build it from source here")
            }
            Self::Unusable { hint, .. } | Self::Build { hint, .. } => hint.clone(),
            Self::WorldWritable { path } => format!("chmod o-w {}", path.display()),
            Self::Unknown { .. } => "see `plugins list`".to_owned(),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "check who owns the file and its folder".to_owned()
            }
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                "make room on the disk, then try again".to_owned()
            }
            Self::Io { .. } => "check the path and the disk, then try again".to_owned(),
        }
    }
}
