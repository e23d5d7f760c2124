//! Installing a plugin.

use super::copy;
use super::error::RegistryError;
use super::layout::{Registry, STAGING};
use super::manifest::{MANIFEST, PluginManifest, check_id};
use super::platform;
use super::record::{InstallRecord, sha256, write_json};
use super::source::Source;
use super::tools::{LibraryFacts, Step, Tools};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A plugin that was just installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its name for people.
    pub name: String,
    /// Its folder.
    pub directory: PathBuf,
    /// Its record.
    pub record: InstallRecord,
    /// The version that was there before.
    pub replaced: Option<String>,
}

impl Registry {
    /// Install a plugin folder, a source checkout, a package or a bare library, replacing an older version.
    ///
    /// `source` is what is recorded as the plugin's origin. Nothing changes when it fails.
    ///
    /// # Errors
    /// [`RegistryError`], which names the file.
    pub fn install(
        &self,
        path: &Path,
        source: &str,
        tools: &mut dyn Tools,
    ) -> Result<Installed, RegistryError> {
        let origin = Source::open(path, tools)?;
        platform::check(&origin.library)?;
        let _lock = self.lock()?;
        let staging = self.staging()?;
        tools.step(Step::Copying(staging.path()));
        if let Some(folder) = &origin.folder {
            copy::folder(folder, staging.path(), origin.place.parent().unwrap_or(Path::new("native")))?;
        }
        let library = staging.path().join(&origin.place);
        copy::file(&origin.library, &library, 0o755)?;
        // The copy is what will be loaded, so the copy is what is verified. People know the file by its first name.
        tools.step(Step::Verifying(&origin.library));
        let facts = tools.verify(&library).map_err(|error| renamed(error, &library, &origin.library))?;
        match &origin.manifest {
            Some(manifest) => same_plugin(manifest, &facts, &origin)?,
            None => describe(&facts, &origin.library, staging.path())?,
        }
        let record = InstallRecord {
            id: facts.id.clone(),
            version: facts.version,
            abi_minor: facts.abi_minor,
            sha256: sha256(&library)?,
            library: origin.place,
            source: source.to_owned(),
            installed_at_ms: now_ms(),
        };
        record.write(staging.path())?;
        let directory = self.plugin_dir(&facts.id);
        let replaced = directory.exists().then(|| version_of(&directory));
        self.put_in_place(staging.path(), &facts.id)?;
        Ok(Installed { name: facts.name, directory, record, replaced })
    }
}

impl Registry {
    /// A folder beside the plugins that goes with this install, unless it takes its place among them.
    fn staging(&self) -> Result<TempDir, RegistryError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(STAGING);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
        builder.tempdir_in(self.root()).map_err(RegistryError::io("cannot create a folder in", self.root()))
    }
}

/// A manifest that belongs to another library would give it the wrong configuration.
fn same_plugin(
    manifest: &PluginManifest,
    facts: &LibraryFacts,
    origin: &Source,
) -> Result<(), RegistryError> {
    if manifest.id == facts.id {
        return Ok(());
    }
    Err(RegistryError::IdMismatch {
        path: origin.folder.as_deref().unwrap_or(Path::new("")).join(MANIFEST),
        manifest: manifest.id.clone(),
        file: origin.library.clone(),
        library: facts.id.clone(),
    })
}

/// A bare library gets the manifest that it could have brought.
fn describe(facts: &LibraryFacts, library: &Path, folder: &Path) -> Result<(), RegistryError> {
    check_id(&facts.id).map_err(|reason| RegistryError::BadManifest { path: library.to_owned(), reason })?;
    let manifest = PluginManifest {
        id: facts.id.clone(),
        name: facts.name.clone(),
        description: String::new(),
        version: facts.version.clone(),
        channels: vec![facts.id.clone()],
    };
    write_json(&folder.join(MANIFEST), &manifest)
}

fn version_of(folder: &Path) -> String {
    let record = InstallRecord::read(folder).ok().flatten().map(|record| record.version);
    let manifest = || PluginManifest::read(folder).ok().map(|manifest| manifest.version);
    record.or_else(manifest).filter(|version| !version.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Say the file's own name instead of its copy's, which is gone when somebody reads the message.
fn renamed(error: RegistryError, copy: &Path, original: &Path) -> RegistryError {
    match error {
        RegistryError::Unusable { reason, hint, .. } => RegistryError::Unusable {
            path: original.to_owned(),
            reason: reason.replace(&*copy.to_string_lossy(), &original.to_string_lossy()),
            hint,
        },
        other => other,
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
