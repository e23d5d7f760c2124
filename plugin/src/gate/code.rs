//! Where a text is code, in Markdown: what stands there is shown as it is and means nobody.

use std::ops::Range;

/// The parts of a text that are fenced blocks or code spans, in their order. One pass over the text, and one over each
/// paragraph.
#[must_use]
pub fn code(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut fence: Option<(char, usize, usize)> = None;
    let (mut paragraph, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let opened = mark(line);
        match (fence, opened) {
            (Some((kind, length, start)), Some((closing, closing_length, bare)))
                if kind == closing && closing_length >= length && bare =>
            {
                found.push(start..at + line.len());
                (fence, paragraph) = (None, at + line.len());
            }
            (None, Some((kind, length, bare))) if bare || kind == '~' || !info(line).contains('`') => {
                spans(text, paragraph..at, &mut found);
                fence = Some((kind, length, at));
            }
            (None, _) if line.trim().is_empty() => {
                spans(text, paragraph..at, &mut found);
                paragraph = at + line.len();
            }
            _ => {}
        }
        at += line.len();
    }
    match fence {
        // A block that is not closed reaches to the end.
        Some((.., start)) => found.push(start..text.len()),
        None => spans(text, paragraph..text.len(), &mut found),
    }
    found
}

/// The fence that a line begins with: its character, its length, and whether nothing follows it.
fn mark(line: &str) -> Option<(char, usize, bool)> {
    let line = line.trim_end();
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = line.get(indent..).filter(|_| indent < 4)?;
    let kind = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = rest.chars().take_while(|c| *c == kind).count();
    (length >= 3).then_some((kind, length, rest.len() == length))
}

fn info(line: &str) -> &str {
    line.trim_start_matches([' ', '`'])
}

/// Code spans of one paragraph: a run of backticks up to the next run of the same length.
fn spans(text: &str, paragraph: Range<usize>, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes().get(paragraph.clone()).unwrap_or_default();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes.iter().skip(at).take_while(|byte| **byte == b'`').count();
        if length > 0 {
            // A backslash takes the meaning from the first backtick only where a span could begin; that the run may
            // still end one is a corner that nobody writes.
            let escaped = at > 0 && bytes.get(at - 1) == Some(&b'\\');
            let skip = usize::from(escaped);
            if length > skip {
                runs.push((at + skip, length - skip));
            }
        }
        at += length.max(1);
    }
    // The last run of each length, so that an opening run without an end costs nothing.
    let mut last = std::collections::HashMap::new();
    for (index, (_, length)) in runs.iter().enumerate() {
        last.insert(*length, index);
    }
    let mut index = 0;
    while let Some((start, length)) = runs.get(index).copied() {
        let closes = last.get(&length).is_some_and(|last| *last > index);
        let end = closes
            .then(|| runs.iter().enumerate().skip(index + 1).find(|(_, run)| run.1 == length))
            .flatten();
        match end {
            Some((closing, (at, _))) => {
                found.push(paragraph.start + start..paragraph.start + at + length);
                index = closing + 1;
            }
            None => index += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    fn parts(text: &str) -> Vec<&str> {
        code(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn spans_end_with_as_many_backticks_as_they_begin_with() {
        assert_eq!(parts("a `b` c ``d ` e`` f"), ["`b`", "``d ` e``"]);
        assert!(parts("a `b c ``d").is_empty());
        assert!(parts("a `b\n\nc` d").is_empty(), "not over the end of a paragraph");
        assert_eq!(parts("`b\nc` d"), ["`b\nc`"]);
        assert!(parts("\\`a` b").is_empty());
    }

    #[test]
    fn blocks_end_with_a_fence_or_with_the_text() {
        assert_eq!(parts("x\n```sh\n@bot\n```\ny `z`"), ["```sh\n@bot\n```\n", "`z`"]);
        assert_eq!(parts("~~~\na\n```\nb"), ["~~~\na\n```\nb"]);
        assert_eq!(parts("```a``` b"), ["```a```"], "a span, not a block");
    }

    #[test]
    fn many_backticks_cost_no_time() {
        let hostile: String = (1..400).map(|length| format!("{} ", "`".repeat(length))).collect();
        assert!(parts(&hostile).is_empty());
        let began = std::time::Instant::now();
        let _ = code(&"`` ` ".repeat(30_000));
        assert!(began.elapsed().as_secs() < 5);
    }
}
