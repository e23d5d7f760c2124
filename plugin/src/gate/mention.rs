//! Finding `@bot` in a text, and taking it out.

use super::code::code;
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

/// The places where the bot is meant: not in code, which is shown as it is.
fn meant(text: &str, username: &str) -> Vec<Range<usize>> {
    let mut found = mentions(text, username);
    if !found.is_empty() && text.contains(['`', '~']) {
        let code = code(text);
        found.retain(|range| !code.iter().any(|code| code.start <= range.start && range.start < code.end));
    }
    found
}

/// Is `@username` written in this text, outside of code? Upper and lower case do not matter.
#[must_use]
pub fn contains_mention(text: &str, username: &str) -> bool {
    !meant(text, username).is_empty()
}

/// Does the text address everybody, or a group of people: a word with `@` that is not in code? `@here`, `@all` and
/// `@channel` mean nobody in particular.
#[must_use]
pub fn names_a_group(text: &str) -> bool {
    let mut code_of = None;
    text.match_indices('@').any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let name: &str = text.get(at + 1..).map_or("", |rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_')));
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
        });
        let name = name.trim_end_matches(['.', '-', '_']);
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || name.is_empty() {
            return false;
        }
        let everybody = ["here", "all", "channel"].iter().any(|all| name.eq_ignore_ascii_case(all));
        let code = code_of.get_or_insert_with(|| code(text));
        !everybody && !code.iter().any(|code| code.start <= at && at < code.end)
    })
}

/// The text without the mentions of the bot, everything else left as it is: indentation, lists and code stay.
///
/// Without a known name the text is only trimmed.
#[must_use]
pub fn strip_mentions(text: &str, username: &str) -> String {
    if username.is_empty() {
        return text.trim().to_owned();
    }
    let mut found = meant(text, username).into_iter().peekable();
    let mut lines: Vec<String> = Vec::new();
    let (mut at_top, mut at) = (true, 0);
    for line in text.split('\n') {
        let end = at + line.len();
        let mut here: Vec<Range<usize>> = Vec::new();
        while let Some(range) = found.next_if(|range| range.start < end) {
            here.push(range.start - at..range.end - at);
        }
        at = end + 1;
        let stripped = if here.is_empty() { line.to_owned() } else { strip_line(line, &here) };
        // A first line that held nothing but the mention goes; a blank line that the author wrote stays.
        if at_top && !here.is_empty() && stripped.trim().is_empty() {
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

/// A line that holds at least one mention: those at its ends go with the blanks around them.
fn strip_line(line: &str, mentions: &[Range<usize>]) -> String {
    let indent = line.len() - line.trim_start_matches(is_blank).len();
    let last = mentions.len() - 1;
    let (mut rest, mut at) = (String::new(), indent);
    for (index, range) in mentions.iter().enumerate() {
        let (mut start, mut end) = (range.start, range.end);
        let behind = line.get(end..).unwrap_or_default();
        if start == indent {
            end = line.len() - behind.trim_start_matches(is_blank).len();
        }
        if index == last && behind.chars().all(is_blank) {
            start = line.get(..start).unwrap_or_default().trim_end_matches(is_blank).len();
            end = line.len();
        }
        rest.push_str(line.get(at..start.max(at)).unwrap_or_default());
        at = end.max(at);
    }
    rest.push_str(line.get(at..).unwrap_or_default());
    format!("{}{}", line.get(..indent).unwrap_or_default(), collapse(&rest))
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
    use super::{contains_mention, names_a_group, strip_mentions};

    #[test]
    fn a_mention_stands_by_itself() {
        for text in [
            "@bot hi",
            "hi @BOT",
            "@bot.",
            "@bot. hi",
            "@bot- x",
            "@bot:",
            "@bot, hi",
            "(@bot)",
            "é@bot",
            "@bot--",
            "@bot's",
            "@bot\n",
            "`code` and @bot",
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
    fn what_stands_in_code_means_nobody() {
        for text in ["`@bot`", "see `ping @bot` in the manual", "```\n@bot hi\n```", "~~~\n@bot"] {
            assert!(!contains_mention(text, "bot"), "{text:?} does not mention @bot");
        }
        assert_eq!(strip_mentions("@bot run `@bot hi`", "bot"), "run `@bot hi`");
    }

    #[test]
    fn a_group_is_named_by_a_word_of_its_own() {
        for text in ["@devs look", "(@ops)", "hi @a.b-c"] {
            assert!(names_a_group(text), "{text:?}");
        }
        for text in ["@here", "@all!", "@Channel.", "a@b.org", "`@devs`", "@", "nobody"] {
            assert!(!names_a_group(text), "{text:?}");
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
            ("@bot @bot", ""),
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
