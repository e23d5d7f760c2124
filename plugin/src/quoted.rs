//! What others chose, as it may stand in a log.

/// Characters of a value that are shown.
const MOST: usize = 200;

/// A value of somebody else's for a log line: one line, and not long.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().take(MOST).map(plain).collect()
}
