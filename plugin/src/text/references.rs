//! Links whose address stands elsewhere in the text get it written beside them: the other place may be in another post.

use super::blocks::options;
use pulldown_cmark::{Event, LinkType, Parser, Tag};
use std::borrow::Cow;
use std::ops::Range;

/// The text with all addresses in place.
pub(super) fn inlined(text: &str) -> Cow<'_, str> {
    let mut events = Parser::new_ext(text, options()).into_offset_iter();
    let mut edits: Vec<(Range<usize>, String)> = events
        .reference_definitions()
        .iter()
        .map(|(_, definition)| (definition.span.clone(), String::new()))
        .collect();
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    for (event, range) in events.by_ref() {
        let Event::Start(
            Tag::Link { link_type, dest_url, title, .. } | Tag::Image { link_type, dest_url, title, .. },
        ) = event
        else {
            continue;
        };
        let whole = text.get(range.clone()).unwrap_or_default();
        let end = match link_type {
            LinkType::Reference => whole.rfind("][").map(|at| at + 1),
            LinkType::Collapsed => whole.strip_suffix("[]").map(str::len),
            LinkType::Shortcut => Some(whole.len()),
            _ => None,
        };
        if let Some(end) = end {
            let title = title.replace('\\', "\\\\").replace('"', "\\\"");
            let title = if title.is_empty() { title } else { format!(" \"{title}\"") };
            edits.push((range.start + end..range.end, format!("({}{title})", destination(&dest_url))));
        }
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in edits {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(&new);
            at = range.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// An address as it stands in a link.
pub(super) fn destination(url: &str) -> String {
    let bare = |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>' | '\\' | ';' | '`');
    if !url.is_empty() && url.chars().all(bare) {
        return url.to_owned();
    }
    let mut out = String::from("<");
    for c in url.chars() {
        if matches!(c, '<' | '>' | '\\' | '&') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out.push('>');
    out
}
