//! What readers see of a text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use unicode_segmentation::UnicodeSegmentation as _;

/// What is read, with white space.
pub fn shown(text: &str) -> String {
    let mut read = String::new();
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                read.push_str(&text);
            }
            Event::End(end)
                if !matches!(
                    end,
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link
                ) =>
            {
                read.push('\n');
            }
            Event::SoftBreak | Event::HardBreak => read.push('\n'),
            _ => {}
        }
    }
    read
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

pub fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What is read of the header, if a text begins with a table.
fn header(text: &str) -> Option<String> {
    let mut head = None;
    for event in Parser::new_ext(text, options()) {
        match (event, &mut head) {
            (Event::Start(Tag::TableHead), _) => head = Some(String::new()),
            (Event::End(TagEnd::TableHead), _) => return head,
            (Event::Text(text) | Event::Code(text) | Event::InlineHtml(text), Some(head)) => {
                head.push_str(&bare(&text));
            }
            (Event::Text(_) | Event::Code(_) | Event::Html(_) | Event::InlineHtml(_), None) => return None,
            _ => {}
        }
    }
    None
}

/// Where in the text each part may end, when it stands behind the ones before it: a header that is repeated may also be
/// taken for a row. Empty when a part reads differently.
pub fn ends(parts: &[String], whole: &str) -> Vec<BTreeSet<usize>> {
    let mut places = BTreeSet::from([0]);
    let mut ends = Vec::new();
    for part in parts {
        let read = bare(&shown(part));
        let without = header(part).and_then(|head| read.strip_prefix(&head).map(str::to_owned));
        let mut behind = BTreeSet::new();
        for place in places {
            for read in [Some(&read), without.as_ref()].into_iter().flatten() {
                if whole.get(place..).is_some_and(|rest| rest.starts_with(read.as_str())) {
                    behind.insert(place + read.len());
                }
            }
        }
        places = behind.clone();
        ends.push(behind);
    }
    ends
}

/// Where a cut is not inside of what readers see as one character.
pub fn letters(shown: &str) -> BTreeSet<usize> {
    let (mut letters, mut at) = (BTreeSet::from([0]), 0);
    for letter in shown.graphemes(true) {
        at += bare(letter).len();
        letters.insert(at);
    }
    letters
}

/// Every fence is closed: a line behind the text would not be code.
pub fn closed(text: &str) -> bool {
    let text = format!("{text}\n\nbehind");
    let mut code = false;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(text) if code && text.contains("behind") => return false,
            _ => {}
        }
    }
    true
}

/// Each character that is read, with all that is around it but lists: their items go on in the next post without a mark.
pub fn styled(text: &str) -> Vec<(char, String)> {
    let (mut around, mut read) = (Vec::new(), Vec::new());
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(tag) => around.push(match tag {
                Tag::Link { dest_url, .. } => format!("link {dest_url}"),
                Tag::CodeBlock(kind) => format!("{kind:?}"),
                Tag::Paragraph | Tag::List(_) | Tag::Item => String::new(),
                tag => format!("{:?}", tag.to_end()),
            }),
            Event::End(_) => drop(around.pop()),
            Event::Text(text) => read.extend(bare(&text).chars().map(|c| (c, around.concat()))),
            Event::Code(text) => read.extend(bare(&text).chars().map(|c| (c, around.concat() + "code"))),
            _ => {}
        }
    }
    read
}
