//! Finding `@bot` in a text, and taking it out.

use std::ops::Range;

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Every place where `@username` stands by itself.
///
/// A mention is not part of a longer word: no letter, digit or underscore stands before it or behind it, nor a run
/// of `.`, `:` or `-` that leads to one (`@bot.` is a mention, `@bot.x` and `@bot-2` are other names).
fn mentions(text: &str, username: &str) -> Vec<Range<usize>> {
    let (bytes, name) = (text.as_bytes(), username.as_bytes());
    let mut found = Vec::new();
    if name.is_empty() {
        return found;
    }
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'@')) {
        let start = at + start;
        let end = start + 1 + name.len();
        at = start + 1;
        let Some(candidate) = bytes.get(start + 1..end) else { break };
        if !candidate.eq_ignore_ascii_case(name) {
            continue;
        }
        if start.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| is_word(*byte)) {
            continue;
        }
        let behind = bytes.get(end..).unwrap_or_default();
        let joiners = behind.iter().take_while(|byte| matches!(byte, b'.' | b':' | b'-')).count();
        if behind.get(joiners).is_some_and(|byte| is_word(*byte)) {
            continue;
        }
        found.push(start..end);
        at = end;
    }
    found
}

/// Is `@username` written in this text? Upper and lower case do not matter.
#[must_use]
pub fn contains_mention(text: &str, username: &str) -> bool {
    !mentions(text, username).is_empty()
}

/// The text without the mentions of the bot, everything else left as it is: indentation, lists and code stay.
///
/// Without a known name the text is only trimmed.
#[must_use]
pub fn strip_mentions(text: &str, username: &str) -> String {
    if username.is_empty() {
        return text.trim().to_owned();
    }
    let mut lines: Vec<String> = Vec::new();
    let mut at_top = true;
    for line in text.split('\n') {
        let found = mentions(line, username);
        let stripped = if found.is_empty() { line.to_owned() } else { strip_line(line, username) };
        // A first line that held nothing but the mention goes; a blank line that the author wrote stays.
        if at_top && !found.is_empty() && stripped.trim().is_empty() {
            continue;
        }
        at_top = false;
        lines.push(stripped);
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// A line that holds at least one mention.
fn strip_line(line: &str, username: &str) -> String {
    let indent = line.len() - line.trim_start_matches(is_blank).len();
    let (indentation, rest) = line.split_at(indent);
    let mut rest = rest.to_owned();
    if let Some(first) = mentions(&rest, username).first().cloned()
        && first.start == 0
    {
        let behind = rest.get(first.end..).unwrap_or_default();
        rest = behind.trim_start_matches(is_blank).to_owned();
    }
    if let Some(last) = mentions(&rest, username).last().cloned()
        && rest.get(last.end..).unwrap_or_default().chars().all(is_blank)
    {
        rest = rest.get(..last.start).unwrap_or_default().trim_end_matches(is_blank).to_owned();
    }
    for range in mentions(&rest, username).into_iter().rev() {
        rest.replace_range(range, "");
    }
    format!("{indentation}{}", collapse(&rest))
}

/// Two or more blanks behind something become one.
fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if is_blank(c) {
            run.push(c);
            continue;
        }
        out.push_str(if run.chars().nth(1).is_some() && !out.is_empty() { " " } else { &run });
        run.clear();
        out.push(c);
    }
    out.push_str(if run.chars().nth(1).is_some() && !out.is_empty() { " " } else { &run });
    out
}

#[cfg(test)]
mod tests {
    use super::{contains_mention, strip_mentions};

    #[test]
    fn a_mention_stands_by_itself() {
        for text in [
            "@bot hi", "hi @BOT", "@bot.", "@bot. hi", "@bot- x", "@bot:", "@bot, hi", "(@bot)", "é@bot",
            "@bot--", "@bot's", "`@bot`", "@bot\n",
        ] {
            assert!(contains_mention(text, "bot"), "{text:?} mentions @bot");
        }
    }

    #[test]
    fn a_longer_name_is_somebody_else() {
        for text in
            ["x@bot", "_@bot", "@bot2", "@bot.x", "@bot:8", "@bot-x", "@bot.-a", "@bo", "@", "bot", ""]
        {
            assert!(!contains_mention(text, "bot"), "{text:?} does not mention @bot");
        }
    }

    #[test]
    fn stripping_leaves_the_rest_of_the_text_as_it_was() {
        for (text, stripped) in [
            ("@bot hello", "hello"),
            ("  @bot   hi", "  hi"),
            ("hey @bot check this\nout", "hey check this\nout"),
            ("hi @bot", "hi"),
            ("@bot @bot x", " x"),
            ("a @bot  b @bot", "a b"),
            ("@bot\n\n# H", "\n# H"),
            ("x\n@bot\ny", "x\n\ny"),
            ("@bot /new", "/new"),
            ("@bot, hi", ", hi"),
            ("   lead", "   lead"),
            ("trail  \n\n", "trail  "),
        ] {
            assert_eq!(strip_mentions(text, "bot"), stripped, "{text:?}");
        }
    }

    #[test]
    fn without_a_known_name_the_text_is_only_trimmed() {
        assert_eq!(strip_mentions("  @bot hi \n", ""), "@bot hi");
    }
}
