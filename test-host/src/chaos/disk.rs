//! A disk that is full, for one process: a limit on the size of files, which needs no rights.

use std::process::Stdio;
use tokio::process::Command;

/// Whether there is what it takes.
pub async fn possible() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("needs Linux".to_owned());
    }
    let version =
        Command::new("prlimit").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.await.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("needs the command prlimit (of util-linux)".to_owned())
}

/// Let every write of a process to a file fail, or no longer.
pub async fn full(pid: u32, full: bool) -> Result<(), String> {
    let limit = if full { "--fsize=0:" } else { "--fsize=unlimited:" };
    let mut command = Command::new("prlimit");
    command.args(["--pid", &pid.to_string(), limit]).stdin(Stdio::null());
    let output = command.output().await.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
