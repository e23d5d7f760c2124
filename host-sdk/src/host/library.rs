//! A loaded plugin.

use super::error::LoadError;
use super::ffi::Table;
use super::instance::{Events, Instance, LogHook};
use crate::protocol::{Error, Init, QueryRequest};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryInfo {
    /// The channel's id.
    pub id: String,
    /// The channel's name for people.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The build, as a JSON object.
    pub build: Value,
    /// The minor of ABI 1 that is spoken.
    pub abi_minor: u32,
    /// The layouts of all structs were compared and agree. False for a plugin that is not written in Rust.
    pub layout_checked: bool,
}

/// A loaded plugin. Cheap to clone; it stays loaded until the process ends.
#[derive(Clone)]
pub struct Library {
    pub(super) table: Table,
    path: Arc<PathBuf>,
    info: Arc<LibraryInfo>,
}

impl Library {
    /// Load a plugin and agree on an ABI. Runs the library's initialisers, so open only what you trust.
    ///
    /// # Errors
    /// [`LoadError`], which says what is wrong with the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        if !path.is_file() {
            return Err(LoadError::Missing { path: path.to_owned() });
        }
        // An absolute path keeps the loader from searching elsewhere for a file of the same name.
        let path = path
            .canonicalize()
            .map_err(|error| LoadError::Open { path: path.to_owned(), reason: error.to_string() })?;
        let (table, info) = Table::load(&path)?;
        Ok(Self { table, path: Arc::new(path), info: Arc::new(info) })
    }

    /// Where it was loaded from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    #[must_use]
    pub fn info(&self) -> &LibraryInfo {
        &self.info
    }

    /// Ask a pure question.
    ///
    /// # Errors
    /// The plugin's error.
    pub fn query(&self, request: &QueryRequest) -> Result<Value, Error> {
        let json = serde_json::to_string(request)
            .map_err(|error| Error::invalid(format!("the question cannot be written: {error}")))?;
        self.table.query(&json)
    }

    /// Create an instance that pushes to this process, and the stream of its events. `log` gets its log records.
    ///
    /// Call it inside a tokio runtime.
    ///
    /// # Errors
    /// The plugin's error, for example `CONFIG`.
    pub fn instance(&self, init: &Init, log: Option<LogHook>) -> Result<(Instance, Events), Error> {
        Instance::create(self.clone(), init, log)
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("path", &self.path).field("info", &self.info).finish()
    }
}
