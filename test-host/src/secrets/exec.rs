//! Secrets from a command: what is wanted as JSON on stdin, the secrets as JSON on stdout.

use super::{longest, path, patience};
use process_wrap::tokio::{ChildWrapper, CommandWrap};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The characters of a provider's own words that are passed on.
const LONGEST_REASON: usize = 200;

/// Run the command of an exec provider. `Err` when no secret can be had.
pub async fn ask(
    provider: &Value,
    key: &str,
    name: &str,
    ids: &[String],
) -> Result<Vec<Result<String, String>>, String> {
    let command = path::configured(provider, key, "command")?;
    trusted(provider, key, &command)?;
    let request = json!({ "protocolVersion": 1, "provider": name, "ids": ids }).to_string();
    let mut child = spawn(provider, key, &command)?;
    let most = longest(provider, "maxOutputBytes");
    let output = match tokio::time::timeout(patience(provider), child.talk(request.as_bytes(), most)).await {
        Ok(output) => output.map_err(|why| format!("{} ({key}) {why}", command.display()))?,
        Err(_) => return Err(format!("{} ({key}) took too long and was ended", command.display())),
    };
    answers(provider, &output, ids).map_err(|why| format!("{} ({key}) {why}", command.display()))
}

fn trusted(provider: &Value, key: &str, command: &Path) -> Result<(), String> {
    let shown = command.display();
    let facts =
        std::fs::symlink_metadata(command).map_err(|error| format!("{shown} ({key}.command): {error}"))?;
    if facts.is_symlink() && provider["allowSymlinkCommand"] != true {
        return Err(format!("{shown} is a link; name the command itself, or set {key}.allowSymlinkCommand"));
    }
    let target = command.canonicalize().map_err(|error| format!("{shown} ({key}.command): {error}"))?;
    if let Some(folders) = provider["trustedDirs"].as_array() {
        let inside = folders
            .iter()
            .filter_map(Value::as_str)
            .any(|folder| Path::new(folder).canonicalize().is_ok_and(|folder| target.starts_with(folder)));
        if !inside {
            return Err(format!("{} is in none of {key}.trustedDirs", target.display()));
        }
    }
    path::check(provider, key, &target, true)
}

fn spawn(provider: &Value, key: &str, command: &Path) -> Result<Running, String> {
    let texts = |name: &str| {
        let list = provider[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>()
    };
    let own = provider["env"].as_object().into_iter().flatten();
    let own = own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let passed =
        texts("passEnv").into_iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
    let variables: Vec<(String, String)> = passed.chain(own).collect();
    let mut wrapped = CommandWrap::with_new(command, |command| {
        command.args(texts("args")).env_clear().envs(variables);
        // What it says on stderr may be a secret; nobody reads it.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    });
    #[cfg(unix)]
    wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
    #[cfg(windows)]
    wrapped.wrap(process_wrap::tokio::JobObject);
    match wrapped.spawn() {
        Ok(child) => Ok(Running { child, ended: false }),
        Err(error) => Err(format!("{} ({key}.command) cannot be started: {error}", command.display())),
    }
}

/// A command in work. Dropping it ends it with everything that it started.
struct Running {
    child: Box<dyn ChildWrapper>,
    ended: bool,
}

impl Running {
    async fn talk(&mut self, request: &[u8], most: u64) -> Result<String, String> {
        let child = self.child.as_mut();
        let (stdin, stdout) = (child.stdin().take(), child.stdout().take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A command that knows what it is to print does not read.
                let _ = stdin.write_all(request).await;
                let _ = stdin.shutdown().await;
            }
            Ok(())
        };
        let read = async {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(most + 1).read_to_end(&mut output).await?;
            }
            if output.len() as u64 > most { Err(std::io::Error::other("said too much")) } else { Ok(output) }
        };
        let done = tokio::try_join!(write, read, child.wait()).map_err(|error| format!("failed: {error}"));
        let ((), output, status) = done?;
        self.ended = true;
        if !status.success() {
            return Err(format!("ended with {status}"));
        }
        String::from_utf8(output).map_err(|_| "did not answer in UTF-8".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After its end the number of the process group may belong to somebody else.
        if !self.ended {
            // Nothing is left to be done about a failure.
            let _ = self.child.start_kill();
        }
    }
}

fn answers(provider: &Value, output: &str, ids: &[String]) -> Result<Vec<Result<String, String>>, String> {
    let document = serde_json::from_str::<Value>(output).ok().filter(Value::is_object);
    let Some(document) = document else {
        let secret = output.trim_end_matches(['\r', '\n']);
        return match ids {
            [_] if provider["jsonOnly"] == false && !secret.is_empty() => Ok(vec![Ok(secret.to_owned())]),
            _ => Err("did not answer with a JSON object".to_owned()),
        };
    };
    if document["protocolVersion"] != 1 {
        return Err("did not answer with protocolVersion 1".to_owned());
    }
    let values = &document["values"];
    let secrets: Vec<&str> =
        values.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).collect();
    Ok(ids
        .iter()
        .map(|id| match values[id].as_str() {
            Some(secret) if !secret.is_empty() => Ok(secret.to_owned()),
            Some(_) => Err(format!("the provider's {id:?} is empty")),
            None => {
                let reason = document["errors"][id]["message"].as_str().unwrap_or("it has no such secret");
                let quotes = secrets.iter().any(|secret| !secret.is_empty() && reason.contains(secret));
                let reason = if quotes { "it names a secret in its reason" } else { reason };
                let reason: String =
                    reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
                Err(format!("the provider does not give {id:?}: {reason}"))
            }
        })
        .collect())
}

#[cfg(test)]
#[path = "exec_tests.rs"]
mod tests;
