//! Reading the file.

use super::{spans, template};
use crate::failure::Failure;
use crate::settings::Settings;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The configuration of this run.
#[derive(Debug, Default)]
pub struct Config {
    /// What it says.
    pub value: Value,
    /// The environment variables that it refers to.
    pub variables: BTreeSet<String>,
}

impl Config {
    /// The environment variables that a command started here must not see: all that the configuration refers to, and
    /// the token that is taken from the environment without a configuration.
    pub fn secret_variables(&self) -> Vec<String> {
        // These are no secrets, and without them a shell does not find its commands.
        const HARMLESS: [&str; 10] = [
            "HOME",
            "PATH",
            "USER",
            "LOGNAME",
            "SHELL",
            "LANG",
            "TMPDIR",
            "TEMP",
            "USERPROFILE",
            "SYSTEMROOT",
        ];
        let referred = self.variables.iter().map(String::as_str).filter(|name| !HARMLESS.contains(name));
        referred.chain(["MATTERMOST_BOT_TOKEN"]).map(str::to_owned).collect()
    }
}

/// The file as it is written.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its text; missing when there is no file.
    pub text: Option<String>,
    /// What it says, with nothing filled in.
    pub value: Value,
}

/// Read the file as it is written. Without one the configuration is empty: accounts can come from the environment alone.
pub fn source(settings: &Settings) -> Result<Source, Failure> {
    let path = settings.config_file.clone();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound && !settings.config_required => None,
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let shown = text.as_deref().unwrap_or_default();
    let value = parse(&path, shown.strip_prefix('\u{feff}').unwrap_or(shown))?;
    Ok(Source { path, text, value })
}

/// Read the configuration, with `${NAME}` filled in from the environment.
pub fn load(settings: &Settings) -> Result<Config, Failure> {
    filled(source(settings)?)
}

/// What a file says, with `${NAME}` filled in from the environment.
pub fn filled(source: Source) -> Result<Config, Failure> {
    let Source { path, text, mut value } = source;
    let variables = template::variables(&value);
    template::fill(&mut value, &|name| std::env::var(name).ok()).map_err(|missing| {
        let place = text.and_then(|text| spans::find(&text, &missing.key));
        let place = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
        Failure::new(
            format!(
                "{}{place}: {} needs the environment variable {}, which is not set",
                path.display(),
                missing.key,
                missing.name
            ),
            format!("set {}, or write the value itself; $${{...}} is taken as it stands", missing.name),
        )
    })?;
    Ok(Config { value, variables })
}

/// Where a key stands, as `file:line:column`; without a place when it is not in the file.
pub fn place(path: &Path, key: &str) -> String {
    let place = std::fs::read_to_string(path).ok().and_then(|text| spans::find(&text, key));
    let place = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
    format!("{}{place}", path.display())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => Failure::new(
            format!("{shown} does not exist"),
            "check --config, or leave it out to use environment variables only",
        ),
        _ if path.is_dir() => Failure::new(
            format!("{shown} is a directory"),
            format!("name the file in it, for example --config {}", path.join("openclaw.json").display()),
        ),
        ErrorKind::InvalidData => {
            Failure::new(format!("{shown} is not UTF-8 text"), "save the file as UTF-8; it is JSON5")
        }
        ErrorKind::PermissionDenied => {
            Failure::new(format!("cannot read {shown}: {error}"), "check who owns the file and its folder")
        }
        _ => Failure::new(format!("cannot read {shown}: {error}"), "check --config and the disk"),
    }
}

fn parse(path: &Path, text: &str) -> Result<Value, Failure> {
    // A file that was only just created says nothing yet.
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let config: Value = json5::from_str(text).map_err(|error| {
        // Only what the parser expected: its other words may quote the file.
        let reason = error.code().map_or_else(|| "not JSON5".to_owned(), |code| code.to_string());
        match error.position() {
            Some(position) => {
                let place = format!("{}:{}:{}", path.display(), position.line + 1, position.column + 1);
                let shown = mark(text, position.line, position.column);
                Failure::new(format!("{place}: {reason}\n{shown}"), "correct the file there; it is JSON5")
            }
            None => Failure::new(format!("{}: {reason}", path.display()), "correct the file; it is JSON5"),
        }
    })?;
    if config.is_object() {
        return Ok(config);
    }
    Err(Failure::new(
        format!("{}: the configuration must be an object", path.display()),
        "write { channels: { ... } }",
    ))
}

/// The line with a caret below the column, both from 0, cut around it when it is long. The file may have a token
/// anywhere, as a value without quotes, in a comment, even as a key; so only the line's structure is shown.
fn mark(text: &str, line: usize, column: usize) -> String {
    const AROUND: usize = 60;
    let line = text.lines().nth(line).unwrap_or_default();
    let start = column.saturating_sub(AROUND);
    let shown: String = line.chars().skip(start).take(2 * AROUND).map(structure).collect();
    format!("  | {shown}\n  | {}^", " ".repeat(column - start))
}

fn structure(c: char) -> char {
    match c {
        '{' | '}' | '[' | ']' | ',' | ':' => c,
        // A tab or another wide one would move the caret's place.
        _ if c.is_whitespace() => ' ',
        _ => '·',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_names_its_place_and_shows_only_the_lines_structure() {
        let text = "{\n  channels: {\n    a: { botToken: \"s3cret\" \"x\": 1 },\n  },\n}";
        let failure = parse(Path::new("c.json"), text).unwrap_err();
        assert!(failure.what.starts_with("c.json:3:29: expected comma"), "{}", failure.what);
        assert!(failure.what.contains("  |     ·: { ········: ········ ···: · },"), "{}", failure.what);
        let caret = failure.what.lines().last().unwrap().find('^').unwrap();
        assert_eq!(caret, "  | ".len() + 28);
    }

    #[test]
    fn a_syntax_error_shows_no_token_wherever_it_stands() {
        for text in [
            "{ botToken: 7qbf35fx8h }",
            "{ botToken: qbf35fx8h }",
            "{ a: 1 b: 2 } // was qbf35fx8h",
            "{ /* qbf35fx8h */ a 1 }",
            "{ qbf35fx8h 1 }",
            "{ qbf35fx8h-x: 1 }",
            "{ 'qbf35fx8h' 1 }",
            "{ a: 'qbf35fx8h }",
            "{ a: 'x' 'qbf35fx8h }",
            "{ a: 1 } qbf35fx8h",
            "qbf35fx8h",
        ] {
            let failure = parse(Path::new("c.json"), text).unwrap_err();
            assert!(failure.what.starts_with("c.json:1:"), "{text}: {}", failure.what);
            let said = format!("{} {:?}", failure.what, failure.hint);
            assert!(!said.contains("qbf"), "{text}: {said}");
        }
    }

    #[test]
    fn an_empty_file_is_an_empty_configuration() {
        assert_eq!(parse(Path::new("c"), " \n").unwrap(), Value::Object(Map::new()));
    }

    #[test]
    fn only_an_object_is_a_configuration() {
        assert!(parse(Path::new("c"), "[]").unwrap_err().what.contains("must be an object"));
        assert!(parse(Path::new("c"), "// nothing else\n{}").is_ok());
    }
}
