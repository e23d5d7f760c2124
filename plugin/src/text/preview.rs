//! The beginning of a text that is still being written.

use super::blocks::options;
use super::depth::is_too_deep;
use super::{fences, inline, runes};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

/// What stands for the rest.
const MORE: char = '…';
/// A word that is cut is left out if it is not longer than this.
const WORD: usize = 40;

/// At most so many code points of a text, with `…` at its end when there is more, and with a fence closed that is open
/// there. What readers see as one character stays whole.
#[must_use]
pub fn preview(text: &str, most: usize) -> String {
    if runes(text) <= most {
        let close = close(text);
        // A fence that has no room for its end goes on to the end of the post, as it did.
        return if runes(text) + close.len() <= most { format!("{text}{close}") } else { text.to_owned() };
    }
    // Its own end may need a fence: then the text is a little shorter.
    let mut room = most.saturating_sub(1);
    loop {
        let head = head(text, room);
        let shown = if head.is_empty() { String::new() } else { format!("{head}{MORE}") };
        let close = close(&shown);
        let length = runes(&shown) + close.len();
        if length <= most {
            return shown + &close;
        }
        if length - most >= room {
            return shown;
        }
        room -= length - most;
    }
}

/// At most so many code points, up to a word's end if one is near.
fn head(text: &str, most: usize) -> &str {
    if most == 0 {
        return "";
    }
    let end = fences::cut(text, most);
    let head = text.get(..end).unwrap_or_default();
    let inside = text.get(end..).is_some_and(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
    match head.rfind(char::is_whitespace) {
        Some(space) if inside && runes(head.get(space..).unwrap_or_default()) <= WORD.min(most / 4) => {
            head.get(..space).unwrap_or_default().trim_end()
        }
        _ => head.trim_end(),
    }
}

/// What closes the fence that is open at the end of a text.
fn close(text: &str) -> String {
    if is_too_deep(text) || inline::ends(text) {
        return String::new();
    }
    let blocks = Parser::new_ext(text, options()).into_offset_iter();
    let fenced = |event: &Event<'_>| matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))));
    let Some((_, range)) = blocks.filter(|(event, _)| fenced(event)).last() else { return String::new() };
    let block = text.get(range).unwrap_or_default().trim_start();
    let Some(mark) = block.chars().next() else { return String::new() };
    let length = block.chars().take_while(|c| *c == mark).count();
    let line = if text.ends_with('\n') { "" } else { "\n" };
    format!("{line}{}", String::from(mark).repeat(length))
}

#[cfg(test)]
mod tests {
    use super::preview;

    #[test]
    fn what_fits_stays_and_more_is_hinted_at() {
        assert_eq!(preview("all of it", 9), "all of it");
        assert_eq!(preview("some words that go on", 14), "some words…");
        assert_eq!(preview("averylongwordthatgoeson", 10), "averylong…");
        assert_eq!(preview("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 8), "👨‍👩‍👧‍👦…");
        assert_eq!(preview("abc", 0), "");
    }

    #[test]
    fn an_open_fence_is_closed() {
        assert_eq!(preview("```rust\nlet a = 1;", 40), "```rust\nlet a = 1;\n```");
        let code = preview("text\n\n~~~~\nlet a = 1;\nlet b = 2;\n~~~~\n\nafter", 28);
        assert_eq!(code, "text\n\n~~~~\nlet a = 1;…\n~~~~");
        assert_eq!(preview("```\na\n```\nafter", 40), "```\na\n```\nafter");
        assert_eq!(preview("```\nabc", 8), "```\nabc");
    }

    #[test]
    fn no_preview_is_longer_than_it_may_be() {
        let text = "> - a **b** `c`\n```rust title\nlet 👍🏽 = \"ü\";\n~~~\n```\n- 漢字 e\u{301}".repeat(3);
        for most in 0..=text.chars().count() {
            let shown = preview(&text, most);
            assert!(shown.chars().count() <= most, "{most}: {shown}");
            assert!(most < 2 || most >= text.chars().count() || shown.contains('…'), "{most}: {shown}");
        }
    }
}
