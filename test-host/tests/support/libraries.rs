//! The shared libraries that tests install.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// `target/<profile>` of this run.
fn profile() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// `libname.so`, `libname.dylib`, `name.dll`.
pub fn file_name(stem: &str) -> String {
    format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// The echo channel. `cargo test --workspace` builds it; for a single package it is built here.
pub fn echo() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| example("host-sdk", "echo_channel")).clone()
}

/// The channel that tells what its configuration lists. `cargo test` builds it, but not for a single test file.
pub fn scripted() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| example("test-host", "scripted_channel")).clone()
}

fn example(package: &str, name: &str) -> PathBuf {
    let path = profile().join("examples").join(file_name(name));
    if !path.is_file() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "-p", package, "--example", name, "--target-dir"]);
        cargo.arg(profile().parent().unwrap());
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
    }
    path
}

/// The Mattermost channel: a dev-dependency, so cargo has built it.
pub fn mattermost() -> PathBuf {
    let path = profile().join("deps").join(file_name("openclaw_mattermost"));
    assert!(path.is_file(), "{} is missing", path.display());
    path
}

/// A shared library that is no plugin: one that the compiler itself uses.
pub fn not_a_plugin() -> PathBuf {
    let entries = std::fs::read_dir(profile().join("deps")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.contains("serde_derive") && name.ends_with(std::env::consts::DLL_SUFFIX)
        })
        .expect("serde_derive was built")
}

/// Compile a few lines of Rust to a shared library.
pub fn compile(folder: &Path, stem: &str, source: &str) -> PathBuf {
    let input = folder.join(format!("{stem}.rs"));
    std::fs::write(&input, source).unwrap();
    let path = folder.join(file_name(stem));
    let status = Command::new("rustc")
        .args(["--edition", "2024", "--crate-type", "cdylib", "-o"])
        .arg(&path)
        .arg(&input)
        .status()
        .unwrap();
    assert!(status.success());
    path
}
