//! Text that is not markup.

/// Nothing of this is markup within a line, whatever stands before and behind it.
pub(super) fn escape(out: &mut String, text: &str) {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            // Not all renderers know these two behind a backslash.
            '<' if next.is_none_or(|next| next.is_ascii_alphabetic() || "/!?".contains(next)) => {
                out.push_str("&lt;");
            }
            '&' if next.is_none_or(|next| next.is_ascii_alphanumeric() || next == '#') => {
                out.push_str("&amp;");
            }
            // Within a word it is none, and addresses and names are full of them.
            '_' if word(before) && word(next) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' => out.extend(['\\', c]),
            _ => out.push(c),
        }
        before = Some(c);
    }
}

/// The same text, but not the beginning of a block.
pub(super) fn guarded(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (head, rest) = text.split_at(digits);
    let marks: &[char] = if digits > 0 {
        &['.', ')']
    } else {
        &['#', '>', '-', '+', '*', '=', '|', '~', '`', '<', '_', ':', '[']
    };
    if rest.starts_with(marks) { format!("{head}\\{rest}") } else { text.to_owned() }
}

/// May a line that begins like this begin a block?
pub(super) fn begins_block(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    if digits > 0 {
        return rest == "." || rest == ")";
    }
    // Markup is longer: an emphasis may stand at a line's beginning.
    text.len() < 8 && text.starts_with(['#', '>', '-', '+', '*', '=', '|', '~', '`', '<', '_', ':'])
}

#[cfg(test)]
mod tests {
    use super::{begins_block, escape, guarded};

    #[test]
    fn what_would_begin_a_block_is_guarded() {
        for (text, expected) in [
            ("- a", "\\- a"),
            ("12. a", "12\\. a"),
            ("# a", "\\# a"),
            ("12 a", "12 a"),
            ("a", "a"),
            ("\\*", "\\*"),
        ] {
            assert_eq!(guarded(text), expected);
        }
        assert!(begins_block("-") && begins_block("7)") && !begins_block("word") && !begins_block("7"));
        let mut out = String::new();
        escape(&mut out, "a*b_c _d_ <b> 1 < 2 &amp; a & b <");
        assert_eq!(out, "a\\*b_c \\_d\\_ &lt;b> 1 < 2 &amp;amp; a & b &lt;");
    }
}
