//! Packages from npm.

use crate::failure::Failure;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// `@scope/name` or `@scope/name@version`, unless there is such a path.
pub fn is_spec(source: &str) -> bool {
    source.starts_with('@') && source.contains('/') && !Path::new(source).exists()
}

/// Fetch a package; gives the folder that keeps it and its archive. Nothing of it is run: neither its scripts here, nor
/// a build by the install, which builds no package.
pub fn pack(spec: &str) -> Result<(TempDir, PathBuf), Failure> {
    if !is_of_the_registry(spec) {
        return Err(Failure::new(
            format!("{spec} is not a package of the npm registry"),
            "name it as @scope/name or @scope/name@version; clone another source and install its folder",
        ));
    }
    let target =
        TempDir::new().map_err(|error| Failure::system("cannot create a temporary folder", &error))?;
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(["pack", "--ignore-scripts", "--loglevel", "error", "--pack-destination"])
        .arg(target.path())
        .arg("--")
        .arg(spec)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::new(
                format!("{spec} is an npm package, but npm is not installed"),
                "install Node.js, or give the path of a folder, a shared library or a .tgz package",
            ),
            _ => Failure::system("npm cannot be started", &error),
        })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).take(6).collect();
        return Err(Failure::new(
            format!("npm could not fetch {spec}:\n{}", lines.join("\n")),
            "check the name and the network",
        ));
    }
    let archive = std::fs::read_dir(target.path())
        .map_err(|error| Failure::system("cannot read what npm fetched", &error))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    match archive {
        Some(archive) => Ok((target, archive)),
        None => Err(Failure::new(format!("npm fetched nothing for {spec}"), "check the name")),
    }
}

/// Behind the second `@` npm also takes repositories and folders, which it prepares by running their scripts.
fn is_of_the_registry(spec: &str) -> bool {
    let version = spec.split_once('/').and_then(|(_, name)| name.split_once('@')).map_or("", |(_, it)| it);
    !version.contains(['/', '\\', ':'])
}

#[cfg(test)]
mod tests {
    use super::is_of_the_registry;

    #[test]
    fn only_versions_and_tags_of_the_registry_are_taken() {
        for spec in ["@scope/name", "@scope/name@1.2.3-rc.1+x", "@scope/name@latest", "@scope/name@^1 || 2"] {
            assert!(is_of_the_registry(spec), "{spec}");
        }
        for spec in ["@scope/name@file:../x", "@scope/name@git+ssh://h/r", "@scope/name@owner/repository"] {
            assert!(!is_of_the_registry(spec), "{spec}");
        }
    }
}
