//! Why a library could not be loaded.

use crate::protocol::Error;
use std::path::PathBuf;

/// Why a library could not be loaded. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no such file.
    #[error("{} does not exist: check the path, or build the plugin first", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system's loader refused it.
    #[error("{} cannot be loaded: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// It is a library, but no channel plugin.
    #[error(
        "{} is a shared library but not an OpenClaw channel plugin: it has no symbol {symbol}", path.display()
    )]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// The symbol that it lacks.
        symbol: &'static str,
    },
    /// The plugin and this host have no ABI in common, or its table is broken.
    #[error("{} and this host do not fit together: {reason}", path.display())]
    Incompatible {
        /// The file.
        path: PathBuf,
        /// Why, with the way out.
        reason: String,
    },
    /// The plugin was built by a Rust crate whose structs differ from this host's.
    #[error("{} has another memory layout than this host expects; rebuild both from the same release:\n{difference}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// The plugin itself said no.
    #[error("{} refused: {}", path.display(), error.message)]
    Refused {
        /// The file.
        path: PathBuf,
        /// The plugin's error.
        error: Error,
    },
}
