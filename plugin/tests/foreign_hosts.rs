//! Hosts in C and Python, exactly as the guide shows them, with a real conversation on the embedded server.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod judges;
mod support;

use mattermost_sim::{Options, Sim};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// valgrind makes everything slow.
const PATIENCE: Duration = Duration::from_secs(120);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn there(tool: &str) -> bool {
    let version = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = version.is_ok_and(|status| status.success());
    if !there {
        judges::missing(&format!("there is no {tool}"));
    }
    there
}

/// A folder of this test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("openclaw-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn build_c(folder: &Folder) -> PathBuf {
    let host = folder.0.join("host");
    let built = Command::new("cc")
        .args(["-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(repository().join("include"))
        .arg("-o")
        .arg(&host)
        .arg(repository().join("host-sdk/examples/hosts/c/host.c"))
        .args(["-ldl", "-lpthread"])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    host
}

/// The host says something to alice, she answers, it echoes, and ends.
async fn converse(mut host: Command, folder: &Folder) {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let (alice, bot) = (seed.user_id("alice").to_owned(), seed.user_id("openclaw").to_owned());
    let section = json!({
        "botToken": seed.token("openclaw"), "baseUrl": sim.url(), "dmPolicy": "open", "allowFrom": ["*"],
    });
    let init = folder.0.join("init.json");
    let document = json!({ "role": "gateway", "config": support::config(section), "env": {} });
    std::fs::write(&init, document.to_string()).unwrap();
    host.arg(support::library().path()).arg(&init).arg(format!("user:{alice}")).arg("hi from a foreign host");
    let running = tokio::task::spawn_blocking(move || host.output().unwrap());

    let dm = sim.direct_channel(&alice, &bot).unwrap();
    let spoke = |text: &'static str| {
        let bot = bot.clone();
        let fits = move |post: &mattermost_sim::PostRecord| post.user_id == bot && post.message == text;
        sim.wait_for_post(&dm, fits, PATIENCE)
    };
    spoke("hi from a foreign host").await.unwrap();
    // The account may still be connecting; what is written before that is not heard by this version.
    while sim.sockets() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sim.post_as(&alice, &dm, "hello \"you\"", "").unwrap();
    spoke("echo: hello \"you\"").await.unwrap();

    let output: Output = running.await.unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
    assert!(said.contains("loaded Mattermost"), "{said}");
    assert!(!said.contains(seed.token("openclaw")) && !complained.contains(seed.token("openclaw")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_c_sends_and_answers() {
    if !there("cc") {
        return;
    }
    let folder = Folder::new("c-host");
    converse(Command::new(build_c(&folder)), &folder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_c_has_no_memory_error_and_no_leak() {
    if !there("cc") || !there("valgrind") {
        return;
    }
    let folder = Folder::new("c-host-valgrind");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite,indirect"]);
    valgrind.args(["--errors-for-leak-kinds=definite,indirect", "--quiet"]).arg(build_c(&folder));
    converse(valgrind, &folder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_python_sends_and_answers_in_pull_mode() {
    if !there("python3") {
        return;
    }
    let folder = Folder::new("python-host");
    let mut python = Command::new("python3");
    python.arg(repository().join("host-sdk/examples/hosts/python/host.py"));
    converse(python, &folder).await;
}
