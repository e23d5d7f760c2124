//! Text of a server, made fit for an error or a log.

/// The longest part of such a text that is shown, in characters.
const SHOWN: usize = 300;

/// One line of bounded length: what a server says may be of any length and hold anything.
pub(crate) fn shown(text: &str) -> String {
    let mut line = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count == SHOWN {
            line.push_str("...");
            break;
        }
        line.push(if c.is_control() { ' ' } else { c });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_long_text_of_several_lines_becomes_one_short_line() {
        assert_eq!(shown(" a\nb\u{7}c "), "a b c");
        assert_eq!(shown(&"x".repeat(1_000_000)).len(), 303);
    }
}
