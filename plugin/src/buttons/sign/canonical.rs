//! A context as the bytes that are signed: compact JSON in a certain style.

use super::number;
use super::order::{OFFICIAL, Order};
use serde_json::{Map, Value};

/// How strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// Only what JSON cannot hold is escaped: JavaScript.
    Plain,
    /// Everything that is not printable ASCII is: Python.
    Ascii,
    /// `<`, `>`, `&` and two line separators are too: Go.
    Html,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As JavaScript does.
    JavaScript,
    /// The same, but minus zero keeps its sign: Go.
    Go,
    /// As Python does.
    Python {
        /// The n-th whole number is a `float` where the n-th bit is set; beyond 64 the last bit counts.
        floats: u64,
        /// Whole numbers have all their digits.
        exact: bool,
    },
}

/// A style of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub order: Order,
    pub strings: Strings,
    pub numbers: Numbers,
}

/// What OpenClaw signs, and what this plugin signs.
pub(super) const OURS: Style =
    Style { order: OFFICIAL, strings: Strings::Plain, numbers: Numbers::JavaScript };

/// What is still to be written.
enum Step<'a> {
    Value(&'a Value),
    Member(&'a str, &'a Value),
    Text(&'static str),
}

impl Style {
    /// Write an object without its token. Any depth of nesting: it needs no stack of the thread's.
    pub fn write(self, context: &Map<String, Value>, out: &mut String) {
        let mut steps = Vec::new();
        let mut whole = 0;
        self.open(context.iter().filter(|(key, _)| *key != crate::buttons::keys::TOKEN), &mut steps, out);
        while let Some(step) = steps.pop() {
            let value = match step {
                Step::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Step::Member(key, value) => {
                    self.string(key, out);
                    out.push(':');
                    value
                }
                Step::Value(value) => value,
            };
            match value {
                Value::Null => out.push_str("null"),
                Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
                // Without arbitrary precision every number is one of these 64 bits.
                Value::Number(number) => {
                    out.push_str(&self.numbers.write(number.as_f64().unwrap_or(0.0), &mut whole));
                }
                Value::String(text) => self.string(text, out),
                Value::Array(items) => {
                    out.push('[');
                    steps.push(Step::Text("]"));
                    for (index, item) in items.iter().enumerate().rev() {
                        steps.push(Step::Value(item));
                        if index > 0 {
                            steps.push(Step::Text(","));
                        }
                    }
                }
                Value::Object(members) => self.open(members.iter(), &mut steps, out),
            }
        }
    }

    fn open<'a>(
        self,
        members: impl Iterator<Item = (&'a String, &'a Value)>,
        steps: &mut Vec<Step<'a>>,
        out: &mut String,
    ) {
        out.push('{');
        steps.push(Step::Text("}"));
        let mut members: Vec<(&String, &Value)> = members.collect();
        self.order.sort(&mut members);
        for (index, (key, value)) in members.into_iter().enumerate().rev() {
            steps.push(Step::Member(key, value));
            if index > 0 {
                steps.push(Step::Text(","));
            }
        }
    }

    fn string(self, text: &str, out: &mut String) {
        out.push('"');
        for character in text.chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\0'..'\u{20}' => escape(character, out),
                _ if self.strings.escapes(character) => escape(character, out),
                _ => out.push(character),
            }
        }
        out.push('"');
    }
}

impl Strings {
    /// Besides what every program escapes.
    pub fn escapes(self, character: char) -> bool {
        match self {
            Self::Plain => false,
            Self::Ascii => !(' '..='~').contains(&character),
            Self::Html => matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
        }
    }
}

impl Numbers {
    /// `whole` counts the whole numbers that came before.
    pub fn write(self, number: f64, whole: &mut u32) -> String {
        match self {
            Self::Go if number == 0.0 && number.is_sign_negative() => "-0".to_owned(),
            Self::JavaScript | Self::Go => number::javascript(number),
            Self::Python { floats, exact } => {
                if !number::is_whole(number) {
                    return number::python_float(number);
                }
                let bit = (*whole).min(63);
                *whole += 1;
                match floats >> bit & 1 {
                    1 => number::python_float(number),
                    _ => number::whole(number, exact),
                }
            }
        }
    }
}

fn escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

/// What a context has that programs write differently.
#[derive(Debug, Default)]
pub(super) struct Variety {
    pub numbers: Vec<f64>,
    pub ascii: bool,
    pub html: bool,
}

impl Variety {
    pub fn of(context: &Map<String, Value>) -> Self {
        let mut found = Self::default();
        let mut open: Vec<&Value> = Vec::new();
        let visit = |found: &mut Self, text: &str| {
            found.ascii |= text.chars().any(|character| character > '~');
            found.html |= text.chars().any(|character| Strings::Html.escapes(character));
        };
        for (key, value) in context.iter().filter(|(key, _)| *key != crate::buttons::keys::TOKEN) {
            visit(&mut found, key);
            open.push(value);
        }
        while let Some(value) = open.pop() {
            match value {
                Value::Number(number) => found.numbers.extend(number.as_f64()),
                Value::String(text) => visit(&mut found, text),
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    for (key, value) in members {
                        visit(&mut found, key);
                        open.push(value);
                    }
                }
                Value::Null | Value::Bool(_) => {}
            }
        }
        found
    }
}
