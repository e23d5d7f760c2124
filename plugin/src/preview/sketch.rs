//! What a turn has come to so far, and what a reader is shown of it.

use super::lines::{Line, cut, harmless, plan};
use super::look::Look;
use crate::config::StreamMode;
use host_sdk::protocol::PlanStep;

/// What is shown before there is anything else.
const THINKING: &str = "Thinking…";
/// Characters of what the agent thinks that a status shows: the newest ones.
const THOUGHT: usize = 280;
/// Lines that are kept of one turn; more than are ever shown.
const KEPT: usize = 64;

/// News of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The whole answer so far.
    Text(String),
    /// A tool is used.
    Tool(Line),
    /// The plan as it stands.
    Plan(Vec<PlanStep>),
    /// What the agent thinks.
    Thought(String),
}

/// What a turn has come to so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    text: String,
    lines: Vec<Line>,
    plan: Vec<PlanStep>,
    thought: Option<String>,
}

impl Sketch {
    /// Take up news. False when nothing that is shown can have changed.
    pub fn take(&mut self, sign: Sign) -> bool {
        match sign {
            // A text that became shorter is one that comes late.
            Sign::Text(text) if text.trim().is_empty() || self.text.starts_with(text.trim_end()) => false,
            Sign::Text(text) => {
                self.text = text;
                true
            }
            Sign::Tool(line) => self.line(line),
            Sign::Plan(plan) => {
                let changed = self.plan != plan;
                self.plan = plan;
                changed
            }
            Sign::Thought(thought) => {
                self.thought = Some(thought);
                true
            }
        }
    }

    fn line(&mut self, line: Line) -> bool {
        let known = self.lines.iter_mut().rev().find(|known| line.key.is_some() && known.key == line.key);
        match known {
            Some(known) if *known == line => return false,
            Some(known) => {
                // The end of a tool's use often comes without the words of its beginning.
                let bare = line.key.as_deref().is_some_and(|key| line.text == key.replace('_', " "));
                if !(bare || line.text.is_empty()) || known.text.is_empty() {
                    known.text = line.text;
                }
                known.phase = line.phase;
            }
            None => {
                if self.lines.len() >= KEPT {
                    self.lines.remove(0);
                }
                self.lines.push(line);
            }
        }
        true
    }

    /// Would this news begin another post, because what is shown is of the other kind? Only under `block`, where texts
    /// and tools have posts of their own.
    #[must_use]
    pub fn is_other(&self, sign: &Sign, look: &Look) -> bool {
        if look.mode != StreamMode::Block {
            return false;
        }
        match sign {
            Sign::Text(text) => self.has_work() && !text.trim().is_empty(),
            Sign::Tool(_) | Sign::Plan(_) => look.tools && !self.text.trim().is_empty(),
            Sign::Thought(_) => false,
        }
    }

    /// The text so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// There are tools or a plan to show.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !self.lines.is_empty() || !self.plan.is_empty()
    }

    /// What a reader sees; `None`: nothing yet. It is Markdown, and may be longer than a post.
    #[must_use]
    pub fn shown(&self, look: &Look) -> Option<String> {
        let shown = match look.mode {
            StreamMode::Off => return None,
            StreamMode::Progress => self.status(look),
            StreamMode::Partial | StreamMode::Block => self.answer(look),
        };
        let shown = shown.trim();
        (!shown.is_empty()).then(|| shown.to_owned())
    }

    fn answer(&self, look: &Look) -> String {
        let (work, text) = (self.work(look), whole_names(&self.text));
        if text.trim().is_empty() && work.is_empty() {
            return self.thought.as_ref().map_or_else(String::new, |_| THINKING.to_owned());
        }
        if text.trim().is_empty() || work.is_empty() {
            return format!("{text}{work}");
        }
        format!("{}\n\n{work}", text.trim_end())
    }

    fn status(&self, look: &Look) -> String {
        let mut parts = Vec::new();
        parts.extend(look.label.clone());
        parts.extend(self.thought.as_deref().map(rolling).filter(|line| !line.is_empty()));
        let work = self.work(look);
        if !work.is_empty() {
            parts.push(work);
        }
        if parts.is_empty() { THINKING.to_owned() } else { parts.join("\n") }
    }

    /// The plan, and the newest lines.
    fn work(&self, look: &Look) -> String {
        let mut lines = plan(&self.plan, look);
        if look.tools {
            let first = self.lines.len().saturating_sub(look.max_lines);
            lines.extend(self.lines.iter().skip(first).map(|line| line.shown(look)));
        } else if look.mode != StreamMode::Progress {
            return String::new();
        }
        lines.join("\n")
    }
}

/// A text without the name that it ends with: what is written of it so far may be the name of somebody else, or of
/// everybody.
fn whole_names(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.trim_end_matches(is_name).strip_suffix('@').unwrap_or(text)
}

/// The end of what the agent thinks, on one line.
fn rolling(thought: &str) -> String {
    let thought = harmless(thought);
    let length = thought.chars().count();
    if length <= THOUGHT {
        return if thought.is_empty() { thought } else { format!("_{}_", thought.replace('_', " ")) };
    }
    let end: String = thought.chars().skip(length - THOUGHT + 1).collect();
    format!("_…{}_", cut(&end, THOUGHT).replace('_', " "))
}
