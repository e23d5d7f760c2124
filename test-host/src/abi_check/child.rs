//! One check in a process of its own.

use super::{Verdict, checks};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// Longer than any check needs on a slow machine.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What the child prints.
#[derive(Serialize, Deserialize)]
struct Answer {
    verdict: Verdict,
    reason: String,
}

/// Where a check may leave files.
fn scratch(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("test-host-abi-{process}"))
}

/// In the child: run a check, and say how it went as one line of JSON.
pub fn answer(name: &str, library: &Path) -> String {
    let scratch = scratch(std::process::id());
    let (verdict, reason) = match checks::run(name, library, &scratch) {
        Ok(()) => (Verdict::Pass, String::new()),
        Err(checks::Not::Kept(reason)) => (Verdict::Fail, reason),
        Err(checks::Not::Checked(reason)) => (Verdict::Skip, reason),
    };
    // Most checks make no state; then there is nothing to remove.
    let _ = std::fs::remove_dir_all(&scratch);
    serde_json::to_string(&Answer { verdict, reason }).unwrap_or_default()
}

/// In the parent: run a check in a child.
pub async fn run(name: &str, library: &Path) -> Result<(Verdict, String), Failure> {
    let failed =
        |error: std::io::Error| Failure::system("cannot run a check in a process of its own", &error);
    let child = tokio::process::Command::new(std::env::current_exe().map_err(failed)?)
        .arg("__abi-check-one")
        .args([name.as_ref(), library.as_os_str()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let process = child.id();
    let output = tokio::time::timeout(TIME_LIMIT, child.wait_with_output()).await;
    if let Some(process) = process {
        // A check that died has not cleaned up.
        let _ = std::fs::remove_dir_all(scratch(process));
    }
    let Ok(output) = output else {
        return Ok((Verdict::Hang, format!("did not end within {} s", TIME_LIMIT.as_secs())));
    };
    let output = output.map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stdout);
    // Something in the library may print too: the answer is the last line.
    let answer = said.lines().last().and_then(|line| serde_json::from_str::<Answer>(line).ok());
    Ok(match answer {
        Some(answer) if output.status.success() => (answer.verdict, answer.reason),
        _ => {
            let last_words =
                String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
            (Verdict::Crash, format!("{} {last_words}", output.status).trim_end().to_owned())
        }
    })
}
