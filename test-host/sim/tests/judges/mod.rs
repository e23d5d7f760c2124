//! Clients by other people, fetched from their registries into cargo's target folder.
//!
//! Where a tool or a registry is missing the test says so in one line and passes. With `REQUIRE_JUDGES` in the
//! environment, as in CI, it fails instead.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use mattermost_sim::Sim;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
};

/// How long a judge may take for everything that it does.
const PATIENCE: Duration = Duration::from_secs(120);

/// `target/judges/<name>`.
fn folder(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    exe.ancestors().nth(3).unwrap().join("judges").join(name)
}

/// Skips, or fails where judges are required.
fn missing<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("REQUIRE_JUDGES").is_none(), "{what}, and REQUIRE_JUDGES is set");
    eprintln!("skipped: {what}");
    None
}

async fn run(program: &Path, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let ran = Command::new(program).args(arguments).current_dir(folder).output().await;
    let output = ran.map_err(|error| format!("{} does not start: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed: {}", program.display(), said.lines().next().unwrap_or_default()))
}

/// Fills a folder once. A failed attempt is begun anew the next time.
async fn filled(
    name: &str,
    packages: &[&str],
    install: impl AsyncFnOnce(&Path) -> Result<(), String>,
) -> Option<PathBuf> {
    let folder = folder(name);
    let (done, wanted) = (folder.join("installed"), packages.join("\n"));
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Some(folder);
    }
    // There may be nothing to remove.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    if let Err(reason) = install(&folder).await {
        return missing(&reason);
    }
    std::fs::write(done, wanted).unwrap();
    Some(folder)
}

/// The folder with exactly these npm packages.
pub async fn npm(name: &str, packages: &[&str]) -> Option<PathBuf> {
    filled(name, packages, async |folder| {
        std::fs::write(folder.join("package.json"), r#"{"private":true}"#).unwrap();
        let mut arguments =
            vec!["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        arguments.extend(packages);
        run(Path::new("node"), &["--version"], folder).await?;
        run(Path::new("npm"), &arguments, folder).await
    })
    .await
}

/// The folder of a virtual environment with exactly these Python packages.
pub async fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    filled(name, packages, async |folder| {
        run(Path::new("python3"), &["-m", "venv", "."], folder).await?;
        let mut arguments = vec!["install", "--quiet", "--disable-pip-version-check"];
        arguments.extend(packages);
        run(&folder.join("bin/pip"), &arguments, folder).await
    })
    .await
}

/// Lets a judge try the server. What it writes as `JUDGE <what>` is done, and the last of that must be its verdict.
pub async fn judge(sim: &Sim, program: &Path, script: &str, folder: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(script);
    let mut child = Command::new(program)
        .arg(script)
        .arg(sim.url())
        .current_dir(folder)
        .env("NO_PROXY", "*")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = child.stderr.take().unwrap();
    let mut said = String::new();
    let follow = async {
        let mut verdict = String::new();
        let mut log = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            match line.strip_prefix("JUDGE ") {
                Some("cut") => sim.cut_sockets(),
                Some("forget") => sim.forget_sockets(),
                Some(last) => last.clone_into(&mut verdict),
                None => log.push(line),
            }
        }
        (verdict, log.join("\n"))
    };
    let heard = async { tokio::join!(follow, stderr.read_to_string(&mut said)) };
    let ((verdict, log), _) = tokio::time::timeout(PATIENCE, heard).await.expect("the judge takes too long");
    let status = child.wait().await.unwrap();
    let last: Vec<_> = sim.requests().into_iter().rev().take(5).collect();
    assert!(
        status.success() && verdict == "satisfied",
        "{status}\n{log}\n{said}\nthe last requests, the newest first: {last:#?}"
    );
}
