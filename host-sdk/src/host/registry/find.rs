//! Finding the plugins that are there.

use super::error::RegistryError;
use super::layout::{Registry, check_library, check_writers};
use super::manifest::{Package, PluginManifest};
use super::platform;
use super::record::{InstallRecord, sha256};
use super::source::{libraries_of, library_in};
use super::tools::{LibraryFacts, Tools};
use std::path::{Path, PathBuf};

/// How a plugin came into the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By an install.
    Installed,
    /// A plugin folder, copied by hand.
    Folder,
    /// A bare library, dropped in by hand.
    Library,
}

/// What is known of a library that is about to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It was verified before, and is still that file.
    Verified,
    /// It is not the file that was installed. It was verified now, and somebody should be told.
    Changed,
}

/// A plugin that is there.
#[derive(Debug)]
pub struct Found {
    /// Its id. Of a dropped library it is known only once it was opened; until then the file's name.
    pub id: String,
    /// How it came here.
    pub origin: Origin,
    /// The plugin folder, or the dropped file.
    pub path: PathBuf,
    /// The library to load, when there is one.
    pub library: Option<PathBuf>,
    /// What its manifest says; empty for a dropped library.
    pub manifest: PluginManifest,
    /// The record of its install.
    pub record: Option<InstallRecord>,
    /// Why it cannot be used.
    pub problem: Option<RegistryError>,
}

impl Registry {
    /// Every plugin that is there, usable or not, sorted by path. Opens nothing.
    ///
    /// # Errors
    /// The registry's folder cannot be read, or everybody may write to it.
    pub fn find(&self) -> Result<Vec<Found>, RegistryError> {
        if !self.root().exists() {
            return Ok(Vec::new());
        }
        self.check_root()?;
        self.recover_if_idle();
        let entries =
            std::fs::read_dir(self.root()).map_err(RegistryError::io("cannot read", self.root()))?;
        let mut folders: Vec<_> = entries
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        let folders = folders.iter().map(|folder| found_folder(folder));
        Ok(folders.chain(libraries_of(self.root()).into_iter().map(found_library)).collect())
    }

    /// As [`Registry::find`], with the dropped libraries opened, and without those whose id is taken already.
    ///
    /// # Errors
    /// As [`Registry::find`].
    pub fn find_all(&self, tools: &mut dyn Tools) -> Result<Vec<Found>, RegistryError> {
        let mut all: Vec<Found> = Vec::new();
        for mut found in self.find()? {
            if found.origin == Origin::Library {
                found.identify(tools);
            }
            let first = all.iter().find(|other| other.id == found.id && other.problem.is_none());
            if let (Some(first), None) = (first, &found.problem) {
                found.problem = Some(RegistryError::Unusable {
                    path: found.path.clone(),
                    reason: format!("{} brings {:?} a second time", found.path.display(), found.id),
                    hint: format!("remove it, or {}", first.path.display()),
                });
            }
            all.push(found);
        }
        Ok(all)
    }

    /// One plugin by its id.
    ///
    /// # Errors
    /// There is none, or the registry cannot be read.
    pub fn get(&self, id: &str, tools: &mut dyn Tools) -> Result<Found, RegistryError> {
        let mut all = self.find_all(tools)?;
        match all.iter().position(|found| found.id == id) {
            Some(index) => Ok(all.swap_remove(index)),
            None => Err(RegistryError::Unknown {
                id: id.to_owned(),
                path: self.root().to_owned(),
                known_ids: all.into_iter().map(|found| found.id).collect(),
            }),
        }
    }
}

impl Found {
    /// Open the library to learn what it is.
    fn identify(&mut self, tools: &mut dyn Tools) {
        let (Some(library), None) = (&self.library, &self.problem) else { return };
        match tools.verify(library) {
            Ok(LibraryFacts { id, name, version, .. }) => {
                self.id.clone_from(&id);
                self.manifest = PluginManifest {
                    channels: vec![id.clone()],
                    id,
                    name,
                    version,
                    description: String::new(),
                };
            }
            Err(error) => self.problem = Some(error),
        }
    }

    /// To be called before the library is opened in this process: whatever was not verified when it came here, or is
    /// another file since then, is opened by [`Tools::verify`] first.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`], or the library cannot be read.
    pub fn check(&self, tools: &mut dyn Tools) -> Result<Trust, RegistryError> {
        let Some(library) = &self.library else { return Ok(Trust::Verified) };
        match (self.origin, &self.record) {
            (Origin::Installed, Some(record)) if sha256(library)? == record.sha256 => Ok(Trust::Verified),
            (Origin::Installed, _) => tools.verify(library).map(|_| Trust::Changed),
            (Origin::Folder, _) => tools.verify(library).map(|_| Trust::Verified),
            // Its id is known only because it was opened to find it.
            (Origin::Library, _) => Ok(Trust::Verified),
        }
    }

    /// The version that is installed, as far as it is known.
    #[must_use]
    pub fn version(&self) -> &str {
        let recorded = self.record.as_ref().map(|record| record.version.as_str());
        recorded.filter(|version| !version.is_empty()).unwrap_or(&self.manifest.version)
    }
}

fn found_library(path: PathBuf) -> Found {
    let problem = check_writers(&path).and_then(|()| platform::check(&path)).err();
    Found {
        id: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        origin: Origin::Library,
        library: Some(path.clone()),
        path,
        manifest: PluginManifest::default(),
        record: None,
        problem,
    }
}

fn found_folder(path: &Path) -> Found {
    let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Found {
        id,
        origin: Origin::Folder,
        path: path.to_owned(),
        library: None,
        manifest: PluginManifest::default(),
        record: None,
        problem: None,
    };
    found.problem = read_folder(&mut found).err();
    found
}

fn read_folder(found: &mut Found) -> Result<(), RegistryError> {
    let path = found.path.clone();
    found.record = InstallRecord::read(&path)?;
    if found.record.is_some() {
        found.origin = Origin::Installed;
    }
    found.manifest = PluginManifest::read(&path)?;
    if found.manifest.id != found.id {
        let reason = format!("the folder of {:?} must have that name", found.manifest.id);
        return Err(RegistryError::BadManifest { path: path.join("openclaw.plugin.json"), reason });
    }
    check_writers(&path)?;
    let package = Package::read(&path)?;
    if found.manifest.version.is_empty() {
        found.manifest.version.clone_from(&package.version);
    }
    let library = match &found.record {
        Some(record) if path.join(&record.library).is_file() => path.join(&record.library),
        _ => library_in(&path, &package)?,
    };
    check_library(&library)?;
    platform::check(&library)?;
    found.library = Some(library);
    Ok(())
}
