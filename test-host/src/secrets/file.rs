//! Secrets in a file: one JSON document, or the secret itself.

use super::{longest, path, patience};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Read the secrets of a file provider. `Err` when none can be had.
pub async fn ask(provider: &Value, key: &str, ids: &[String]) -> Result<Vec<Result<String, String>>, String> {
    let file = path::configured(provider, key, "path")?;
    path::check(provider, key, &file, false)?;
    let most = longest(provider, "maxBytes");
    let read = tokio::task::spawn_blocking({
        let file = file.clone();
        move || read(&file, most)
    });
    let text = match tokio::time::timeout(patience(provider), read).await {
        Ok(Ok(text)) => text?,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("{} cannot be read in time", file.display())),
    };
    match provider["mode"].as_str().unwrap_or("json") {
        "json" => {
            // The parser's message would quote the file.
            let document: Value = serde_json::from_str(&text).map_err(|error| {
                format!("{}:{}:{} is not JSON", file.display(), error.line(), error.column())
            })?;
            Ok(ids.iter().map(|id| pointed(&document, id, &file)).collect())
        }
        "singleValue" | "value" => Ok(ids.iter().map(|id| single(&text, id, key)).collect()),
        other => Err(format!("{key}.mode must be \"json\" or \"singleValue\", not {other:?}")),
    }
}

fn read(path: &Path, most: u64) -> Result<String, String> {
    let file =
        std::fs::File::open(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let mut text = String::new();
    let read = file.take(most + 1).read_to_string(&mut text);
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if text.len() as u64 > most {
        return Err(format!("{} has more than {most} bytes", path.display()));
    }
    Ok(text)
}

fn pointed(document: &Value, id: &str, file: &Path) -> Result<String, String> {
    if !id.starts_with('/') {
        return Err(format!("the id {id:?} is not a JSON pointer; it begins with \"/\""));
    }
    match document.pointer(id) {
        Some(Value::String(secret)) if !secret.is_empty() => Ok(secret.clone()),
        Some(_) => Err(format!("{id} in {} is not a text", file.display())),
        None => Err(format!("{} has no {id}", file.display())),
    }
}

fn single(text: &str, id: &str, key: &str) -> Result<String, String> {
    if id != "value" {
        return Err(format!("{key} has one secret only: the id must be \"value\", not {id:?}"));
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() { Err("the file is empty".to_owned()) } else { Ok(secret.to_owned()) }
}
