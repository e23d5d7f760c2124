//! Programs by other people, fetched from their registries into cargo's target folder.
//!
//! Where a tool or a registry is missing the test says so in one line and passes. With
//! `REQUIRE_JUDGES=1`, as in CI, it fails instead.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::print_stderr
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// `target/judges/<name>`.
fn folder(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let target = exe.ancestors().nth(3).unwrap();
    target.join("judges").join(name)
}

/// Skip, or fail where judges are required.
pub fn missing(what: &str) {
    assert!(std::env::var_os("REQUIRE_JUDGES").is_none(), "{what}, and REQUIRE_JUDGES is set");
    eprintln!("skipped: {what}");
}

fn runs(program: &str, argument: &str) -> bool {
    let status = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The folder in which an npm package of exactly this version is installed.
pub fn npm(package: &str, version: &str) -> Option<PathBuf> {
    if !runs("node", "--version") || !runs("npm", "--version") {
        missing("node and npm are not there");
        return None;
    }
    let folder = folder(&format!("{}-{version}", package.replace(['@', '/'], "-").trim_matches('-')));
    let module = folder.join("node_modules").join(package);
    if !module.join("package.json").is_file() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("package.json"), r#"{"private":true}"#).unwrap();
        let wanted = format!("{package}@{version}");
        let installed = Command::new("npm")
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", &wanted])
            .current_dir(&folder)
            .output()
            .unwrap();
        if !installed.status.success() {
            missing(&format!("npm cannot fetch {wanted}: {}", String::from_utf8_lossy(&installed.stderr)));
            return None;
        }
    }
    Some(folder)
}
