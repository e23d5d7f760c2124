//! Text that is not markup.

/// Nothing of this is markup within a line.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        if "\\`*_[]<~&#".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The same text, but not the beginning of a block.
pub(super) fn guarded(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (head, rest) = text.split_at(digits);
    if rest.starts_with(|c: char| c.is_ascii_punctuation() && c != '\\')
        && (digits == 0 || rest.starts_with(['.', ')']))
    {
        format!("{head}\\{rest}")
    } else {
        text.to_owned()
    }
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
        escape(&mut out, "a*b_c");
        assert_eq!(out, "a\\*b\\_c");
    }
}
