//! What is wrong with an object, all of it, by the tables of keys.
//!
//! An error names the path and the kind of what stands there, never the value: a token that was put under the wrong key
//! must not end up in a log.

use super::access::Entry;
use super::node::{Node, whole};
use super::table::{ACCOUNT, ELSEWHERE, Key, Kind, LEGACY, ROOT_ONLY};
use super::{own, secret, table};
use host_sdk::protocol::Error;
use serde_json::{Map, Value};

/// Shorter texts are not secrets.
const LIKE_A_SECRET: usize = 20;

/// Something that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The key of the checked object that it is in.
    pub key: String,
    pub error: Error,
}

/// Everything that is wrong with the section apart from its accounts.
pub(super) fn section(map: &Map<String, Value>, path: &str) -> Vec<Problem> {
    let mut check = Check::default();
    // The accounts are looked at one by one, because each has its own problems.
    let accounts = |key: &str| key == "accounts";
    check.object(map.iter().filter(|(key, _)| !accounts(key)), path, &[ACCOUNT, ROOT_ONLY]);
    check.together(map, path);
    check.problems
}

/// Everything that is wrong with one account's object.
pub(super) fn account(map: &Map<String, Value>, path: &str) -> Vec<Problem> {
    let mut check = Check::default();
    check.object(map, path, &[ACCOUNT]);
    check.together(map, path);
    check.problems
}

/// Everything that is wrong with the plugin's own keys.
pub(super) fn own(config: Node<'_>) -> Vec<Error> {
    let mut check = Check::default();
    let (mut node, mut path) = (config, String::new());
    for key in own::PATH.split('.') {
        path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match node.get(key) {
            None => return Vec::new(),
            Some(Value::Object(map)) => node = map.into(),
            Some(other) => return vec![wrong(&path, "an object", other)],
        }
    }
    check.object(node.entries(), own::PATH, &[table::OWN]);
    check.problems.into_iter().map(|problem| problem.error).collect()
}

#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
    /// The key of the checked object that is being looked at.
    key: Option<String>,
}

impl Check {
    fn tell(&mut self, error: Error) {
        self.problems.push(Problem { key: self.key.clone().unwrap_or_default(), error });
    }

    fn object<'a>(
        &mut self,
        map: impl IntoIterator<Item = (&'a String, &'a Value)>,
        path: &str,
        tables: &[&'static [Key]],
    ) {
        for (name, value) in map {
            let outermost = self.key.is_none();
            if outermost {
                self.key = Some(name.clone());
            }
            let known = tables.iter().flat_map(|keys| keys.iter()).find(|key| key.name == name);
            match known {
                Some(key) => self.value(value, &format!("{path}.{name}"), &key.kind),
                None => self.tell(unknown(name, path, tables)),
            }
            if outermost {
                self.key = None;
            }
        }
    }

    fn value(&mut self, value: &Value, path: &str, kind: &Kind) {
        let fits = match (kind, value) {
            (_, Value::Null)
            | (Kind::Flag | Kind::FlagOr(_), Value::Bool(_))
            | (Kind::Text | Kind::TextOrFalse, Value::String(_))
            | (Kind::TextOrFalse, Value::Bool(false)) => true,
            (Kind::FlagOr(word), Value::String(text)) => word == text,
            (Kind::Words(words), Value::String(text)) => words.contains(&text.as_str()),
            (Kind::Whole(least, most), Value::Number(_)) => {
                whole(value).is_some_and(|number| (*least..=*most).contains(&number))
            }
            (Kind::Positive, Value::Number(number)) => number.as_f64().is_some_and(|number| number > 0.0),
            (Kind::Texts | Kind::People, Value::Array(items)) => {
                let people = matches!(kind, Kind::People);
                for (index, item) in items.iter().enumerate() {
                    let fits = item.is_string() || (people && item.is_number());
                    if !fits {
                        let expected = if people { "a string or a number" } else { "a string" };
                        self.tell(wrong(&format!("{path}[{index}]"), expected, item));
                    }
                }
                true
            }
            (Kind::Secret, _) => {
                if let Some(error) = secret::misshapen(value, path) {
                    self.tell(error);
                }
                true
            }
            (Kind::Object(keys), Value::Object(map)) => {
                if path.ends_with(".dmChannelRetry") {
                    self.delays(map, path);
                }
                self.object(map, path, &[keys]);
                true
            }
            (Kind::Each(keys), Value::Object(map)) => {
                for (name, value) in map {
                    let path = format!("{path}.{name}");
                    match value {
                        Value::Null => {}
                        Value::Object(map) => self.object(map, &path, &[keys]),
                        other => self.tell(wrong(&path, "an object", other)),
                    }
                }
                true
            }
            _ => false,
        };
        if fits {
            return;
        }
        let found = match (kind, value) {
            (Kind::Whole(..) | Kind::Positive, Value::Number(_)) => "another number",
            (Kind::Words(_) | Kind::FlagOr(_), Value::String(_)) => "another string",
            (_, other) => kind_of(other),
        };
        let mut error = refused(path, &expected(kind), found);
        // Older versions had the mode alone where the object stands now.
        if path.ends_with(".streaming") && matches!(value, Value::Bool(_) | Value::String(_)) {
            error.message.push_str(&format!(": doctor --fix moves it to {path}.mode"));
        }
        self.tell(error);
    }

    /// What has to fit together within one object.
    fn together(&mut self, map: &Map<String, Value>, path: &str) {
        let node = Node::from(map);
        let everybody = |text: &String| Entry::read(text) == Some(Entry::Everybody);
        if node.text("dmPolicy") == Some("open")
            && !node.texts("allowFrom").unwrap_or_default().iter().any(everybody)
        {
            // An account with a policy of its own does not take this over.
            self.key = Some("dmPolicy".to_owned());
            self.tell(Error::config(
                format!("{path}.allowFrom"),
                format!("{path}.dmPolicy is \"open\", which needs \"*\" in {path}.allowFrom"),
            ));
            self.key = None;
        }
    }

    fn delays(&mut self, map: &Map<String, Value>, path: &str) {
        let node = Node::from(map);
        if let (Some(first), Some(longest)) = (node.whole("initialDelayMs"), node.whole("maxDelayMs"))
            && first > longest
        {
            let first = format!("{path}.initialDelayMs");
            let text = format!("{first} must not be above {path}.maxDelayMs");
            self.tell(Error::config(first, text));
        }
    }
}

/// What may stand there, in words.
fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Text => "a string".to_owned(),
        Kind::Texts => "a list of strings".to_owned(),
        Kind::People => "a list of strings and numbers".to_owned(),
        Kind::Words(words) => {
            format!(
                "one of {}",
                words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
            )
        }
        Kind::Whole(least, most) if *most == super::node::MOST => format!("a whole number from {least} on"),
        Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Positive => "a number above 0".to_owned(),
        Kind::FlagOr(word) => format!("true, false or \"{word}\""),
        Kind::TextOrFalse => "a string or false".to_owned(),
        Kind::Secret => "a string or a secret reference".to_owned(),
        Kind::Object(_) | Kind::Each(_) => "an object".to_owned(),
    }
}

/// The kind of a value, for error messages.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The error for a value of a kind that may not stand there.
pub(super) fn wrong(path: &str, expected: &str, found: &Value) -> Error {
    refused(path, expected, kind_of(found))
}

/// The error for what may not stand there, in words that do not show it.
pub(super) fn refused(path: &str, expected: &str, found: &str) -> Error {
    Error::config(path, format!("{path} must be {expected}, but it is {found}"))
}

/// The error for a key that nobody knows: where it went, where it belongs, or the nearest one that somebody knows.
fn unknown(name: &str, path: &str, tables: &[&'static [Key]]) -> Error {
    let of = |list: &[(&str, &'static str)]| list.iter().find(|(old, _)| *old == name).map(|(_, new)| *new);
    let of_channel = tables.iter().any(|keys| keys.iter().any(|key| key.name == "botToken"));
    if let Some(now) = of(LEGACY).filter(|_| of_channel) {
        return Error::config(
            format!("{path}.{name}"),
            format!("{path}.{name} is an old key: doctor --fix moves it to {path}.{now}"),
        );
    }
    let near = nearest(name, tables);
    let elsewhere = of(ELSEWHERE).filter(|_| of_channel);
    // What resembles no key may be a token that slipped into the wrong place.
    let harmless = near.is_some() || elsewhere.is_some() || name.len() < LIKE_A_SECRET;
    let shown = if harmless { name } else { "(a long key)" };
    let hint = match (elsewhere, near) {
        (Some(place), _) => format!("; write {place}"),
        (None, Some(near)) => format!("; did you mean {near}?"),
        (None, None) => {
            let names: Vec<&str> = tables.iter().flat_map(|keys| keys.iter()).map(|key| key.name).collect();
            if names.len() > 8 { String::new() } else { format!("; there is {}", names.join(", ")) }
        }
    };
    Error::config(
        format!("{path}.{shown}"),
        format!("{path}.{shown} is not a key of the Mattermost channel{hint}"),
    )
}

fn nearest(name: &str, tables: &[&'static [Key]]) -> Option<&'static str> {
    let name = name.to_lowercase();
    let keys = tables.iter().flat_map(|keys| keys.iter());
    keys.map(|key| (strsim::jaro_winkler(&name, &key.name.to_lowercase()), key.name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
