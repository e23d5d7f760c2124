//! Recordings of real servers, which are not part of the repository.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use serde_json::Value;

/// All steps of all recordings, each with the file it stands in.
pub fn steps(recordings: &Path) -> Vec<(String, Value)> {
    let mut steps = Vec::new();
    for version in
        std::fs::read_dir(recordings).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(version.path()).unwrap().map(|file| file.unwrap().path()) {
            let recording: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let name = file.display().to_string();
            steps.extend(
                recording["steps"].as_array().unwrap().iter().map(|step| (name.clone(), step.clone())),
            );
        }
    }
    assert!(!steps.is_empty(), "no recordings in {}", recordings.display());
    steps
}

/// The folder of the recordings, if it is there.
pub fn recordings() -> Option<PathBuf> {
    let folder = match std::env::var_os("MATTERMOST_WIRE") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wire")),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no recordings in {} (set MATTERMOST_WIRE)", folder.display());
    None
}
