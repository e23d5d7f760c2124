//! How much work it is to find out which blocks a text has.

/// More is no text that somebody reads.
const MOST: usize = 1_000_000;

/// Would a parser take too long? It looks, for each line, at every block that the line may belong to: lines times the most
/// blocks that one line begins.
pub(super) fn is_too_deep(text: &str) -> bool {
    let (mut lines, mut deepest) = (0_usize, 0);
    for line in text.lines() {
        lines += 1;
        deepest = deepest.max(begun(line));
    }
    lines.saturating_mul(deepest) > MOST
}

/// The most quotations and items that a line may begin.
fn begun(line: &str) -> usize {
    let marks = line.bytes().take_while(|byte| b" \t>-+*.)0123456789".contains(byte));
    let mut before = b' ';
    let mut begun = 0;
    for mark in marks.chain([b' ']) {
        let item = b"-+*.)".contains(&before) && b" \t".contains(&mark);
        begun += usize::from(item || before == b'>');
        before = mark;
    }
    begun
}

#[cfg(test)]
mod tests {
    use super::{begun, is_too_deep};

    #[test]
    fn what_a_line_may_begin_is_counted() {
        for (line, count) in
            [("text", 0), ("> - 1. text", 3), (">>> a", 3), ("-------", 1), ("12.5", 0), ("- - -", 3)]
        {
            assert_eq!(begun(line), count, "{line}");
        }
        assert!(is_too_deep(&format!("{}\n{}", "- ".repeat(2_000), "a\n".repeat(2_000))));
        assert!(!is_too_deep(&format!("{}\n{}", "-".repeat(2_000), "a\n".repeat(2_000))));
    }
}
