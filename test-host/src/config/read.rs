//! Reading the file.

use super::template;
use crate::failure::Failure;
use crate::settings::Settings;
use serde_json::{Map, Value};
use std::io::ErrorKind;
use std::path::Path;

/// Read the configuration, with `${NAME}` filled in from the environment. Without a file it is empty: accounts can
/// come from the environment alone.
pub fn load(settings: &Settings) -> Result<Value, Failure> {
    let path = &settings.config_file;
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !settings.config_required => {
            return Ok(Value::Object(Map::new()));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::new(
                format!("{} does not exist", path.display()),
                "check --config, or leave it out to use environment variables only",
            ));
        }
        Err(error) => return Err(Failure::system(format!("cannot read {}", path.display()), &error)),
    };
    let mut config = parse(path, text.strip_prefix('\u{feff}').unwrap_or(&text))?;
    template::fill(&mut config, &|name| std::env::var(name).ok()).map_err(|missing| {
        Failure::new(
            format!(
                "{}: {} needs the environment variable {}, which is not set",
                path.display(),
                missing.key,
                missing.name
            ),
            format!("set {}, or write the value itself; $${{...}} is taken as it stands", missing.name),
        )
    })?;
    Ok(config)
}

fn parse(path: &Path, text: &str) -> Result<Value, Failure> {
    let config: Value = json5::from_str(text).map_err(|error| match error.position() {
        Some(position) => {
            let reason = error.code().map_or_else(|| error.to_string(), |code| code.to_string());
            let place = format!("{}:{}:{}", path.display(), position.line + 1, position.column + 1);
            let shown = mark(text, position.line, position.column);
            Failure::new(format!("{place}: {reason}\n{shown}"), "correct the file there; it is JSON5")
        }
        None => Failure::new(format!("{}: {error}", path.display()), "correct the file; it is JSON5"),
    })?;
    if config.is_object() {
        return Ok(config);
    }
    Err(Failure::new(
        format!("{}: the configuration must be an object", path.display()),
        "write { channels: { ... } }",
    ))
}

/// The line with a caret below the column, both from 0. Long lines are cut around it: what is shown may hold a token,
/// so what stands between quotes is blanked.
fn mark(text: &str, line: usize, column: usize) -> String {
    const AROUND: usize = 60;
    let line: Vec<char> = without_strings(text.lines().nth(line).unwrap_or_default()).chars().collect();
    let start = column.saturating_sub(AROUND);
    let shown: String = line.iter().skip(start).take(2 * AROUND).collect();
    format!("  | {shown}\n  | {}^", " ".repeat(column - start))
}

/// Values between quotes as dots; keys, which a colon follows, as they are.
fn without_strings(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(start);
        shown.push_str(before);
        let quote = if quoted.starts_with('"') { '"' } else { '\'' };
        let inner = quoted.get(1..).unwrap_or_default();
        let end = inner.find(quote).unwrap_or(inner.len());
        let (value, after) = inner.split_at(end);
        let after = after.strip_prefix(quote);
        let is_key = after.is_some_and(|after| after.trim_start().starts_with(':'));
        shown.push(quote);
        if is_key {
            shown.push_str(value);
        } else {
            shown.extend(value.chars().map(|_| '·'));
        }
        shown.extend(after.map(|_| quote));
        rest = after.unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_names_its_place_and_shows_it_without_the_token() {
        let text = "{\n  channels: {\n    a: { botToken: \"s3cret\" \"x\": 1 },\n  },\n}";
        let failure = parse(Path::new("c.json"), text).unwrap_err();
        assert!(failure.what.starts_with("c.json:3:29: expected comma"), "{}", failure.what);
        assert!(!failure.what.contains("s3cret"), "{}", failure.what);
        let caret = failure.what.lines().last().unwrap().find('^').unwrap();
        assert_eq!(caret, "  | ".len() + 28);
    }

    #[test]
    fn only_an_object_is_a_configuration() {
        assert!(parse(Path::new("c"), "[]").unwrap_err().what.contains("must be an object"));
        assert!(parse(Path::new("c"), "// nothing else\n{}").is_ok());
    }
}
