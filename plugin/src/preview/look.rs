//! How an account wants the work of its agent to be shown.

use crate::config::{CommandText, ProgressLabel, StreamMode, Streaming};

/// Lines of tools in the modes that do not configure a number.
const LINES: usize = 8;
/// Characters of such a line.
const LINE_CHARS: usize = 120;

/// How the work on one turn is shown: `streaming`, read for one turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What is shown.
    pub mode: StreamMode,
    /// Tools have lines.
    pub tools: bool,
    /// The commands that tools run are shown.
    pub commands: bool,
    /// What heads a status; `None`: nothing.
    pub label: Option<String>,
    /// Lines that are shown; the newest ones.
    pub max_lines: usize,
    /// Characters of a line.
    pub max_line_chars: usize,
}

impl Look {
    /// The look of a turn. Of several labels its id chooses, so that the label stays the same.
    #[must_use]
    pub fn of(streaming: &Streaming, turn_id: &str) -> Self {
        let progress = &streaming.progress;
        let as_status = streaming.mode == StreamMode::Progress;
        let commands = if as_status { progress.commands } else { streaming.preview_commands };
        let count = |configured: u64, otherwise: usize| {
            if as_status { usize::try_from(configured).unwrap_or(usize::MAX) } else { otherwise }
        };
        let label = match &progress.label {
            ProgressLabel::Auto => {
                let number = turn_id
                    .bytes()
                    .fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
                number.checked_rem(progress.labels.len()).and_then(|at| progress.labels.get(at)).cloned()
            }
            ProgressLabel::None => None,
            ProgressLabel::Text(text) => Some(text.clone()),
        };
        Self {
            mode: streaming.mode,
            tools: if as_status { progress.tools } else { streaming.preview_tools },
            commands: commands == CommandText::Raw,
            label,
            max_lines: count(progress.max_lines, LINES).max(1),
            max_line_chars: count(progress.max_line_chars, LINE_CHARS).max(1),
        }
    }
}
