//! What a script can say.

use crate::agent::asking::{Asking, Written as WrittenQuestion};
use crate::agent::{Chosen, Voice};
use host_sdk::protocol::{PlanStep, ToolProgress};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The longest pause, in milliseconds: ten minutes.
const LONGEST_PAUSE: u64 = 600_000;
/// Characters of a piece when nothing is said, and milliseconds between two.
const CHUNK: u32 = 20;
const EVERY: u64 = 50;

/// A step as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    after_ms: Option<u64>,
    text: Option<String>,
    chunk: Option<u32>,
    every_ms: Option<u64>,
    partial: Option<String>,
    block: Option<String>,
    reasoning: Option<String>,
    tool: Option<ToolProgress>,
    plan: Option<Vec<PlanStep>>,
    ask: Option<WrittenQuestion>,
    buttons: Option<Value>,
    presentation: Option<Value>,
    r#final: Option<String>,
    fail: Option<String>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// The pause before it.
    pub(super) after: Duration,
    /// What happens.
    pub(super) action: Action,
}

/// What happens in a step.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::agent) enum Action {
    /// Nothing: it is a pause.
    Pause,
    /// The answer goes on with this text, so many characters at a time.
    Text { text: String, chunk: usize, every: Duration },
    /// The answer so far is this.
    Partial(String),
    /// A finished part.
    Block(String),
    /// A thought.
    Reasoning(String),
    /// News of a tool.
    Tool(ToolProgress),
    /// The plan as it stands.
    Plan(Vec<PlanStep>),
    /// People are asked something.
    Ask(Asking),
    /// The answer has these buttons.
    Buttons(Value),
    /// The answer is presented like this.
    Presentation(Value),
    /// The answer is this.
    Final(String),
    /// The turn fails.
    Fail(String),
}

impl Step {
    /// What was written, if it makes sense; else what is wrong with it.
    pub(super) fn new(written: Written) -> Result<Self, String> {
        let Written { after_ms, text, chunk, every_ms, partial, block, reasoning, tool, plan, .. } = written;
        let Written { ask, buttons, presentation, r#final, fail, .. } = written;
        if text.is_none() && (chunk.is_some() || every_ms.is_some()) {
            return Err("`chunk` and `every_ms` say how `text` is written, and there is none".to_owned());
        }
        if chunk == Some(0) {
            return Err("`chunk` must be at least 1 character".to_owned());
        }
        let every = milliseconds("every_ms", every_ms.unwrap_or(EVERY))?;
        let chunk = usize::try_from(chunk.unwrap_or(CHUNK)).unwrap_or(usize::MAX);
        if tool.as_ref().is_some_and(|tool| tool.name.trim().is_empty()) {
            return Err("`tool.name` must not be empty".to_owned());
        }
        let named = [
            ("text", text.map(|text| Action::Text { text, chunk, every })),
            ("partial", partial.map(Action::Partial)),
            ("block", block.map(Action::Block)),
            ("reasoning", reasoning.map(Action::Reasoning)),
            ("tool", tool.map(Action::Tool)),
            ("plan", plan.map(Action::Plan)),
            ("ask", ask.map(Asking::new).transpose()?.map(Action::Ask)),
            ("buttons", buttons.map(Action::Buttons)),
            ("presentation", presentation.map(Action::Presentation)),
            ("final", r#final.map(Action::Final)),
            ("fail", fail.map(Action::Fail)),
        ];
        let mut actions = named.into_iter().filter_map(|(name, action)| Some((name, action?)));
        let first = actions.next();
        if let (Some((first, _)), Some((second, _))) = (&first, actions.next()) {
            return Err(format!("`{first}` and `{second}` are two steps; write them one after the other"));
        }
        let action = match (first, after_ms) {
            (Some((_, action)), _) => action,
            (None, Some(_)) => Action::Pause,
            (None, None) => return Err("it says nothing; give it `text`, `tool`, `final`, ...".to_owned()),
        };
        Ok(Self { after: milliseconds("after_ms", after_ms.unwrap_or(0))?, action })
    }

    /// Nothing can come after it.
    pub(super) fn is_last(&self) -> bool {
        self.action.is_last()
    }
}

/// What one line of a command that streams says: a step without times.
pub(in crate::agent) fn line(text: &str) -> Result<Action, String> {
    let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if written.after_ms.is_some() || written.chunk.is_some() || written.every_ms.is_some() {
        return Err("times are for scripts; a line is shown when it is written".to_owned());
    }
    Step::new(written).map(|step| step.action)
}

impl Action {
    /// Nothing can come after it.
    pub(in crate::agent) fn is_last(&self) -> bool {
        matches!(self, Self::Final(_) | Self::Fail(_))
    }

    /// The same, with what was said in the place of `{text}`, and in that of `{answer}` what people answered last.
    pub(super) fn filled(&self, said: &str, chosen: Option<&Chosen>) -> Self {
        let answer = chosen.map_or("", |chosen| chosen.option.as_str());
        let fill = |text: &String| text.replace("{answer}", answer).replace("{text}", said);
        match self {
            Self::Pause => Self::Pause,
            Self::Text { text, chunk, every } => {
                Self::Text { text: fill(text), chunk: *chunk, every: *every }
            }
            Self::Partial(text) => Self::Partial(fill(text)),
            Self::Block(text) => Self::Block(fill(text)),
            Self::Reasoning(text) => Self::Reasoning(fill(text)),
            Self::Tool(tool) => Self::Tool(ToolProgress {
                detail: tool.detail.as_ref().map(fill),
                command: tool.command.as_ref().map(fill),
                ..tool.clone()
            }),
            Self::Plan(steps) => Self::Plan(
                steps.iter().map(|step| PlanStep { text: fill(&step.text), status: step.status }).collect(),
            ),
            Self::Ask(asking) => Self::Ask(asking.map(fill)),
            Self::Buttons(buttons) => Self::Buttons(buttons.clone()),
            Self::Presentation(presentation) => Self::Presentation(presentation.clone()),
            Self::Final(text) => Self::Final(fill(text)),
            Self::Fail(why) => Self::Fail(fill(why)),
        }
    }

    /// Let it happen at once: to the answer so far, and for all to see. `Err`: why the turn fails.
    pub(in crate::agent) fn apply(self, answer: &mut String, voice: &Voice) -> Result<(), String> {
        match self {
            Self::Pause => {}
            Self::Text { text, .. } => {
                answer.push_str(&text);
                voice.say(&text);
            }
            Self::Partial(text) => {
                voice.partial(&text);
                *answer = text;
            }
            Self::Block(text) => {
                voice.say(&paragraph(answer, &text));
                voice.block(&text);
            }
            Self::Reasoning(text) => voice.think(&format!("{text}\n")),
            Self::Tool(tool) => voice.tool(tool),
            Self::Plan(steps) => voice.plan(steps),
            Self::Buttons(buttons) => voice.buttons(buttons),
            Self::Presentation(presentation) => voice.presentation(presentation),
            // Whoever lets steps happen waits for the answer.
            Self::Ask(_) => {}
            Self::Final(text) => *answer = text,
            Self::Fail(why) => return Err(why),
        }
        Ok(())
    }
}

/// Let an answer go on with a finished part, which has its own paragraph: only so is it found again in the whole. What
/// was added.
pub(super) fn paragraph(answer: &mut String, text: &str) -> String {
    let apart = if answer.is_empty() || answer.ends_with("\n\n") { "" } else { "\n\n" };
    let added = format!("{apart}{}\n\n", text.trim());
    answer.push_str(&added);
    added
}

fn milliseconds(name: &str, value: u64) -> Result<Duration, String> {
    if value > LONGEST_PAUSE {
        return Err(format!("`{name}` is {value}, and {LONGEST_PAUSE} (ten minutes) is the most"));
    }
    Ok(Duration::from_millis(value))
}
