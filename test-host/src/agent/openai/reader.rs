//! An answer while it arrives.

use super::chunk::{Choice, Chunk, ToolCall, message};
use crate::agent::{Failed, LONGEST_ANSWER, Voice};
use host_sdk::protocol::{ToolPhase, ToolProgress};
use std::collections::BTreeMap;

/// Tools of one answer that are shown.
const TOOLS: usize = 64;

/// Reads the events of one answer, and shows what they bring.
pub(super) struct Reader<'a> {
    voice: &'a Voice,
    text: String,
    refusal: String,
    tools: BTreeMap<u32, ToolProgress>,
    /// Why the model stopped.
    finish: Option<String>,
    done: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(voice: &'a Voice) -> Self {
        Self {
            voice,
            text: String::new(),
            refusal: String::new(),
            tools: BTreeMap::new(),
            finish: None,
            done: false,
        }
    }

    /// Take the data of one event. True when the answer is complete and nothing more is to be read.
    pub(super) fn take(&mut self, data: &str) -> Result<bool, Failed> {
        let data = data.trim();
        if data == "[DONE]" {
            self.done = true;
            return Ok(true);
        }
        if data.is_empty() {
            return Ok(false);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            Failed::for_now(format!("the endpoint sent an event that cannot be read: {error}"))
        })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Failed::for_now(format!("the endpoint failed on the way: {}", message(&error))));
        }
        // Others would be other answers to the same question.
        for choice in chunk.choices.into_iter().flatten().filter(|choice| choice.index.unwrap_or(0) == 0) {
            self.choice(choice)?;
        }
        Ok(false)
    }

    fn choice(&mut self, choice: Choice) -> Result<(), Failed> {
        if let Some(delta) = choice.delta {
            let thought = delta.thought();
            if !thought.is_empty() {
                self.voice.think(&thought);
            }
            for call in delta.tool_calls.iter().flatten() {
                self.tool(call);
            }
            self.refusal.push_str(delta.refusal.as_deref().unwrap_or_default());
            let text = delta.text();
            if !text.is_empty() {
                // What it says now it says with what the tools brought.
                self.tools_end(ToolPhase::Done);
                self.voice.say(&text);
                self.text.push_str(&text);
            }
            if self.text.len() + self.refusal.len() > LONGEST_ANSWER {
                return Err(Failed::for_good("the model's answer is longer than 1 MiB"));
            }
        }
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(reason);
        }
        Ok(())
    }

    fn tool(&mut self, call: &ToolCall) {
        let name = call.function.as_ref().and_then(|function| function.name.as_deref()).unwrap_or_default();
        let index = call.index.unwrap_or(0);
        // Only the first event of a call has its name; the others bring its arguments.
        if name.is_empty() || self.tools.contains_key(&index) || self.tools.len() >= TOOLS {
            return;
        }
        let id = call.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call {index}"));
        let tool = ToolProgress { id: Some(id), name: name.to_owned(), ..ToolProgress::default() };
        self.voice.tool(tool.clone());
        self.tools.insert(index, tool);
    }

    fn tools_end(&mut self, phase: ToolPhase) {
        for tool in self.tools.values_mut().filter(|tool| tool.phase == ToolPhase::Running) {
            tool.phase = phase;
            self.voice.tool(tool.clone());
        }
    }

    /// Whether the model said that it is at its end.
    pub(super) fn is_finished(&self) -> bool {
        self.done || self.finish.is_some()
    }

    /// How much of the answer there is, for a failure.
    pub(super) fn so_far(&self) -> String {
        match self.text.chars().count() {
            0 => "before its first word".to_owned(),
            1 => "after 1 character".to_owned(),
            count => format!("after {count} characters"),
        }
    }

    /// The answer, after the last event.
    pub(super) fn finish(mut self) -> Result<Option<String>, Failed> {
        if !self.is_finished() {
            return Err(Failed::for_now(format!("the endpoint's answer broke off {}", self.so_far())));
        }
        let mut text = self.text.trim();
        if text.is_empty() {
            text = self.refusal.trim();
        }
        let text = (!text.is_empty()).then(|| text.to_owned());
        let reason = self.finish.take().unwrap_or_default();
        if text.is_none() && reason == "content_filter" {
            return Err(Failed::for_good("the endpoint's filter let nothing of the answer through"));
        }
        if text.is_none()
            && let Some(tool) = self.tools.values().next()
        {
            let name = tool.name.clone();
            self.tools_end(ToolPhase::Failed);
            return Err(Failed::for_good(format!(
                "the model wants to use the tool {name:?}, and this agent has no tools"
            )));
        }
        if reason == "length" {
            tracing::warn!("agent: the answer was cut at the model's limit");
        }
        self.tools_end(ToolPhase::Done);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Sign;
    use serde_json::{Value, json};

    fn delta(delta: &Value) -> String {
        json!({ "choices": [{ "index": 0, "delta": delta }] }).to_string()
    }

    fn end(reason: &str) -> String {
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] }).to_string()
    }

    async fn read(events: &[String]) -> (Result<Option<String>, Failed>, Vec<Sign>) {
        let voice = Voice::default();
        let mut reader = Reader::new(&voice);
        let taken = events.iter().try_for_each(|event| reader.take(event).map(drop));
        let answer = taken.and_then(|()| reader.finish());
        voice.close();
        let mut signs = Vec::new();
        while let Some(sign) = voice.next().await {
            signs.push(sign);
        }
        (answer, signs)
    }

    #[tokio::test]
    async fn text_thoughts_and_tools_are_told_apart() {
        let call = |part: Value| delta(&json!({ "tool_calls": [part] }));
        let (answer, signs) = read(&[
            delta(&json!({ "role": "assistant", "content": null, "reasoning_content": "Let me " })),
            delta(&json!({ "reasoning": "see.", "reasoning_content": "" })),
            call(json!({ "index": 0, "id": "c1", "function": { "name": "search", "arguments": "" } })),
            call(json!({ "index": 0, "function": { "arguments": "{\"q\":" } })),
            delta(&json!({ "content": "Four" })),
            delta(&json!({ "content": [{ "type": "text", "text": "teen" }] })),
            end("stop"),
            json!({ "choices": [], "usage": { "total_tokens": 3 } }).to_string(),
            "[DONE]".to_owned(),
        ])
        .await;
        assert_eq!(answer, Ok(Some("Fourteen".to_owned())));
        let tool = |phase| {
            Sign::Tool(ToolProgress {
                id: Some("c1".to_owned()),
                name: "search".to_owned(),
                phase,
                ..ToolProgress::default()
            })
        };
        let expected = [
            Sign::Reasoning("Let me see.".to_owned()),
            tool(ToolPhase::Running),
            tool(ToolPhase::Done),
            Sign::Partial("Fourteen".to_owned()),
        ];
        assert_eq!(signs, expected);
    }

    #[tokio::test]
    async fn an_answer_without_an_end_broke_off() {
        let Err(failed) = read(&[delta(&json!({ "content": "Four" }))]).await.0 else { panic!("no failure") };
        assert!(failed.again && failed.why.contains("broke off after 4 characters"), "{failed:?}");
        let text = delta(&json!({ "content": "x" }));
        assert!(read(&[text.clone(), end("length")]).await.0.is_ok());
        assert!(read(&[text, "[DONE]".to_owned()]).await.0.is_ok());
    }

    #[tokio::test]
    async fn what_the_endpoint_says_of_its_failure_is_told() {
        for (event, words) in [
            (
                json!({ "error": { "message": "overloaded", "type": "server_error" } }),
                "overloaded (server_error)",
            ),
            (json!({ "error": "no room" }), "no room"),
            (json!({ "error": { "n": 1 } }), "{\"n\":1}"),
        ] {
            let failed = read(&[event.to_string()]).await.0.unwrap_err();
            assert!(failed.again && failed.why.contains(words), "{failed:?}");
        }
        assert!(read(&["{ no json".to_owned()]).await.0.unwrap_err().why.contains("cannot be read"));
    }

    #[tokio::test]
    async fn an_end_without_a_text_is_told_by_its_reason() {
        assert_eq!(read(&[end("stop")]).await.0, Ok(None));
        let refused = [delta(&json!({ "refusal": "I will not." })), end("stop")];
        assert_eq!(read(&refused).await.0, Ok(Some("I will not.".to_owned())));
        assert!(read(&[end("content_filter")]).await.0.unwrap_err().why.contains("filter"));
        let call = delta(&json!({ "tool_calls": [{ "id": "1", "function": { "name": "rm" } }] }));
        let (answer, signs) = read(&[call, end("tool_calls")]).await;
        let failed = answer.unwrap_err();
        assert!(!failed.again && failed.why.contains("\"rm\""), "{failed:?}");
        assert!(
            matches!(signs.last(), Some(Sign::Tool(tool)) if tool.phase == ToolPhase::Failed),
            "{signs:?}"
        );
    }

    #[tokio::test]
    async fn of_several_answers_the_first_counts_and_no_answer_is_endless() {
        let other = json!({ "choices": [{ "index": 1, "delta": { "content": "other" } }] }).to_string();
        let answer = read(&[other, delta(&json!({ "content": "mine" })), end("stop")]).await.0;
        assert_eq!(answer, Ok(Some("mine".to_owned())));
        let long = delta(&json!({ "content": "x".repeat(600_000) }));
        assert!(read(&[long.clone(), long]).await.0.unwrap_err().why.contains("longer than 1 MiB"));
    }
}
