//! Signatures of buttons survive the server, and those of other programs are recognised.
#![allow(clippy::unwrap_used)]

mod judges;

use mattermost_client::Token;
use openclaw_mattermost::buttons::{NotSigned, Signer};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const TOKEN: &str = "test-bot-token";

fn signer() -> Signer {
    Signer::of_token(&Token::new(TOKEN).unwrap())
}

/// JSON as the server writes what it has read: numbers through 64 bits of floating point, keys sorted by their bytes,
/// three characters and two line separators escaped.
fn by_the_server(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let size = number.abs();
            if number != 0.0 && !(1e-6..1e21).contains(&size) {
                let text = format!("{number:e}");
                let (digits, exponent) = text.split_once('e').unwrap();
                let sign = if exponent.starts_with('-') { "" } else { "+" };
                write!(out, "{digits}e{sign}{exponent}").unwrap();
            } else if number.fract() == 0.0 {
                let shortest = format!("{number:e}");
                let (digits, exponent) = shortest.split_once('e').unwrap();
                let length = digits.chars().filter(char::is_ascii_digit).count();
                let zeros = (exponent.parse::<usize>().unwrap() + 1).saturating_sub(length);
                write!(out, "{}{}", digits.replace('.', ""), "0".repeat(zeros)).unwrap();
            } else {
                write!(out, "{number}").unwrap();
            }
        }
        Value::String(text) => {
            let json = Value::from(text.as_str()).to_string();
            for character in json.chars() {
                match character {
                    '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                        write!(out, "\\u{:04x}", u32::from(character)).unwrap();
                    }
                    character => out.push(character),
                }
            }
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                by_the_server(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                by_the_server(&Value::from(key.as_str()), out);
                out.push(':');
                by_the_server(value, out);
            }
            out.push('}');
        }
        plain => write!(out, "{plain}").unwrap(),
    }
}

/// A context as a click brings it back.
fn clicked(context: &Map<String, Value>) -> Map<String, Value> {
    let mut text = String::new();
    by_the_server(&Value::Object(context.clone()), &mut text);
    serde_json::from_str(&text).unwrap()
}

fn signed(mut context: Map<String, Value>) -> Map<String, Value> {
    let token = signer().sign(&context);
    context.insert("_token".to_owned(), token.into());
    context
}

#[test]
fn the_server_is_modelled_as_it_was_recorded() {
    // What a server 11.6 made of such a context.
    let sent = json!({"n": 1, "f": 1.0, "big": 12_345_678_901_234_567_890_u64, "u": "é<>&", "nested": {"b": 1, "a": [1]}});
    let mut text = String::new();
    by_the_server(&sent, &mut text);
    assert_eq!(
        text,
        r#"{"big":12345678901234567000,"f":1,"n":1,"nested":{"a":[1],"b":1},"u":"é\u003c\u003e\u0026"}"#
    );
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-1_000_i64..1_000).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        (-1_000_000_i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 1000.0)),
        Just(json!(-0.0)),
    ]
}

fn context() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        ".{0,6}".prop_map(Value::from)
    ];
    let key = prop_oneof!["[aAbB_0-9-]{0,3}", ".{0,4}"];
    let value = leaf.prop_recursive(4, 32, 6, {
        let key = key.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        }
    });
    prop::collection::btree_map(key, value, 0..6).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    // covers: B11, B12
    #[test]
    fn what_was_signed_is_recognised_after_the_server_had_it(context in context()) {
        let back = clicked(&signed(context));
        prop_assert_eq!(signer().verify(&back), Ok(()));
    }

    #[test]
    fn nothing_may_be_added_changed_or_taken_away(context in context(), key in "[a-c_]{0,3}", value in number()) {
        let back = clicked(&signed(context));
        let mut changed = back.clone();
        changed.insert(key, value);
        if clicked(&changed) != back && changed["_token"] == back["_token"] {
            prop_assert_eq!(signer().verify(&clicked(&changed)), Err(NotSigned::Invalid));
        }
        for key in back.keys().filter(|key| *key != "_token") {
            let mut less = back.clone();
            less.remove(key);
            prop_assert_eq!(signer().verify(&less), Err(NotSigned::Invalid));
            let mut other = back.clone();
            other.insert(key.clone(), json!("something else entirely"));
            prop_assert_eq!(signer().verify(&other), Err(NotSigned::Invalid));
        }
        let other = Signer::of_token(&Token::new("another-token").unwrap());
        prop_assert_eq!(other.verify(&back), Err(NotSigned::Invalid));
    }
}

fn there(program: &str) -> bool {
    let status = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = status.is_ok_and(|status| status.success());
    if !there {
        judges::missing(&format!("there is no {program}"));
    }
    there
}

/// What a script prints, line by line.
fn printed(command: &mut Command) -> Vec<Map<String, Value>> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name)
}

fn all_recognised(contexts: &[Map<String, Value>]) {
    assert!(contexts.len() >= 800);
    for context in contexts {
        let back = clicked(context);
        assert_eq!(signer().verify(&back), Ok(()), "{context:?}");
        let mut more = back;
        more.insert("more".to_owned(), json!(1));
        assert_eq!(signer().verify(&more), Err(NotSigned::Invalid));
    }
}

// covers: B24
#[test]
fn what_python_signs_by_the_recipe_is_recognised() {
    if there("python3") {
        all_recognised(&printed(Command::new("python3").arg(script("corpus.py")).arg(TOKEN)));
    }
}

#[test]
fn what_javascript_signs_is_recognised_in_either_of_its_orders() {
    if there("node") {
        all_recognised(&printed(Command::new("node").arg(script("corpus.js")).arg(TOKEN)));
    }
}

/// The script of OpenClaw's page on Mattermost, "HMAC token generation".
const RECIPE: &str = include_str!("scripts/recipe.py");

// covers: B24
#[test]
fn the_documented_script_works_as_it_stands() {
    if !there("python3") {
        return;
    }
    let script = format!("bot_token = \"{TOKEN}\"\n{RECIPE}\nprint(json.dumps(context))\n");
    let printed = printed(Command::new("python3").args(["-c", &script]));
    assert_eq!(printed[0]["_token"], "0acfa571485b629a77b08e8c73cf4ef10551f7b6d54d0a689230a2cb3c6006dc");
    assert_eq!(signer().verify(&clicked(&printed[0])), Ok(()));
}

#[test]
fn a_context_in_which_everything_is_ambiguous_is_refused_in_bounded_time() {
    let numbers: Vec<f64> = (0..500).map(f64::from).collect();
    let nest = |inner: Value| json!({"10": inner, "9": "é<\u{7f}", "aB": 1, "a_b": 2, "\u{ff5e}": 3, "\u{1f600}": 4});
    let mut deep = json!(numbers);
    for _ in 0..60 {
        deep = nest(deep);
    }
    let mut context = deep.as_object().unwrap().clone();
    context.insert("_token".to_owned(), "0".repeat(64).into());
    let began = std::time::Instant::now();
    assert_eq!(signer().verify(&context), Err(NotSigned::Invalid));
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    context.insert("long".to_owned(), "x".repeat(200_000).into());
    assert_eq!(signer().verify(&context), Err(NotSigned::Invalid));
}
