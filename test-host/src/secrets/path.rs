//! Whether a file may be trusted with secrets.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A path of the configuration: absolute, or below the home directory with `~/`.
pub fn configured(provider: &Value, key: &str, name: &str) -> Result<PathBuf, String> {
    let text = provider[name].as_str().filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| format!("{key}.{name} is missing"))?;
    let path = match text.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().ok_or("there is no home directory for \"~\"")?.join(rest),
        None => PathBuf::from(text),
    };
    if path.is_absolute() { Ok(path) } else { Err(format!("{key}.{name} must be an absolute path")) }
}

/// Refuse a file that others can change, or read when they should not, unless the configuration allows it.
pub fn check(provider: &Value, key: &str, path: &Path, others_may_read: bool) -> Result<(), String> {
    let shown = path.display();
    let facts =
        std::fs::metadata(path).map_err(|error| format!("{shown} ({key}) cannot be read: {error}"))?;
    if !facts.is_file() {
        return Err(format!("{shown} ({key}) is not a file"));
    }
    if provider["allowInsecurePath"] == true {
        return Ok(());
    }
    private(&facts, path, key, others_may_read)
}

#[cfg(unix)]
fn private(facts: &std::fs::Metadata, path: &Path, key: &str, others_may_read: bool) -> Result<(), String> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&facts.permissions());
    let refused = if mode & 0o022 != 0 {
        "changed"
    } else if mode & 0o044 != 0 && !others_may_read {
        "read"
    } else {
        return Ok(());
    };
    let way_out = if others_may_read { "chmod go-w" } else { "chmod 600" };
    Err(format!(
        "{} ({key}) can be {refused} by others; {way_out} it, or set {key}.allowInsecurePath",
        path.display()
    ))
}

#[cfg(not(unix))]
fn private(_: &std::fs::Metadata, path: &Path, key: &str, _: bool) -> Result<(), String> {
    Err(format!(
        "who may use {} cannot be found out on this system; set {key}.allowInsecurePath to trust it",
        path.display()
    ))
}
