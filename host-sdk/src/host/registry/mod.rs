//! Where plugins are installed, and how they get there.
//!
//! A [`Registry`] is a folder with one folder for each plugin:
//!
//! ```text
//! extensions/<id>/openclaw.plugin.json   what the plugin says of itself, readable without loading it
//! extensions/<id>/package.json           where its library lies
//! extensions/<id>/native/<library>
//! extensions/<id>/install.json           where it came from; missing when the folder was copied by hand
//! extensions/<any>.so|.dylib|.dll        a library dropped in by hand
//! ```
//!
//! An install is all or nothing: it happens in a folder beside, is verified there, and takes its place by a rename.
//! Building a source checkout and opening a library are not done here but by the caller's [`Tools`], because both
//! start processes and report to a person.

mod archive;
mod copy;
mod error;
mod find;
mod install;
mod layout;
mod manifest;
mod place;
mod platform;
mod record;
mod source;
mod tools;
mod uninstall;

pub use error::RegistryError;
pub use find::{Found, Origin, Trust};
pub use install::Installed;
pub use layout::{Registry, library_file_name};
pub use manifest::{CargoSource, NativePackage, Package, PluginManifest};
pub use record::InstallRecord;
pub use tools::{LibraryFacts, Step, Tools};
pub use uninstall::Removed;
