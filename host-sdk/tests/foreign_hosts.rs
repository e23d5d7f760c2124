//! Hosts in other languages, exactly as the guide shows them, against the echo channel.
// Clippy excuses test functions, but not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![cfg(unix)]

#[path = "support/layout.rs"]
mod layout;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hosts").join(name)
}

/// Whether a tool can be run; says so when not.
fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: there is no {tool} here");
    }
    there
}

fn build_c(folder: &Path) -> Option<PathBuf> {
    if !has("cc") {
        return None;
    }
    let host = folder.join("host");
    let output = Command::new("cc")
        .args(["-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(layout::include_folder())
        .arg("-o")
        .arg(&host)
        .arg(source("c/host.c"))
        .args(["-ldl", "-lpthread"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(host)
}

/// Run a host against the echo channel. It says something, hears it back, and answers once.
fn run(command: &mut Command, folder: &Path) -> Output {
    let init = folder.join("init.json");
    std::fs::write(&init, r#"{"role":"gateway","config":{},"host":{"name":"example","version":"1"}}"#)
        .unwrap();
    command.arg(support::echo_path()).arg(init).args(["room:lobby", "hello"]).output().unwrap()
}

#[track_caller]
fn assert_conversation(output: &Output) {
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
    for expected in ["loaded Echo", "inbound.message", "echo: hello", "\"settled\":"] {
        assert!(said.replace(": ", ":").contains(&expected.replace(": ", ":")), "no {expected} in\n{said}");
    }
}

#[test]
fn a_host_in_c_talks_to_the_channel() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = build_c(folder.path()) else { return };
    assert_conversation(&run(&mut Command::new(host), folder.path()));
}

#[test]
fn a_host_in_c_loses_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    if !has("valgrind") {
        return;
    }
    let Some(host) = build_c(folder.path()) else { return };
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite,indirect"]);
    valgrind.args(["--errors-for-leak-kinds=definite,indirect", "--quiet"]).arg(host);
    assert_conversation(&run(&mut valgrind, folder.path()));
}

#[test]
fn a_host_in_c_says_why_it_could_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let Some(host) = build_c(folder.path()) else { return };
    let init = folder.path().join("init.json");
    std::fs::write(&init, r#"{"rôle":"gateway"}"#).unwrap();
    let output = Command::new(host)
        .arg(support::echo_path())
        .arg(init)
        .args(["room:lobby", "hello"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("init: status -1: ") && said.contains("rôle"), "{said}");
}

#[test]
fn a_host_in_python_talks_to_the_channel() {
    let folder = tempfile::tempdir().unwrap();
    if !has("python3") {
        return;
    }
    assert_conversation(&run(Command::new("python3").arg(source("python/host.py")), folder.path()));
}
