//! What the registry leaves to its caller.

use super::error::RegistryError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a library says of itself once it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryFacts {
    /// The channel's id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The minor of ABI 1 that it speaks with this host.
    pub abi_minor: u32,
    /// The layouts of all structs were compared and agree.
    pub layout_checked: bool,
}

impl From<&crate::host::LibraryInfo> for LibraryFacts {
    fn from(info: &crate::host::LibraryInfo) -> Self {
        Self {
            id: info.id.clone(),
            name: info.name.clone(),
            version: info.version.clone(),
            abi_minor: info.abi_minor,
            layout_checked: info.layout_checked,
        }
    }
}

/// A step of an install, for a person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// An archive is being unpacked.
    Unpacking(&'a Path),
    /// Files are being copied for this plugin folder.
    Copying(&'a Path),
    /// The library is being opened.
    Verifying(&'a Path),
}

/// What the registry leaves to its caller.
pub trait Tools {
    /// Build a package and say where its shared library is.
    ///
    /// # Errors
    /// [`RegistryError::Build`].
    fn build(&mut self, manifest: &Path, package: &str) -> Result<PathBuf, RegistryError>;

    /// Open a library as a plugin. Do it in another process: a broken library can crash or hang the one that opens it.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`].
    fn verify(&mut self, library: &Path) -> Result<LibraryFacts, RegistryError>;

    /// A step begins.
    fn step(&mut self, step: Step<'_>);
}
