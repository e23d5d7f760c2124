//! What is longer than a post although it should stay whole: an emphasis or a link goes on in the next post, a word is
//! cut between two characters as readers see them.

use super::blocks::Document;
use super::escape::{escape, guarded};
use super::inline::{Unit, reads, seen, verbatim};
use super::runes;
use pulldown_cmark::{Event, LinkType, Tag};
use std::ops::Range;
use std::rc::Rc;
use unicode_segmentation::UnicodeSegmentation as _;

/// Levels of markup that go on in the next post.
const DEEPEST: usize = 8;

/// Markup around a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrap {
    open: String,
    close: String,
    /// Nothing in it is markup.
    code: bool,
}

type Wraps = Rc<Vec<Wrap>>;

struct Fragment<'e> {
    text: &'e str,
    wraps: Wraps,
}

/// How much of the markup is kept. Each is tried after the one before it turned out to read differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Care {
    /// All, and what is no markup stands as it is.
    #[default]
    AsWritten,
    /// All, and what is no markup is kept from being any.
    Escaped,
    /// None: whatever the text is, it reads as it should.
    TextOnly,
}

impl Care {
    /// One step more of it.
    pub(super) fn more(self) -> Self {
        match self {
            Self::AsWritten => Self::Escaped,
            Self::Escaped | Self::TextOnly => Self::TextOnly,
        }
    }
}

/// Cuts units into pieces, one after the other.
pub(super) struct Pieces<'e> {
    fragments: Vec<Fragment<'e>>,
    /// The fragment, and the byte in it.
    at: (usize, usize),
    /// Less care is not tried.
    least: Care,
}

impl<'e> Pieces<'e> {
    /// Some units of a leaf with these events. Markup of more than `most` characters is left out.
    pub(super) fn of_units(
        document: &'e Document<'_>,
        leaf: Range<usize>,
        units: &[Unit<'_>],
        most: usize,
    ) -> Self {
        let range =
            units.first().map_or(0, |unit| unit.range.start)..units.last().map_or(0, |unit| unit.range.end);
        let first = units.first().map_or(0, |unit| unit.events.start);
        let last = units.last().map_or(0, |unit| unit.events.end);
        Self::new(document, leaf.start + first..leaf.start + last, &range, most, Care::AsWritten)
    }

    /// All of these events, with some care at least.
    pub(super) fn whole(document: &'e Document<'_>, events: Range<usize>, most: usize, least: Care) -> Self {
        Self::new(document, events, &(0..usize::MAX), most, least)
    }

    fn new(
        document: &'e Document<'_>,
        events: Range<usize>,
        range: &Range<usize>,
        most: usize,
        least: Care,
    ) -> Self {
        let events = document.events.get(events).unwrap_or_default();
        let mut wraps = vec![Wraps::default()];
        let mut fragments = Vec::new();
        for (event, place) in events {
            let current = wraps.last().cloned().unwrap_or_default();
            match event {
                Event::Start(tag) => wraps.push(within(&current, around(tag), most)),
                Event::End(_) => {
                    if wraps.len() > 1 {
                        wraps.pop();
                    }
                }
                Event::SoftBreak | Event::HardBreak if range.contains(&place.start) => {
                    fragments.push(Fragment { text: " ", wraps: current });
                }
                Event::Code(text) if range.contains(&place.start) => {
                    let wraps = within(&current, code(text), most);
                    fragments.push(Fragment { text, wraps });
                }
                _ => {
                    let Some(mut text) = seen(event) else { continue };
                    if verbatim(document.text, event, place) {
                        text = document
                            .text
                            .get(place.start.max(range.start)..place.end.min(range.end))
                            .unwrap_or_default();
                    } else if !range.contains(&place.start) {
                        continue;
                    }
                    fragments.push(Fragment { text, wraps: current });
                }
            }
        }
        Self { fragments, at: (0, 0), least }
    }

    pub(super) fn done(&self) -> bool {
        let (at, byte) = self.at;
        let rest = |(index, fragment): (usize, &Fragment<'_>)| {
            let from = if index == 0 { byte } else { 0 };
            fragment.text.get(from..).unwrap_or_default().chars().all(char::is_whitespace)
        };
        self.fragments.get(at..).unwrap_or_default().iter().enumerate().all(rest)
    }

    /// The next piece, of at most so many characters. `None` when nothing sensible fits; `force` makes some progress
    /// whatever the room. `placed` puts it where it will stand, for a look at how it reads there.
    pub(super) fn next(
        &mut self,
        placed: impl Fn(&str) -> String,
        room: usize,
        force: bool,
    ) -> Option<String> {
        for care in [Care::AsWritten, Care::Escaped, Care::TextOnly] {
            if care < self.least {
                continue;
            }
            let mut builder = Builder { room, care, ..Builder::default() };
            let at = builder.fill(&self.fragments, self.at, force);
            if builder.plain.is_empty() {
                continue;
            }
            let piece = builder.finish();
            if care == Care::TextOnly || reads(&placed(&piece.0), &piece.1) {
                self.at = at;
                return Some(piece.0);
            }
        }
        None
    }
}

/// The markup that a tag stands for.
fn around(tag: &Tag<'_>) -> Option<Wrap> {
    let same = |mark: &str| Some(Wrap { open: mark.to_owned(), close: mark.to_owned(), code: false });
    match tag {
        Tag::Emphasis => same("*"),
        Tag::Strong => same("**"),
        Tag::Strikethrough => same("~~"),
        Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. } => None,
        // A picture that cannot stay whole is a link to itself.
        Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => Some(Wrap {
            open: "[".to_owned(),
            close: format!("]({})", super::references::destination(dest_url)),
            code: false,
        }),
        _ => None,
    }
}

/// The marks of inline code with this text.
fn code(text: &str) -> Option<Wrap> {
    let marks = "`".repeat(super::fences::longest_run(text, '`') + 1);
    Some(if text.contains('`') {
        Wrap { open: format!("{marks} "), close: format!(" {marks}"), code: true }
    } else {
        Wrap { open: marks.clone(), close: marks, code: true }
    })
}

/// With one more around it, unless that would leave little room for the text.
fn within(wraps: &Wraps, wrap: Option<Wrap>, most: usize) -> Wraps {
    let Some(wrap) = wrap else { return wraps.clone() };
    let size: usize = wraps.iter().chain([&wrap]).map(|wrap| runes(&wrap.open) + runes(&wrap.close)).sum();
    if wraps.len() >= DEEPEST || size > most || wraps.iter().any(|wrap| wrap.code) {
        return wraps.clone();
    }
    Rc::new(wraps.iter().cloned().chain([wrap]).collect())
}

#[derive(Default)]
struct Builder {
    room: usize,
    care: Care,
    text: String,
    length: usize,
    plain: String,
    wraps: Wraps,
    /// White space was read and not written.
    space: bool,
}

impl Builder {
    fn fill(&mut self, fragments: &[Fragment<'_>], from: (usize, usize), force: bool) -> (usize, usize) {
        let (mut index, mut byte) = from;
        while let Some(fragment) = fragments.get(index) {
            // A word may be as long as the text: no more of it is looked at than there could be room for.
            for word in window(fragment.text, byte, self.room).split_inclusive(char::is_whitespace) {
                let whole = word.trim_end();
                if !whole.is_empty() && !self.push(whole, &fragment.wraps, false) {
                    if self.length < self.room / 2 {
                        byte += self.letters(whole, &fragment.wraps, force);
                    }
                    return (index, byte);
                }
                self.space |= whole.len() < word.len();
                byte += word.len();
            }
            if byte >= fragment.text.len() {
                (index, byte) = (index + 1, 0);
            }
        }
        (index, byte)
    }

    /// As much of a word as there is room for. Returns its bytes.
    fn letters(&mut self, word: &str, wraps: &Wraps, force: bool) -> usize {
        let mut taken = 0;
        let mut clause = None;
        for letter in word.graphemes(true) {
            if !self.push(letter, wraps, false) {
                // A clause that ends not far before is a better place.
                if let Some((end, (text, length, plain))) = clause.filter(|(end, _)| *end > taken * 2 / 3) {
                    self.text.truncate(text);
                    self.plain.truncate(plain);
                    self.length = length;
                    return end;
                }
                break;
            }
            taken += letter.len();
            if letter.chars().all(super::inline::ends_clause) {
                clause = Some((taken, (self.text.len(), self.length, self.plain.len())));
            }
        }
        if taken == 0 && force && self.plain.is_empty() {
            // One letter of more code points than a post may have.
            for (at, c) in word.char_indices() {
                let c_text = word.get(at..at + c.len_utf8()).unwrap_or_default();
                if !self.push(c_text, wraps, taken == 0) {
                    break;
                }
                taken += c.len_utf8();
            }
        }
        taken
    }

    /// Add a text, if there is room for it and for the markup that it opens and that must be closed behind it.
    fn push(&mut self, text: &str, wraps: &Wraps, whatever: bool) -> bool {
        let none = Wraps::default();
        let wraps = if self.care == Care::TextOnly { &none } else { wraps };
        let shared = self.wraps.iter().zip(wraps.iter()).take_while(|(a, b)| a == b).count();
        let code = wraps.iter().any(|wrap| wrap.code);
        let mut added = String::new();
        for wrap in self.wraps.iter().skip(shared).rev() {
            added.push_str(&wrap.close);
        }
        if self.space && !self.text.is_empty() {
            added.push(' ');
        }
        for wrap in wraps.iter().skip(shared) {
            added.push_str(&wrap.open);
        }
        if code || self.care == Care::AsWritten {
            added.push_str(text);
        } else {
            escape(&mut added, text);
        }
        if self.text.is_empty() && self.care != Care::AsWritten && !code {
            added = guarded(&added);
        }
        let close: usize = wraps.iter().map(|wrap| runes(&wrap.close)).sum();
        let length = self.length + runes(&added);
        if length + close > self.room && !whatever {
            return false;
        }
        self.text.push_str(&added);
        self.length = length;
        self.plain.extend(text.chars().filter(|c| !c.is_whitespace()));
        self.wraps = wraps.clone();
        self.space = false;
        true
    }

    /// The piece, and what is read of it.
    fn finish(mut self) -> (String, String) {
        for wrap in self.wraps.iter().rev() {
            self.text.push_str(&wrap.close);
        }
        (self.text, self.plain)
    }
}

/// The text from a place on, as far as it is longer than so many characters.
fn window(text: &str, from: usize, most: usize) -> &str {
    let text = text.get(from..).unwrap_or_default();
    let end = text.char_indices().nth(most + 64).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}
