//! The `presentation` of a message: OpenClaw's own form of everything that is more than text.
//!
//! Mattermost has buttons for it; everything else, and what the buttons say, becomes text.
//! <https://docs.openclaw.ai/plugins/message-presentation>

use super::attachment::Button;
use super::author::{clickable, label, parsed, scalar, style, value, wrong};
use super::keys::{OPTION_INDEX, QUESTION, QUESTION_ID};
use host_sdk::protocol::Error;
use serde_json::{Map, Value, json};

const FORM: &str =
    "write {\"blocks\": [{\"type\": \"buttons\", \"buttons\": [{\"label\": \"Yes\", \"value\": \"yes\"}]}]}";

/// A presentation that was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// What can be clicked.
    pub buttons: Vec<Button>,
    /// What it says as text.
    pub text: String,
    /// What was left out.
    pub left_out: Vec<String>,
}

/// Read a presentation.
///
/// # Errors
/// `INVALID_ARGUMENT` at what is none.
pub(super) fn read(written: &Value) -> Result<Read, Error> {
    let parsed = parsed(written, "presentation")?;
    let whole = parsed.as_ref().unwrap_or(written);
    let none = Map::new();
    let (head, blocks) = match whole {
        Value::Array(blocks) => (&none, Some(blocks)),
        Value::Object(head) => match head.get("blocks") {
            None | Some(Value::Null) => (head, None),
            Some(Value::Array(blocks)) => (head, Some(blocks)),
            Some(other) => return Err(wrong("presentation.blocks", other, FORM)),
        },
        other => return Err(wrong("presentation", other, FORM)),
    };
    let mut reader = Reader { head, read: Read::default(), questions: Vec::new() };
    let mut paragraphs: Vec<String> = head.get("title").and_then(scalar).into_iter().collect();
    for (index, block) in blocks.into_iter().flatten().enumerate() {
        let at = format!("presentation.blocks[{index}]");
        let Value::Object(block) = block else { return Err(wrong(&at, block, FORM)) };
        paragraphs.extend(reader.block(block, &at)?);
    }
    let paragraphs: Vec<&str> =
        paragraphs.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    reader.read.text = paragraphs.join("\n\n");
    Ok(reader.read)
}

struct Reader<'a> {
    head: &'a Map<String, Value>,
    read: Read,
    /// The question of each question button so far: a host that does not count its options means their order.
    questions: Vec<String>,
}

impl Reader<'_> {
    /// What a block says as text.
    fn block(&mut self, block: &Map<String, Value>, at: &str) -> Result<Option<String>, Error> {
        let text = |key: &str| block.get(key).and_then(scalar);
        Ok(match block.get("type").and_then(Value::as_str).unwrap_or_default() {
            "buttons" => {
                let mut lines = Vec::new();
                let list = block.get("buttons");
                let Some(Value::Array(list)) = list else {
                    return Err(wrong(&format!("{at}.buttons"), list.unwrap_or(&Value::Null), FORM));
                };
                for (index, button) in list.iter().flat_map(row).enumerate() {
                    let at = format!("{at}.buttons[{index}]");
                    let Value::Object(fields) = button else { return Err(wrong(&at, button, FORM)) };
                    lines.extend(self.button(fields, &at)?);
                }
                Some(lines.join("\n"))
            }
            "select" => Some(select(block)),
            "chart" => Some(super::figures::chart(block)),
            "table" => Some(super::figures::table(block)),
            "divider" => None,
            "text" | "context" => text("text"),
            other => {
                let told = format!("{at} has the type {}, which is not known here", super::shown(other));
                self.read.left_out.push(told);
                text("text")
            }
        })
    }

    /// The line of a button, which is a button too where Mattermost has one for what it does.
    fn button(&mut self, fields: &Map<String, Value>, at: &str) -> Result<Option<String>, Error> {
        let Some(name) = label(fields) else {
            self.read.left_out.push(format!("{at} has no label and is left out"));
            return Ok(None);
        };
        let address = |key: &str| fields.get(key)?.get("url").and_then(scalar);
        let url = fields.get("url").and_then(scalar);
        let url = url.or_else(|| address("webApp")).or_else(|| address("web_app"));
        let action = fields.get("action").filter(|action| !action.is_null());
        let line = match (action, &url) {
            (Some(action), _) => acting(&name, action),
            (None, Some(url)) => format!("- {name}: {url}"),
            (None, None) => format!("- {name}"),
        };
        let disabled = fields.get("disabled") == Some(&Value::Bool(true));
        let button = match (action, value(fields)) {
            (Some(action), _) => self.question(action).map(|(index, context)| Button {
                value: format!("question-{index}"),
                name,
                style: style(fields),
                context,
            }),
            (None, Some(value)) => Some(clickable(name, value, fields)),
            (None, None) if url.is_none() => {
                self.read.left_out.push(format!("{at} has no value and is left out"));
                return Ok(None);
            }
            (None, None) => None,
        };
        if let Some(button) = button.filter(|_| !disabled) {
            button.check(at)?;
            self.read.buttons.push(button);
        }
        Ok(Some(line))
    }

    /// An answer to a question of the agent: which option, and what a click brings back.
    fn question(&mut self, action: &Value) -> Option<(u64, Map<String, Value>)> {
        let of = |keys: [&str; 2]| keys.iter().find_map(|key| action.get(*key));
        if action.get("type")? != "question" || action.get("intent").is_some() {
            return None;
        }
        let id = scalar(of(["questionId", "question_id"])?)?;
        let position = self.questions.iter().filter(|other| **other == id).count() as u64;
        self.questions.push(id.clone());
        let counted = of(["optionIndex", "option_index"]).and_then(Value::as_u64);
        let index = match (counted, self.order(&id)) {
            (Some(index), _) => index,
            (None, Some(order)) => {
                let chosen = folded(of(["optionValue", "option_value"])?)?;
                order.iter().position(|option| folded(option).as_ref() == Some(&chosen))? as u64
            }
            (None, None) => position,
        };
        let context = json!({ QUESTION: true, QUESTION_ID: id, OPTION_INDEX: index });
        Some((index, context.as_object()?.clone()))
    }

    /// The options of a question in the host's own order.
    fn order(&self, question_id: &str) -> Option<&Vec<Value>> {
        let asked = self.head.get("askUser").or_else(|| self.head.get("ask_user"))?;
        let id = asked.get("questionId").or_else(|| asked.get("question_id"))?;
        let options = asked.get("optionValues").or_else(|| asked.get("option_values"))?;
        options.as_array().filter(|_| id == question_id)
    }
}

/// The buttons of a row, or one that stands by itself.
fn row(value: &Value) -> &[Value] {
    match value {
        Value::Array(row) => row,
        value => std::slice::from_ref(value),
    }
}

fn folded(value: &Value) -> Option<String> {
    scalar(value).map(|text| text.trim().to_lowercase())
}

/// The line of a button that does something itself.
fn acting(name: &str, action: &Value) -> String {
    let of = |key: &str| action.get(key).and_then(scalar);
    match (of("command"), of("url")) {
        (Some(command), _) => format!("- {name}: `{command}`"),
        (None, Some(url)) => format!("- {name}: {url}"),
        (None, None) => format!("- {name}"),
    }
}

fn select(block: &Map<String, Value>) -> String {
    let heading = block.get("placeholder").and_then(scalar).unwrap_or_else(|| "Options:".to_owned());
    let options = block.get("options").and_then(Value::as_array).into_iter().flatten();
    let lines = options.filter_map(Value::as_object).filter_map(label).map(|name| format!("- {name}"));
    std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests read better")]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn blocks(blocks: Value) -> super::Read {
        read(&json!({ "blocks": blocks })).unwrap()
    }

    fn buttons(buttons: Value) -> super::Read {
        blocks(json!([{ "type": "buttons", "buttons": buttons }]))
    }

    #[test]
    fn values_are_buttons_and_what_does_something_itself_is_text() {
        let read = buttons(json!([
            {"label": "Yes", "value": "yes", "style": "success"},
            {"text": "No", "callback_data": "no"},
            {"label": "Docs", "url": "https://example.com"},
            {"label": "App", "web_app": {"url": "https://example.com/app"}},
            {"label": "Status", "action": {"type": "command", "command": "/status"}, "value": "s"},
            {"label": "Later", "value": "later", "disabled": true},
            {"label": "Nothing"},
            {"value": "nameless"},
        ]));
        let names: Vec<&str> = read.buttons.iter().map(|button| button.name.as_str()).collect();
        assert_eq!(names, ["Yes", "No"]);
        assert_eq!(read.buttons[0].style.name(), "success");
        assert_eq!(
            read.text,
            "- Yes\n- No\n- Docs: https://example.com\n- App: https://example.com/app\n- Status: `/status`\n- Later"
        );
        assert_eq!(read.left_out.len(), 2, "{:?}", read.left_out);
    }

    #[test]
    fn other_blocks_are_paragraphs() {
        let read = read(&json!({"title": "Deploy", "blocks": [
            {"type": "text", "text": " Ready. "},
            {"type": "divider"},
            {"type": "context", "text": "Build 7"},
            {"type": "select", "options": [{"label": "A", "value": 1}, {"text": "B"}]},
            {"type": "table", "caption": "Sizes", "headers": ["a|b", "n"], "rows": [["x", 1]]},
            {"type": "chart", "chartType": "pie", "title": "Share", "segments": [{"label": "x", "value": 2.5}]},
            {"type": "chart", "chartType": "bar", "title": "Load", "categories": ["Mo", "Tu"],
             "series": [{"name": "cpu", "values": [1, 2]}]},
            {"type": "hologram", "text": "seen"},
        ]}))
        .unwrap();
        assert_eq!(
            read.text,
            "Deploy\n\nReady.\n\nBuild 7\n\nOptions:\n- A\n- B\n\nSizes\n\n| a\\|b | n |\n| --- | --- |\n| x | 1 |\n\n\
             Share\n- x: 2.5\n\nLoad\n\n| | Mo | Tu |\n| --- | --- | --- |\n| cpu | 1 | 2 |\n\nseen"
        );
        assert!(read.buttons.is_empty());
        assert_eq!(read.left_out.len(), 1);
    }

    // covers: B26
    #[test]
    fn answers_to_a_question_are_buttons_that_name_the_question_and_the_option() {
        let option = |value: &str| json!({"label": value, "action": {"type": "question", "questionId": "q1", "optionValue": value}});
        let context = |read: &super::Read, index: usize| Value::Object(read.buttons[index].context.clone());
        let read = buttons(json!([option("Red"), option("Blue")]));
        assert_eq!(read.buttons[1].value, "question-1");
        assert_eq!(context(&read, 1), json!({"oc_question": true, "question_id": "q1", "option_index": 1}));

        let own =
            json!({"label": "Other", "action": {"type": "question", "questionId": "q1", "intent": "custom"}});
        let read = super::read(&json!({
            "askUser": {"questionId": "q1", "optionValues": ["blue", "red"]},
            "blocks": [{"type": "buttons", "buttons": [option("Red"), option("Green"), own]}],
        }))
        .unwrap();
        assert_eq!(read.buttons.len(), 1, "the host does not know of green");
        assert_eq!(context(&read, 0)["option_index"], 1, "the host's order counts");
        assert_eq!(read.text, "- Red\n- Green\n- Other");
        let counted =
            json!({"label": "C", "action": {"type": "question", "question_id": "q", "option_index": 3}});
        assert_eq!(buttons(json!([counted])).buttons[0].value, "question-3");
    }

    #[test]
    fn a_presentation_may_be_written_as_text_and_nonsense_is_refused_with_its_place() {
        let written = json!([{"type": "buttons", "buttons": [[{"label": "A", "value": "a"}]]}]);
        assert_eq!(read(&json!(written.to_string())).unwrap().buttons.len(), 1);
        for (written, field) in [
            (json!(7), "presentation"),
            (json!("{"), "presentation"),
            (json!({"blocks": {}}), "presentation.blocks"),
            (json!({"blocks": ["text"]}), "presentation.blocks[0]"),
            (json!({"blocks": [{"type": "buttons"}]}), "presentation.blocks[0].buttons"),
            (json!({"blocks": [{"type": "buttons", "buttons": [7]}]}), "presentation.blocks[0].buttons[0]"),
        ] {
            assert_eq!(read(&written).unwrap_err().field.as_deref(), Some(field), "{written}");
        }
        assert_eq!(read(&json!({"title": "T"})).unwrap().text, "T");
    }
}
