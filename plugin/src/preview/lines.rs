//! One line for each thing that the agent does.

use super::look::Look;
use host_sdk::protocol::{PlanStep, StepStatus, ToolPhase, ToolProgress};

/// What goes before the line of something that goes on.
const BULLET: &str = "•";

/// A line about a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The same key again is news of the same use.
    pub key: Option<String>,
    /// What it says, without its mark.
    pub text: String,
    /// How far it is.
    pub phase: ToolPhase,
}

impl Line {
    /// The line of a tool.
    #[must_use]
    pub fn of(tool: &ToolProgress, look: &Look) -> Self {
        let mut text = tool.name.replace('_', " ");
        if let Some(detail) = tool.detail.as_ref().filter(|detail| !detail.trim().is_empty()) {
            text = format!("{text}: {detail}");
        }
        let mut text = harmless(&text);
        if let Some(command) = tool.command.as_ref().filter(|_| look.commands) {
            // A backtick would end the code, and one that stands before it would turn it into plain text, which names
            // people.
            let command = harmless(command).replace('`', "'");
            text = if command.is_empty() { text } else { format!("{text} `{command}`") };
        }
        Self { key: tool.id.clone().or_else(|| Some(tool.name.clone())), text, phase: tool.phase }
    }

    /// A line in the host's words.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { key: None, text: harmless(text), phase: ToolPhase::Running }
    }

    /// As it is shown: marked, and not longer than a line may be.
    #[must_use]
    pub fn shown(&self, look: &Look) -> String {
        let mark = match self.phase {
            ToolPhase::Running if begins_with_a_sign(&self.text) => "",
            ToolPhase::Running => BULLET,
            ToolPhase::Done => "✅",
            ToolPhase::Failed => "❌",
        };
        let text = cut(&self.text, look.max_line_chars);
        if mark.is_empty() { text } else { format!("{mark} {text}") }
    }
}

/// The plan as a list of what is done and what is not.
pub(super) fn plan(steps: &[PlanStep], look: &Look) -> Vec<String> {
    let line = |step: &PlanStep| {
        let mark = match step.status {
            StepStatus::Pending => "▢",
            StepStatus::InProgress => "▸",
            StepStatus::Completed => "✅",
        };
        format!("{mark} {}", cut(&harmless(&step.text), look.max_line_chars))
    };
    steps.iter().map(line).collect()
}

/// A text on one line that names nobody: a sign of life must not wake people up.
pub(super) fn harmless(text: &str) -> String {
    one_line(text).replace('@', "@\u{200b}")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first characters of a line.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
            // A code span that is open would swallow what comes after it.
            if short.matches('`').count() % 2 == 1 {
                short.pop();
                short.push('`');
            }
            short.push('…');
            short
        }
    }
}

/// Does it begin with a pictograph of its own?
fn begins_with_a_sign(text: &str) -> bool {
    text.chars().next().is_some_and(|first| matches!(u32::from(first), 0x2190..=0x2bff | 0x1f000..=0x1faff))
}

#[cfg(test)]
mod tests {
    use super::{Line, Look};
    use crate::config::Streaming;
    use host_sdk::protocol::{ToolPhase, ToolProgress};

    fn look(commands: bool) -> Look {
        Look { commands, max_line_chars: 30, ..Look::of(&Streaming::default(), "t") }
    }

    #[test]
    fn a_command_is_shown_only_where_that_is_configured() {
        let tool = ToolProgress {
            name: "exec".to_owned(),
            command: Some("rm -rf `x`\n".to_owned()),
            phase: ToolPhase::Running,
            ..ToolProgress::default()
        };
        assert_eq!(Line::of(&tool, &look(false)).shown(&look(false)), "• exec");
        assert_eq!(Line::of(&tool, &look(true)).shown(&look(true)), "• exec `rm -rf 'x'`");
    }

    #[test]
    fn a_line_stays_one_line_names_nobody_and_has_an_end() {
        let tool = |detail: &str| ToolProgress {
            name: "web_search".to_owned(),
            detail: Some(detail.to_owned()),
            phase: ToolPhase::Done,
            ..ToolProgress::default()
        };
        let shown = |detail: &str| Line::of(&tool(detail), &look(false)).shown(&look(false));
        assert_eq!(shown("ask\n@all"), "✅ web search: ask @\u{200b}all");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 2 + 30);
        assert_eq!(Line::plain("🔎 Search").shown(&look(false)), "🔎 Search");
    }
}
