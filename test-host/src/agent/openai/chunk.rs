//! What an endpoint sends, as far as it matters here. Endpoints differ in the rest, and in what they leave out.

use serde::Deserialize;
use serde_json::Value;

/// One event of a stream, or a whole answer of an endpoint that does not stream.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chunk {
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    pub(super) index: Option<u32>,
    /// The part of a whole answer is called `message`.
    #[serde(alias = "message")]
    pub(super) delta: Option<Delta>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    content: Option<Value>,
    pub(super) refusal: Option<String>,
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    pub(super) tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ToolCall {
    pub(super) index: Option<u32>,
    pub(super) id: Option<String>,
    pub(super) function: Option<Function>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Function {
    pub(super) name: Option<String>,
}

impl Delta {
    /// More of the answer.
    pub(super) fn text(&self) -> String {
        self.content.as_ref().map(text).unwrap_or_default()
    }

    /// More of what the model thinks; two names are in use, and some endpoints send both.
    pub(super) fn thought(&self) -> String {
        let thought = self.reasoning_content.as_ref().map(text).filter(|thought| !thought.is_empty());
        thought.or_else(|| self.reasoning.as_ref().map(text)).unwrap_or_default()
    }
}

/// A text, or the texts of a list of parts.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// What an `error` says, however it is written.
pub(super) fn message(error: &Value) -> String {
    let said = error["message"].as_str().or_else(|| error.as_str());
    let kind = error["code"].as_str().or_else(|| error["type"].as_str());
    match (said, kind) {
        (Some(said), Some(kind)) => format!("{said} ({kind})"),
        (Some(said), None) => said.to_owned(),
        (None, _) => error.to_string(),
    }
}
