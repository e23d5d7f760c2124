//! JSON as a Go program writes it after it read it into maps: numbers went through 64-bit floats, keys are sorted, and
//! `<`, `>`, `&` and two line separators are escaped in strings.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};

/// From here on a number is written with an exponent.
const LARGE: f64 = 1e21;
/// Below this, too.
const SMALL: f64 = 1e-6;

/// A value as Go's encoder writes it. Maps must be sorted already, as `serde_json`'s own are.
pub(super) fn to_string(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail, and values that cannot be JSON are not asked for.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, Go));
    String::from_utf8(bytes).unwrap_or_default()
}

struct Go;

impl Formatter for Go {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number(value).as_bytes())
    }

    #[expect(clippy::cast_precision_loss, reason = "this is what happens to numbers on their way")]
    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write_f64(writer, value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "this is what happens to numbers on their way")]
    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.write_f64(writer, value as f64)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        let special = |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        while let Some(at) = rest.find(special) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let Some(c) = from.chars().next() else { break };
            write!(writer, "\\u{:04x}", u32::from(c))?;
            rest = &from[c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(SMALL..LARGE).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    use super::*;

    fn through(text: &str) -> String {
        to_string(&from_str::<Value>(text).unwrap())
    }

    #[test]
    fn what_real_servers_made_of_a_context() {
        let context = r#"{"action_id": "yes", "n": 1, "f": 1.0, "big": 12345678901234567890, "u": "é<>&",
            "nested": {"b": 1, "a": [1, {"z": 1, "y": null}]}, "_token": "abc"}"#;
        let seen = r#"{"_token":"abc","action_id":"yes","big":12345678901234567000,"f":1,"n":1,"nested":{"a":[1,{"y":null,"z":1}],"b":1},"u":"é\u003c\u003e\u0026"}"#;
        assert_eq!(through(context), seen);
    }

    #[test]
    fn numbers_have_their_shortest_form_and_exponents_at_the_ends() {
        let cases = [
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("1.5e-10", "1.5e-10"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("-2.5e30", "-2.5e+30"),
            ("0.1", "0.1"),
            ("-0.0", "-0"),
            ("9007199254740993", "9007199254740992"),
            ("-9223372036854775808", "-9223372036854776000"),
        ];
        for (sent, seen) in cases {
            assert_eq!(through(sent), seen, "{sent}");
        }
    }

    #[test]
    fn strings_are_safe_in_html_and_scripts() {
        assert_eq!(through(r#""<b>\u2028\"\n""#), r#""\u003cb\u003e\u2028\"\n""#);
    }
}
