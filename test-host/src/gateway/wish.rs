//! How an agent of this host, which has no message tool, gives its answer buttons: by the answer's last line.

use serde_json::Value;

/// What such a line begins with.
const MARK: &str = "buttons=";

/// For the agent's system prompt, behind what the channel says of buttons.
pub const HOW: &str = "To give your answer buttons, end it with a line of its own that begins with `buttons=`, with the \
rows as JSON behind it in the same line. The line itself is not shown.";

/// An answer and the buttons that its last line asks for. A line that is no JSON is part of the answer.
pub fn split(text: &str) -> (&str, Option<Value>) {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default();
    let wish = line.trim_start().strip_prefix(MARK).and_then(|json| serde_json::from_str(json).ok());
    match wish {
        Some(wish) => (text.get(..start).unwrap_or_default().trim_end(), Some(wish)),
        None => (text, None),
    }
}

/// An answer as far as it is written, without a last line that is going to be such a one.
pub fn shown(text: &str) -> &str {
    let start = text.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default().trim_start();
    let begun = !line.is_empty() && (line.starts_with(MARK) || MARK.starts_with(line));
    if begun { text.get(..start).unwrap_or_default().trim_end() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{shown, split};
    use serde_json::json;

    #[test]
    fn the_last_line_may_ask_for_buttons() {
        let rows = json!([[{"text": "Yes", "callback_data": "yes"}]]);
        let line = format!("buttons={rows}");
        assert_eq!(split(&format!("Ship it?\n\n{line}\n")), ("Ship it?", Some(rows.clone())));
        assert_eq!(split(&line), ("", Some(rows)));
        for plain in ["Ship it?", "", "buttons=none", "a\nbuttons=[\nb", "say buttons=[] in a line"] {
            assert_eq!(split(plain), (plain, None));
        }
    }

    #[test]
    fn nobody_sees_the_line_while_it_is_written() {
        assert_eq!(shown("Ship it?\nbuttons=[[{"), "Ship it?");
        assert_eq!(shown("Ship it?\nbut"), "Ship it?");
        assert_eq!(shown("Ship it?\nbutter"), "Ship it?\nbutter");
        assert_eq!((shown("Ship it?\n"), shown("")), ("Ship it?\n", ""));
    }
}
