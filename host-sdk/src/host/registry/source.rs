//! What an install starts from.

use super::archive;
use super::error::RegistryError;
use super::layout::{check_library, check_writers, library_file_name};
use super::manifest::{Package, PluginManifest};
use super::tools::{Step, Tools};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A plugin that is ready to be copied.
pub(super) struct Source {
    /// Its manifest; none for a bare library.
    pub manifest: Option<PluginManifest>,
    /// The plugin folder; none for a bare library.
    pub folder: Option<PathBuf>,
    /// The library.
    pub library: PathBuf,
    /// Where the library belongs inside the plugin folder.
    pub place: PathBuf,
    /// Keeps an unpacked archive until it was copied.
    _unpacked: Option<TempDir>,
}

impl Source {
    /// Find out what `path` is, and build it when it is a source checkout.
    pub fn open(path: &Path, tools: &mut dyn Tools) -> Result<Self, RegistryError> {
        if path.is_dir() {
            return Self::folder(path, None, tools);
        }
        if !path.is_file() {
            return Err(RegistryError::Missing { path: path.to_owned() });
        }
        if archive::is_archive(path) {
            tools.step(Step::Unpacking(path));
            let (unpacked, folder) = archive::unpack(path)?;
            return Self::folder(&folder, Some(unpacked), tools);
        }
        check_writers(path)?;
        let place = Path::new("native").join(path.file_name().unwrap_or_default());
        Ok(Self { manifest: None, folder: None, library: path.to_owned(), place, _unpacked: None })
    }

    fn folder(
        folder: &Path,
        unpacked: Option<TempDir>,
        tools: &mut dyn Tools,
    ) -> Result<Self, RegistryError> {
        let manifest = PluginManifest::read(folder)?;
        // Anybody could have put a library there.
        check_writers(folder)?;
        let package = Package::read(folder)?;
        // A build runs what the package says (build scripts, macros). A folder that somebody named may do that; a
        // package that was fetched or handed over may not.
        let build = if unpacked.is_none() { buildable(folder, &package) } else { None };
        let (library, place) = match build {
            Some((cargo_manifest, name, place)) => (tools.build(&cargo_manifest, name)?, place),
            None => {
                let library = library_in(folder, &package)?;
                let place = library.strip_prefix(folder).unwrap_or(&library).to_owned();
                (library, place)
            }
        };
        check_library(&library)?;
        Ok(Self {
            manifest: Some(manifest),
            folder: Some(folder.to_owned()),
            library,
            place,
            _unpacked: unpacked,
        })
    }
}

/// A source checkout is one whose Cargo workspace is where the package file says. It is always built: cargo knows
/// best whether there is anything to do.
fn buildable<'a>(folder: &Path, package: &'a Package) -> Option<(PathBuf, &'a str, PathBuf)> {
    let native = package.native.as_ref()?;
    let cargo = native.cargo.as_ref()?;
    let manifest = folder.join(&cargo.manifest).canonicalize().ok().filter(|path| path.is_file())?;
    Some((manifest, &cargo.package, native.directory.join(library_file_name(&native.library))))
}

/// The library of a plugin folder.
pub(super) fn library_in(folder: &Path, package: &Package) -> Result<PathBuf, RegistryError> {
    if let Some(native) = &package.native {
        let expected = folder.join(&native.directory).join(library_file_name(&native.library));
        return if expected.is_file() {
            Ok(expected)
        } else {
            Err(RegistryError::NoLibrary { path: folder.to_owned(), expected })
        };
    }
    let native = folder.join("native");
    let mut libraries = libraries_of(&native);
    match (libraries.pop(), libraries.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(RegistryError::NoLibrary {
            path: folder.to_owned(),
            expected: native.join(library_file_name("<name>")),
        }),
    }
}

/// The shared libraries of this system that lie in a folder, sorted.
pub(super) fn libraries_of(folder: &Path) -> Vec<PathBuf> {
    let suffix = std::env::consts::DLL_EXTENSION;
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == suffix) && path.is_file())
        .collect();
    found.sort();
    found
}
