//! The `buttons` of a message, as agents write them.

use super::attachment::{Button, Style};
use super::keys::CALLBACK_DATA;
use host_sdk::protocol::Error;
use serde_json::{Map, Value};

/// How a button is written, for error messages.
const FORM: &str = "write rows of buttons: [[{\"text\": \"Yes\", \"callback_data\": \"yes\"}]]";

/// The buttons of `buttons`, and what was left out.
///
/// # Errors
/// `INVALID_ARGUMENT` at what is no list of rows.
pub(super) fn read(written: &Value) -> Result<(Vec<Button>, Vec<String>), Error> {
    let (mut buttons, mut left_out) = (Vec::new(), Vec::new());
    let parsed = parsed(written, "buttons")?;
    let Value::Array(rows) = parsed.as_ref().unwrap_or(written) else {
        return Err(wrong("buttons", written, FORM));
    };
    let mut take = |value: &Value, at: String| match value {
        Value::Object(fields) => {
            match button(fields) {
                Ok(button) => {
                    button.check(&at)?;
                    buttons.push(button);
                }
                Err(missing) => left_out.push(format!("{at} has no {missing} and is left out")),
            }
            Ok(())
        }
        other => Err(wrong(&at, other, FORM)),
    };
    for (row, value) in rows.iter().enumerate() {
        match value {
            Value::Array(row_of) => {
                for (column, value) in row_of.iter().enumerate() {
                    take(value, format!("buttons[{row}][{column}]"))?;
                }
            }
            // One row without its brackets.
            value => take(value, format!("buttons[{row}]"))?,
        }
    }
    Ok((buttons, left_out))
}

/// A value that is JSON written as a text, which agents do. `None`: it is none.
pub(super) fn parsed(written: &Value, at: &str) -> Result<Option<Value>, Error> {
    let Value::String(text) = written else { return Ok(None) };
    let value = serde_json::from_str(text).map_err(|error| {
        Error::invalid(format!("{at} is a text that is not JSON ({error}); {FORM}")).at(at)
    })?;
    Ok(Some(value))
}

/// A value of the wrong kind.
pub(super) fn wrong(at: &str, value: &Value, way_out: &str) -> Error {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Error::invalid(format!("{at} is {kind}; {way_out}")).at(at)
}

/// What stands on a button: in one line.
pub(super) fn label(fields: &Map<String, Value>) -> Option<String> {
    let text = ["text", "label"].iter().find_map(|key| scalar(fields.get(*key)?))?;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// What a button brings back.
pub(super) fn value(fields: &Map<String, Value>) -> Option<String> {
    ["callback_data", "callbackData", "value"].iter().find_map(|key| scalar(fields.get(*key)?))
}

/// A button that brings back this value.
pub(super) fn clickable(name: String, value: String, fields: &Map<String, Value>) -> Button {
    let context = Map::from_iter([(CALLBACK_DATA.to_owned(), value.clone().into())]);
    Button { value, name, style: style(fields), context }
}

pub(super) fn style(fields: &Map<String, Value>) -> Style {
    fields.get("style").and_then(Value::as_str).map(Style::of).unwrap_or_default()
}

fn button(fields: &Map<String, Value>) -> Result<Button, &'static str> {
    match (label(fields), value(fields)) {
        (Some(name), Some(value)) => Ok(clickable(name, value, fields)),
        (None, None) => Err("text and no callback_data"),
        (None, _) => Err("text"),
        (_, None) => Err("callback_data"),
    }
}

/// A text that is more than blanks; a number is taken as one.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests read better")]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn names(written: Value) -> Vec<String> {
        read(&written).unwrap().0.iter().map(|button| format!("{}={}", button.name, button.value)).collect()
    }

    // covers: B08
    #[test]
    fn buttons_are_rows_and_one_that_is_not_whole_is_left_out() {
        let yes = json!({"text": " Yes\n", "callback_data": "yes"});
        assert_eq!(
            names(json!([[yes, {"label": "No", "value": "no"}], [{"text": 3, "callbackData": 4}]])),
            ["Yes=yes", "No=no", "3=4"]
        );
        assert_eq!(names(json!([yes])), ["Yes=yes"], "a flat list");
        assert_eq!(names(json!(json!([[yes]]).to_string())), ["Yes=yes"], "a list written as a text");
        let written =
            json!([[{"text": "A"}, yes], [{"callback_data": "b"}, {}, {"text": " ", "value": "c"}]]);
        let (buttons, left_out) = read(&written).unwrap();
        assert_eq!(buttons.len(), 1);
        assert_eq!(
            left_out,
            [
                "buttons[0][0] has no callback_data and is left out",
                "buttons[1][0] has no text and is left out",
                "buttons[1][1] has no text and no callback_data and is left out",
                "buttons[1][2] has no text and is left out",
            ]
        );
        assert_eq!(names(json!([])), [""; 0]);
    }

    #[test]
    fn what_is_no_list_of_buttons_is_an_error_that_shows_how_to_write_one() {
        for (written, field, kind) in [
            (json!("Yes, No"), "buttons", "a text that is not JSON"),
            (json!({"text": "Yes"}), "buttons", "an object"),
            (json!(true), "buttons", "true or false"),
            (json!(["Yes"]), "buttons[0]", "a text"),
            (json!([[], ["Yes"]]), "buttons[1][0]", "a text"),
            (json!([[[]]]), "buttons[0][0]", "a list"),
            (json!([null]), "buttons[0]", "null"),
        ] {
            let error = read(&written).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{written}");
            assert!(error.message.contains(kind) && error.message.contains("callback_data"), "{error}");
        }
        let long = json!([[{"text": "x".repeat(101), "callback_data": "x"}]]);
        assert_eq!(read(&long).unwrap_err().field.as_deref(), Some("buttons[0][0]"));
    }
}
