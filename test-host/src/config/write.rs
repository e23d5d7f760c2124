//! Writing the file.

use super::edit;
use super::read::Source;
use crate::failure::Failure;
use crate::files;
use crate::times;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// When the old file is kept beside the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backup {
    /// When its comments are lost, as `openclaw.json.bak`.
    WhenNeeded,
    /// Always, with the time in its name.
    Always,
}

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The file, where a link leads.
    pub path: PathBuf,
    /// The old file.
    pub backup: Option<PathBuf>,
}

/// Make the configuration say `value`. Nobody else can read the file, because there may be a token in it.
pub fn save(source: &Source, value: &Value, backup: Backup) -> Result<Written, Failure> {
    // A link to a file elsewhere stays one.
    let path = source.path.canonicalize().unwrap_or_else(|_| source.path.clone());
    let old = source.text.as_deref().filter(|text| !text.trim().is_empty());
    let edited = old.and_then(|text| edit::apply(text, value));
    // Plain JSON has nothing but its order to lose.
    let plain = old.is_none_or(|text| serde_json::from_str::<Value>(text).is_ok());
    let kept_form = edited.is_some() || old.is_none();
    let backup = match (backup, &source.text) {
        (Backup::Always, Some(text)) => Some((files::beside(&path, &format!("bak-{}", stamp())), text)),
        (Backup::WhenNeeded, Some(text)) if !kept_form && !plain => Some((files::beside(&path, "bak"), text)),
        _ => None,
    };
    let failed = |path: &Path, error: std::io::Error| {
        Failure::new(
            format!("cannot write {}: {error}", path.display()),
            "check the disk and who owns the folder",
        )
    };
    if let Some((to, text)) = &backup {
        files::replace(to, text.as_bytes()).map_err(|error| failed(to, error))?;
    }
    if let Some(folder) = path.parent() {
        files::create_private_dir(folder).map_err(|error| failed(folder, error))?;
    }
    let text = edited.unwrap_or_else(|| format!("{value:#}\n"));
    files::replace(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    Ok(Written { path, backup: backup.map(|(to, _)| to) })
}

/// The time for a file's name.
fn stamp() -> String {
    times::stamp(times::now_ms()).replace([':', '-'], "")
}
