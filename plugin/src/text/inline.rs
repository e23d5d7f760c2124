//! The text of a paragraph as units that are not cut: words, and whatever is marked up as one.

use pulldown_cmark::{Event, Parser, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

type Events<'e, 'a> = &'e [(Event<'a>, Range<usize>)];

/// What stands before a unit. Later ones are better places for a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing: scripts without spaces may be cut behind a sentence.
    None,
    Space,
    Line,
    /// A line break that is shown as one.
    Hard,
}

/// A part of a paragraph that stays whole if it can.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub gap: Gap,
    /// As it is written.
    pub raw: Cow<'a, str>,
    /// As it is read, without white space.
    pub plain: String,
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// The events that it is made of, some perhaps only in part.
    pub events: Range<usize>,
}

/// Does a text read as it should, white space aside, and leave what comes behind it alone? Its last line is an `x`
/// behind a blank line: a block of HTML may go on to the end of the post.
pub(super) fn reads(text: &str, expected: &str) -> bool {
    let mut plain = String::with_capacity(text.len());
    let mut paragraph = false;
    for event in Parser::new_ext(text, super::blocks::options()) {
        if let Some(text) = seen(&event) {
            push_plain(&mut plain, text);
            paragraph = matches!(event, Event::Text(_));
        }
    }
    paragraph && plain.strip_suffix('x') == Some(expected)
}

/// What is read of a text, without white space.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for event in Parser::new_ext(text, super::blocks::options()) {
        push_plain(&mut plain, seen(&event).unwrap_or_default());
    }
    plain
}

/// What is read of some events, without white space.
pub(super) fn plain_of(events: Events<'_, '_>) -> String {
    let mut plain = String::new();
    for (event, _) in events {
        push_plain(&mut plain, seen(event).unwrap_or_default());
    }
    plain
}

/// Does the last block of a text end with it?
pub(super) fn ends(text: &str) -> bool {
    let text = format!("{text}\n\nx");
    let last = Parser::new_ext(&text, super::blocks::options()).last();
    last == Some(Event::End(TagEnd::Paragraph))
}

/// The text of an event.
pub(super) fn seen<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => Some(text),
        _ => None,
    }
}

fn push_plain(plain: &mut String, text: &str) {
    plain.extend(text.chars().filter(|c| !c.is_whitespace()));
}

/// Is the event the text as it is written?
pub(super) fn verbatim(text: &str, event: &Event<'_>, range: &Range<usize>) -> bool {
    matches!(event, Event::Text(seen) if text.get(range.clone()) == Some(seen))
}

/// White space that holds words together stays.
fn separates(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}')
}

/// Where sentences of scripts without spaces end.
pub(super) fn ends_clause(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '，' | '、')
}

/// A backslash before a character is not part of that character's event.
fn with_backslash(text: &str, start: usize) -> usize {
    if start > 0 && text.as_bytes().get(start - 1) == Some(&b'\\') { start - 1 } else { start }
}

/// The units of a paragraph in so many quotations.
pub(super) fn units<'a>(text: &'a str, events: Events<'_, 'a>, quotes: usize) -> Vec<Unit<'a>> {
    let Some((_, first)) = events.first() else { return Vec::new() };
    let start = with_backslash(text, first.start);
    let end = events.iter().map(|(_, range)| range.end).max().unwrap_or(start);
    let mut units: Vec<Unit<'a>> = Vec::new();
    let (mut at, mut at_event, mut gap) = (start, 0, Gap::None);
    for (cut, kind, event) in cuts(text, events) {
        if cut.start > at {
            units.push(unit(text, gap, at..cut.start, at_event..event + 1, quotes));
            gap = kind;
        } else {
            gap = gap.max(kind);
        }
        (at, at_event) = (cut.end.max(at), event);
    }
    let rest = text.get(at..end).unwrap_or_default();
    if !rest.trim().is_empty() {
        let end = at + rest.trim_end_matches(separates).len();
        units.push(unit(text, gap, at..end, at_event..events.len(), quotes));
    }
    fill(text, events, &mut units);
    units
}

fn unit<'a>(text: &'a str, gap: Gap, range: Range<usize>, events: Range<usize>, quotes: usize) -> Unit<'a> {
    let raw = text.get(range.clone()).unwrap_or_default();
    let raw = if raw.contains('\n') { Cow::Owned(joined(raw, quotes)) } else { Cow::Borrowed(raw) };
    Unit { gap, raw, plain: String::new(), range, events }
}

/// Several lines without what stands before them.
fn joined(raw: &str, quotes: usize) -> String {
    let mut lines = raw.lines();
    let mut joined = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let mut line = line.trim_start();
        for _ in 0..quotes {
            line = line.strip_prefix('>').map_or(line, str::trim_start);
        }
        joined.push('\n');
        joined.push_str(line);
    }
    joined
}

/// Where a paragraph may be cut: what lies between, how good it is, the event.
fn cuts(text: &str, events: Events<'_, '_>) -> Vec<(Range<usize>, Gap, usize)> {
    let mut cuts = Vec::new();
    let mut depth = 0_usize;
    for (index, (event, range)) in events.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Event::Text(_) if verbatim(text, event, range) => {
                let slice = text.get(range.clone()).unwrap_or_default();
                for (at, c) in slice.char_indices() {
                    let (at, behind) = (range.start + at, range.start + at + c.len_utf8());
                    if separates(c) {
                        cuts.push((at..behind, Gap::Space, index));
                    } else if ends_clause(c) {
                        cuts.push((behind..behind, Gap::None, index));
                    }
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                let kind = if *event == Event::HardBreak { Gap::Hard } else { Gap::Line };
                let before = text.get(..range.start).unwrap_or_default();
                let next = events.get(index + 1).map(|(_, next)| with_backslash(text, next.start));
                cuts.push((
                    before.trim_end_matches([' ', '\t']).len()..next.unwrap_or(range.end).max(range.end),
                    kind,
                    index,
                ));
            }
            _ => {}
        }
    }
    cuts
}

/// Note what is read of each unit.
fn fill(text: &str, events: Events<'_, '_>, units: &mut [Unit<'_>]) {
    let mut at = 0;
    for (event, range) in events {
        let Some(seen) = seen(event) else { continue };
        while units.get(at).is_some_and(|unit| unit.range.end <= range.start) {
            at += 1;
        }
        if !verbatim(text, event, range) {
            if let Some(unit) = units.get_mut(at) {
                push_plain(&mut unit.plain, seen);
            }
            continue;
        }
        for unit in units.iter_mut().skip(at).take_while(|unit| unit.range.start < range.end) {
            let part = unit.range.start.max(range.start)..unit.range.end.min(range.end);
            push_plain(&mut unit.plain, text.get(part).unwrap_or_default());
        }
    }
}

/// The lines of a block of HTML as units.
pub(super) fn lines<'a>(events: &[(Event<'a>, Range<usize>)]) -> Vec<Unit<'a>> {
    let mut lines: Vec<Unit<'a>> = Vec::new();
    for (index, (event, range)) in events.iter().enumerate() {
        let Some(text) = seen(event) else { continue };
        let mut plain = String::new();
        push_plain(&mut plain, text);
        lines.push(Unit {
            gap: Gap::Line,
            raw: Cow::Owned(text.trim_end().to_owned()),
            plain,
            range: range.clone(),
            events: index..index + 1,
        });
    }
    lines
}
