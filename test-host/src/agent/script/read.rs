//! Reading a script, and telling where it is wrong.

use super::steps::{Step, Written};
use crate::config;
use crate::failure::Failure;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// A longer file is no script.
const LONGEST: u64 = 1 << 20;

/// The steps of a file.
pub(super) fn file(path: &Path) -> Result<Vec<Step>, Failure> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        let what = format!("the script {shown} cannot be read: {error}");
        Failure::new(what, "check the path behind script: in --agent")
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::new(format!("the script {shown} is longer than 1 MiB"), "make it shorter"));
    }
    steps(&shown.to_string(), &text)
}

/// The steps of a text that is shown to people as `name`.
pub(super) fn steps(name: &str, text: &str) -> Result<Vec<Step>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let wrong = |place: &str, what: &str| {
        let hint = "correct the script; `test-host gateway run --help` shows one";
        Failure::new(format!("{place}: {what}"), hint)
    };
    let value: Value = json5::from_str(text).map_err(|error| match error.position() {
        Some(at) => wrong(&format!("{name}:{}:{}", at.line + 1, at.column + 1), &error.to_string()),
        None => wrong(name, &error.to_string()),
    })?;
    let Value::Array(written) = value else {
        return Err(wrong(name, "a script is a list of steps: [ { ... }, { ... } ]"));
    };
    if written.is_empty() {
        return Err(wrong(name, "the script has no steps"));
    }
    let mut steps: Vec<Step> = Vec::new();
    for (index, step) in written.into_iter().enumerate() {
        let number = index + 1;
        let failed = |what: &str| wrong(&place(name, text, index), &format!("step {number}: {what}"));
        if steps.last().is_some_and(Step::is_last) {
            return Err(failed(&format!("the turn has ended with step {index}")));
        }
        let written: Written = serde_json::from_value(step).map_err(|error| failed(&error.to_string()))?;
        steps.push(Step::new(written).map_err(|what| failed(&what))?);
    }
    Ok(steps)
}

fn place(name: &str, text: &str, index: usize) -> String {
    match config::place_in(text, &format!("[{index}]")) {
        Some((line, column)) => format!("{name}:{line}:{column}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::steps;
    use crate::agent::script::DEMO;

    #[test]
    fn the_built_in_script_is_one() {
        assert!(steps("demo", DEMO).is_ok_and(|steps| steps.len() > 5));
    }

    #[test]
    fn a_broken_script_is_told_with_its_place_and_what_is_wrong() {
        for (text, words) in [
            ("[\n  { text: 'a' ]", "s.json5:2:"),
            ("{ text: 'a' }", "s.json5: a script is a list of steps"),
            ("[]", "s.json5: the script has no steps"),
            ("[\n { after_ms: 1 },\n // here\n { txt: 'a' }\n]", "s.json5:4:2: step 2: unknown field `txt`"),
            ("[{ text: 1 }]", "s.json5:1:2: step 1: invalid type: integer `1`, expected a string"),
            ("[{}]", "step 1: it says nothing"),
            ("['x']", "step 1: invalid type: string"),
            ("[{ text: 'a', final: 'b' }]", "step 1: `text` and `final` are two steps"),
            ("[{ final: 'b', every_ms: 2 }]", "`chunk` and `every_ms` say how `text` is written"),
            ("[{ text: 'b', chunk: 0 }]", "`chunk` must be at least 1"),
            ("[{ after_ms: 600001 }]", "`after_ms` is 600001"),
            ("[{ fail: 'b' }, { text: 'a' }]", "s.json5:1:17: step 2: the turn has ended with step 1"),
            ("[{ tool: { name: ' ' } }]", "`tool.name` must not be empty"),
            ("[{ tool: { name: 'a', phase: 'over' } }]", "unknown variant `over`"),
        ] {
            let failure = steps("s.json5", text).unwrap_err();
            assert!(failure.what.contains(words), "{text}: {}", failure.what);
            assert!(failure.hint.is_some());
        }
    }
}
