//! Long texts as several posts, each of which reads like its part of the whole.
//!
//! Blocks that fit are copied as they are written. What must be cut is written anew: a fence is closed and opened
//! again, a table gets its header again, a quotation its marks. A part of a paragraph is parsed before it is used, and is
//! written more carefully when it would read differently on its own. At the end all parts are parsed: blocks that do not
//! read as in the whole text are written anew with less markup, in the end with none, which cannot be misread.

use super::blocks::{Container, Document, Kind, Leaf, Top};
use super::check::faults;
use super::depth::is_too_deep;
use super::fences::{self, Code};
use super::fit::{best, costs, whole};
use super::inline::{self, Gap, Unit, plain};
use super::pieces::{Care, Pieces};
use super::references::inlined;
use super::rows::Rows;
use super::runes;
use super::writer::{Chunk, Writer};
use crate::config::ChunkMode;
use std::borrow::Cow;
use std::ops::Range;

/// Posts that are smaller have no room for markup: it is cut like any text, as is what is nested too deeply.
const SMALLEST: usize = 32;
/// How often a text is cut anew because a part of it read differently. The last one keeps no markup.
const ATTEMPTS: usize = 6;

/// Cut a text into parts of at most `limit` code points. The same text gives the same parts.
#[must_use]
pub fn split(text: &str, limit: usize, mode: ChunkMode) -> Vec<String> {
    let limit = limit.max(1);
    if runes(text) <= limit {
        return vec![text.to_owned()];
    }
    if limit < SMALLEST || is_too_deep(text) {
        return hard(text, limit);
    }
    let inlined = inlined(text);
    let text = match &inlined {
        Cow::Owned(inlined) if plain(inlined) == plain(text) => inlined,
        _ => text,
    };
    let document = Document::parse(text);
    let mut cares = vec![Care::AsWritten; document.tops.len()];
    let mut chunks = cut(&document, limit, mode, &cares);
    for attempt in 1..=ATTEMPTS {
        let faults = faults(&document, &chunks, limit);
        if faults.is_empty() {
            break;
        }
        for (top, care) in cares.iter_mut().enumerate() {
            if attempt == ATTEMPTS {
                *care = Care::TextOnly;
            } else if faults.contains(&top) {
                *care = care.more();
            }
        }
        chunks = cut(&document, limit, mode, &cares);
    }
    if chunks.iter().all(|chunk| chunk.text.trim().is_empty()) {
        return hard(text, limit);
    }
    // A post of nothing but white space is refused: a reference that nobody refers to leaves nothing to read.
    chunks.into_iter().map(|chunk| chunk.text).filter(|text| !text.trim().is_empty()).collect()
}

fn cut(document: &Document<'_>, limit: usize, mode: ChunkMode, cares: &[Care]) -> Vec<Chunk> {
    let mut splitter = Splitter { document, writer: Writer::new(limit), mode };
    splitter.run(cares);
    splitter.writer.finish()
}

fn hard(text: &str, limit: usize) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(fences::cut(rest, limit));
        chunks.push(chunk.to_owned());
        rest = behind;
    }
    // A post of nothing but white space is refused.
    chunks.retain(|chunk| !chunk.trim().is_empty());
    if chunks.is_empty() { vec![String::new()] } else { chunks }
}

/// A text on its way into posts.
pub(super) struct Splitter<'d, 'a> {
    pub document: &'d Document<'a>,
    pub writer: Writer,
    mode: ChunkMode,
}

impl Splitter<'_, '_> {
    fn run(&mut self, cares: &[Care]) {
        let document = self.document;
        let care = |top: usize| cares.get(top).copied().unwrap_or_default();
        let (mut rest, mut at) = (document.tops.as_slice(), 0);
        while let Some(first) = rest.first() {
            self.writer.begin(at);
            let whole = |(index, top): &(usize, &Top)| {
                self.mode == ChunkMode::Newline && !top.blank_before && care(at + index) == Care::AsWritten
            };
            let more = match care(at) {
                Care::AsWritten => rest.iter().enumerate().skip(1).take_while(whole).count(),
                _ => 0,
            };
            let (group, behind) = rest.split_at(1 + more);
            match care(at) {
                Care::AsWritten => self.group(group, at),
                care => self.careful(first, care),
            }
            (rest, at) = (behind, at + group.len());
        }
    }

    /// Blocks that stay together if they can. The first has this number.
    fn group(&mut self, tops: &[Top], at: usize) {
        let (Some(first), Some(end)) = (tops.first(), tops.last()) else { return };
        let (blank, last) = (first.blank_before, at + tops.len() - 1);
        let written = self.document.slice(first.range.start..end.range.end);
        // A fence that the end of the text closes is written anew, with an end of its own.
        let open = tops.last().is_some_and(|top| self.is_code(top)) && !inline::ends(written);
        let length = if open { usize::MAX } else { runes(written) };
        if self.writer.takes(length, blank) {
            return self.writer.blocks(written, blank, last);
        }
        if length <= self.writer.limit && (self.writer.is_filled() || self.stays_whole(tops)) {
            self.writer.flush();
            return self.writer.blocks(written, blank, last);
        }
        if self.mode == ChunkMode::Newline {
            self.writer.flush();
        }
        for (index, top) in tops.iter().enumerate() {
            self.writer.begin(at + index);
            let written = self.document.slice(top.range.clone());
            if tops.len() > 1
                && !(open && self.is_code(top))
                && self.writer.takes(runes(written), top.blank_before)
            {
                self.writer.blocks(written, top.blank_before, at + index);
                continue;
            }
            for leaf in self.document.leaves.get(top.leaves.clone()).unwrap_or_default() {
                self.leaf(leaf);
            }
        }
    }

    fn is_code(&self, top: &Top) -> bool {
        let leaf = self.document.leaves.get(top.leaves.start);
        leaf.is_some_and(|leaf| leaf.containers.is_empty() && matches!(leaf.kind, Kind::Code { .. }))
    }

    fn stays_whole(&self, tops: &[Top]) -> bool {
        let whole =
            |leaf: &Leaf| leaf.containers.is_empty() && !matches!(leaf.kind, Kind::Paragraph | Kind::Html);
        let leaves =
            |top: &Top| self.document.leaves.get(top.leaves.clone()).unwrap_or_default().iter().all(whole);
        self.mode == ChunkMode::Newline || tops.iter().all(leaves)
    }

    fn leaf(&mut self, leaf: &Leaf) {
        let events = self.document.events.get(leaf.events.clone()).unwrap_or_default();
        let quotes =
            leaf.containers.iter().filter(|container| matches!(***container, Container::Quote)).count();
        match &leaf.kind {
            Kind::Paragraph => {
                let units = inline::units(self.document.text, events, quotes);
                self.units(leaf, "", &units, leaf.events.clone());
            }
            Kind::Heading(level) => {
                let mut units = inline::units(self.document.text, events, quotes);
                for unit in &mut units {
                    // A heading is one line.
                    unit.gap = unit.gap.min(Gap::Space);
                    if unit.raw.contains('\n') {
                        unit.raw = unit.raw.replace('\n', " ").into();
                    }
                }
                self.units(leaf, &format!("{} ", "#".repeat(*level)), &units, leaf.events.clone());
            }
            Kind::Html => {
                // Written more carefully it may be a paragraph, and join its neighbours.
                self.writer.keep_apart();
                let units = inline::lines(events);
                self.units(leaf, "", &units, leaf.events.clone());
                self.writer.keep_apart();
            }
            Kind::Code { info } => {
                let text: String = events.iter().filter_map(|(event, _)| inline::seen(event)).collect();
                self.code(leaf, Code::new(info, &text, self.writer.limit / 8));
            }
            Kind::Table(alignments) => self.table(leaf, &Rows::read(self.document, leaf, alignments)),
            Kind::Plain => {
                let body = self.document.slice(leaf.range.clone()).trim();
                let body = if runes(body) > self.writer.limit / 2 { "---" } else { body };
                if self.writer.place(leaf).cost(body) > self.writer.room() {
                    self.writer.flush();
                }
                let place = self.writer.place(leaf);
                self.writer.lines(leaf, &place, body);
            }
        }
    }

    /// A paragraph, as many of its units at a time as there is room for.
    pub(super) fn units(&mut self, leaf: &Leaf, lead: &str, units: &[Unit<'_>], events: Range<usize>) {
        let (mut at, mut behind) = (0, false);
        if units.is_empty() {
            // What it kept apart, such as an empty heading, stays apart.
            self.writer.keep_apart();
        }
        while at < units.len() {
            let rest = units.get(at..).unwrap_or_default();
            if behind {
                // On a line of its own the rest may read differently.
                self.writer.keep_apart();
            }
            let place = self.writer.place(leaf);
            // One for a backslash before what would begin a block.
            let fixed = place.fixed() + lead.len() + 1;
            let costs = costs(rest, fixed, place.other.len(), self.writer.room());
            let fit = costs.len();
            let keep = at == 0 && (self.mode == ChunkMode::Newline || self.writer.is_filled());
            if fit < rest.len() && !self.writer.is_empty() && (keep || fit == 0) {
                self.writer.flush();
                continue;
            }
            let take = if fit < rest.len() { best(rest, &costs, fit) } else { fit };
            let taken = rest.get(..take.max(1)).unwrap_or_default();
            match if take == 0 { None } else { whole(&place, lead, taken) } {
                Some(body) => self.writer.lines(leaf, &place, &body),
                None => self.pieces(leaf, lead, taken, events.clone()),
            }
            at += taken.len();
            behind = true;
            if take > 0 && at < units.len() {
                self.writer.flush();
            }
        }
    }

    /// Units that are too long together, or read differently on their own.
    fn pieces(&mut self, leaf: &Leaf, lead: &str, units: &[Unit<'_>], events: Range<usize>) {
        self.all_of(leaf, lead, Pieces::of_units(self.document, events, units, self.writer.limit / 4));
    }

    pub(super) fn all_of(&mut self, leaf: &Leaf, lead: &str, mut pieces: Pieces<'_>) {
        while !pieces.done() {
            let place = self.writer.place(leaf);
            let room = self.writer.room().saturating_sub(place.fixed() + lead.len());
            match pieces.next(|body| place.alone(&format!("{lead}{body}\n\nx")), room, self.writer.is_empty())
            {
                Some(body) => {
                    self.writer.lines(leaf, &place, &format!("{lead}{body}"));
                    if !pieces.done() {
                        self.writer.flush();
                    }
                }
                None if self.writer.is_empty() => break,
                None => self.writer.flush(),
            }
        }
    }
}
