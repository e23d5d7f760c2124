//! The two files that describe a plugin folder.

use super::error::RegistryError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// The manifest's file name.
pub(super) const MANIFEST: &str = "openclaw.plugin.json";
/// The package file's name.
pub(super) const PACKAGE: &str = "package.json";

/// `openclaw.plugin.json`: what is known of a plugin without running it. Keys that only other hosts need are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PluginManifest {
    /// The plugin's id; also the key of its configuration.
    pub id: String,
    /// Its name for people.
    #[serde(default)]
    pub name: String,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The channels that it brings.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// `package.json`, as far as a native plugin uses it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Package {
    /// The npm name.
    #[serde(default)]
    pub name: String,
    /// The version.
    #[serde(default)]
    pub version: String,
    /// Where the native library is.
    #[serde(default, rename = "openclawNative")]
    pub native: Option<NativePackage>,
}

/// Where a plugin's native library is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NativePackage {
    /// The library's stem: `name` for `libname.so`, `libname.dylib`, `name.dll`.
    pub library: String,
    /// The folder that has it, inside the plugin folder.
    #[serde(default = "default_directory")]
    pub directory: PathBuf,
    /// How a source checkout builds it.
    #[serde(default)]
    pub cargo: Option<CargoSource>,
}

/// The Rust package that a library is built from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CargoSource {
    /// `Cargo.toml` of the workspace, relative to the plugin folder. Exists in a source checkout only.
    pub manifest: PathBuf,
    /// The package's name.
    pub package: String,
}

fn default_directory() -> PathBuf {
    PathBuf::from("native")
}

impl PluginManifest {
    /// Read the manifest of a plugin folder.
    ///
    /// # Errors
    /// Missing, malformed, or with an id that cannot be a folder's name.
    pub fn read(directory: &Path) -> Result<Self, RegistryError> {
        let path = directory.join(MANIFEST);
        if !path.is_file() {
            return Err(RegistryError::NoManifest { path: directory.to_owned() });
        }
        let manifest: Self = read_json(&path)?;
        check_id(&manifest.id).map_err(|reason| RegistryError::BadManifest { path, reason })?;
        Ok(manifest)
    }
}

impl Package {
    /// Read the package file of a plugin folder; an empty one when there is none.
    ///
    /// # Errors
    /// Malformed, or with paths that do not belong to the plugin.
    pub fn read(directory: &Path) -> Result<Self, RegistryError> {
        let path = directory.join(PACKAGE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let package: Self = read_json(&path)?;
        if let Some(native) = &package.native {
            let inside = is_inside(&native.directory);
            let plain = !native.library.is_empty() && !native.library.contains(['/', '\\']);
            if !inside || !plain {
                let reason = "openclawNative must name a library inside the plugin folder".to_owned();
                return Err(RegistryError::BadManifest { path, reason });
            }
            // A workspace lies above the plugin folder, so the way up is open; any other place is not the package's.
            if native.cargo.as_ref().is_some_and(|cargo| !is_relative(&cargo.manifest)) {
                let reason = "openclawNative.cargo.manifest must be relative to the plugin folder".to_owned();
                return Err(RegistryError::BadManifest { path, reason });
            }
        }
        Ok(package)
    }
}

/// The path stays below the folder that it is joined to.
pub(super) fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// The path has no beginning of its own. `Path::is_relative` lets `/x` and `c:x` pass on Windows.
fn is_relative(path: &Path) -> bool {
    !path.components().any(|part| matches!(part, Component::RootDir | Component::Prefix(_)))
}

/// An id is a folder's name and a configuration key, so only harmless ones are taken.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    let starts = id.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    let rest = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if starts && rest && id.len() <= 64 {
        return Ok(());
    }
    let shown: String = id.chars().take(64).collect();
    Err(format!("the id {shown:?} is not one: use small letters, digits, - and _, at most 64"))
}

/// Read a JSON file, telling where it is wrong.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RegistryError> {
    let text = std::fs::read_to_string(path).map_err(RegistryError::io("cannot read", path))?;
    // Windows editors like to begin files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(text).map_err(|error| {
        let full = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = full.strip_suffix(&place).unwrap_or(&full).to_owned();
        // A missing key is noticed at the end; column 0 would be before the line.
        RegistryError::Malformed {
            path: path.to_owned(),
            line: error.line(),
            column: error.column().max(1),
            reason,
        }
    })
}
