//! Building a source checkout.

use crate::output;
use crate::times;
use host_sdk::host::registry::RegistryError;
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many of the compiler's last lines are shown when it fails.
const LAST_LINES: usize = 20;
/// How often a person who waits hears something where lines cannot be overwritten.
const EVERY: Duration = Duration::from_secs(10);

/// Build a package's shared library, optimised, and say where cargo put it.
pub fn build(manifest: &Path, package: &str) -> Result<PathBuf, RegistryError> {
    // Below `cargo run` it is the same cargo.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    output::note(format!("Building {package} with cargo, optimised; the first time takes a minute or two…"));
    let mut command = Command::new(cargo);
    // What `cargo run` tells the program that it runs is not meant for another cargo: build scripts that look at it
    // would run again each time the plugin is installed from another place.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    let child = command
        .args(["build", "--release", "--color", "never", "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(manifest)
        .args(["--package", package])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.map_err(|error| match error.kind() {
        ErrorKind::NotFound => failed(
            format!("{package} must be built from source, but cargo is not installed"),
            "install Rust from https://rustup.rs, or install a package that was built for this machine",
        ),
        _ => failed(format!("cargo cannot be started: {error}"), "check the Rust installation"),
    })?;
    let start = Instant::now();
    let built = follow(child, start)
        .map_err(|error| failed(format!("cargo cannot be followed: {error}"), "try again"))?;
    match built {
        Ok(Some(library)) => {
            output::note(format!("Built in {}.", times::took(start.elapsed())));
            Ok(library)
        }
        Ok(None) => Err(failed(
            format!("cargo built {package}, but no shared library came of it"),
            "its Cargo.toml must have crate-type = [\"cdylib\"]",
        )),
        Err(lines) => Err(failed(
            format!("cargo could not build {package}:\n{}", lines.join("\n")),
            format!("cargo build --release --package {package} shows all of it"),
        )),
    }
}

/// Variables of `cargo run`, as the Cargo book lists them; settings of the user's own such as `CARGO_HOME` stay.
fn set_by_cargo_run(name: &str) -> bool {
    const EXACT: [&str; 7] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_MANIFEST_LINKS",
        "CARGO_PRIMARY_PACKAGE",
    ];
    EXACT.contains(&name) || name.starts_with("CARGO_PKG_")
}

fn failed(reason: String, hint: impl Into<String>) -> RegistryError {
    RegistryError::Build { reason, hint: hint.into() }
}

/// Show what cargo does until it ends: the library that it made, or its last lines.
fn follow(mut child: Child, start: Instant) -> std::io::Result<Result<Option<PathBuf>, Vec<String>>> {
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || stdout.and_then(library_of));
    let lines = child.stderr.take().map(|stderr| progress(stderr, start)).unwrap_or_default();
    let status = child.wait()?;
    let library = reader.join().unwrap_or_default();
    Ok(if status.success() { Ok(library) } else { Err(lines) })
}

/// The last shared library among the files that cargo reports: the package itself is built after all that it needs.
fn library_of(stdout: impl Read) -> Option<PathBuf> {
    let mut library = None;
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        let kinds = message["target"]["crate_types"].as_array().into_iter().flatten();
        if !kinds.into_iter().any(|kind| kind == "cdylib") {
            continue;
        }
        for file in message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if file.ends_with(std::env::consts::DLL_SUFFIX) {
                library = Some(PathBuf::from(file));
            }
        }
    }
    library
}

/// Tell how far cargo is; its last lines.
fn progress(stderr: impl Read, start: Instant) -> Vec<String> {
    let overwrite = std::io::stderr().is_terminal();
    let mut last = VecDeque::new();
    let (mut compiled, mut told) = (0_u32, Instant::now());
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some(name) = line.trim_start().strip_prefix("Compiling ") {
            compiled += 1;
            let name = name.split(" (").next().unwrap_or(name);
            let state = format!("  {} · {compiled} crates · {name}", times::took(start.elapsed()));
            if overwrite {
                // Cut, because a line that wraps cannot be overwritten.
                let state: String = state.chars().take(70).collect();
                let _ = write!(std::io::stderr().lock(), "\r{state:<70}\r");
            } else if told.elapsed() > EVERY {
                told = Instant::now();
                output::note(state);
            }
        }
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    if overwrite && compiled > 0 {
        let _ = write!(std::io::stderr().lock(), "\r{:<70}\r", "");
    }
    last.into()
}
