//! Long texts as several posts, each of which reads like its part of the whole.
//!
//! Blocks that fit are copied as they are written. What must be cut is written anew: a fence is closed and opened
//! again, a table gets its header again, a quotation its marks. A part of a paragraph is parsed before it is used, and is
//! written more carefully when it would read differently on its own.

use super::blocks::{Container, Document, Kind, Leaf, Top};
use super::fences::{self, Code};
use super::inline::{self, Gap, Unit};
use super::pieces::{self, Pieces};
use super::references::inlined;
use super::rows::Rows;
use super::runes;
use super::writer::{Place, Writer};
use crate::config::ChunkMode;
use std::ops::Range;

/// Posts that are smaller have no room for markup: it is cut like any text.
const SMALLEST: usize = 32;

/// Cut a text into parts of at most `limit` code points. The same text gives the same parts.
#[must_use]
pub fn split(text: &str, limit: usize, mode: ChunkMode) -> Vec<String> {
    let limit = limit.max(1);
    if runes(text) <= limit {
        return vec![text.to_owned()];
    }
    if limit < SMALLEST {
        return hard(text, limit);
    }
    let text = inlined(text);
    let document = Document::parse(&text);
    let mut splitter = Splitter { document: &document, writer: Writer::new(limit), mode };
    splitter.run();
    let chunks = splitter.writer.finish();
    if chunks.iter().all(|chunk| chunk.trim().is_empty()) {
        return hard(&text, limit);
    }
    chunks
        .into_iter()
        .flat_map(|chunk| if runes(&chunk) <= limit { vec![chunk] } else { hard(&chunk, limit) })
        .collect()
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

struct Splitter<'d, 'a> {
    document: &'d Document<'a>,
    writer: Writer,
    mode: ChunkMode,
}

impl Splitter<'_, '_> {
    fn run(&mut self) {
        let document = self.document;
        let mut rest = document.tops.as_slice();
        while let Some(first) = rest.first() {
            let more =
                rest.iter().skip(1).take_while(|top| self.mode == ChunkMode::Newline && !top.blank_before);
            let (group, behind) = rest.split_at(1 + more.count());
            let end = group.last().unwrap_or(first).range.end;
            self.group(group, first.range.start..end);
            rest = behind;
        }
    }

    /// Blocks that stay together if they can.
    fn group(&mut self, tops: &[Top], range: Range<usize>) {
        let blank = tops.first().is_some_and(|top| top.blank_before);
        let written = self.document.slice(range);
        // A fence that the end of the text closes is written anew, with an end of its own.
        let open = tops.last().is_some_and(|top| self.is_code(top)) && !inline::ends(written);
        let length = if open { usize::MAX } else { runes(written) };
        if self.writer.takes(length, blank) {
            return self.writer.blocks(written, blank);
        }
        if length <= self.writer.limit && (self.writer.is_filled() || self.stays_whole(tops)) {
            self.writer.flush();
            return self.writer.blocks(written, blank);
        }
        if self.mode == ChunkMode::Newline {
            self.writer.flush();
        }
        for top in tops {
            let written = self.document.slice(top.range.clone());
            if tops.len() > 1
                && !(open && self.is_code(top))
                && self.writer.takes(runes(written), top.blank_before)
            {
                self.writer.blocks(written, top.blank_before);
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
                // Written more carefully it may be a paragraph, and join the one before.
                self.writer.keep_apart();
                let units = inline::lines(events);
                self.units(leaf, "", &units, leaf.events.clone());
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

    fn code(&mut self, leaf: &Leaf, mut code: Code<'_>) {
        let whole = code.whole();
        if self.writer.place(leaf).cost(&whole) > self.writer.room() {
            let small = self.writer.room() < self.writer.limit / 4;
            if small || self.writer.place(leaf).cost(&whole) <= self.writer.limit {
                self.writer.flush();
            }
        }
        while !code.done() {
            let place = self.writer.place(leaf);
            let room = self.writer.room().saturating_sub(place.gap.len());
            match code.next(room, place.first.len(), place.other.len(), self.writer.is_empty()) {
                Some(piece) => {
                    self.writer.lines(leaf, &place, &piece);
                    if !code.done() {
                        self.writer.flush();
                    }
                }
                None => self.writer.flush(),
            }
        }
    }

    fn table(&mut self, leaf: &Leaf, table: &Rows<'_>) {
        let whole = table.whole();
        let cost = self.writer.place(leaf).cost(&whole);
        if cost > self.writer.room() && cost <= self.writer.limit {
            self.writer.flush();
        }
        let place = self.writer.place(leaf);
        if place.cost(&whole) <= self.writer.room() {
            return self.writer.lines(leaf, &place, &whole);
        }
        let mut body = table.head();
        if self.writer.place(leaf).cost(&body) > self.writer.limit / 2 {
            return (0..table.len()).for_each(|row| self.cells(leaf, table, row));
        }
        let mut empty = true;
        for row in 1..table.len() {
            let line = table.row(row);
            let place = self.writer.place(leaf);
            if place.cost(&body) + 1 + place.other.len() + runes(&line) > self.writer.room() {
                if !empty {
                    self.writer.lines(leaf, &place, &body);
                }
                self.writer.flush();
                (body, empty) = (table.head(), true);
                let place = self.writer.place(leaf);
                if place.cost(&body) + 1 + place.other.len() + runes(&line) > self.writer.limit {
                    self.cells(leaf, table, row);
                    continue;
                }
            }
            body.push('\n');
            body.push_str(&line);
            empty = false;
        }
        if !empty || table.len() == 1 {
            let place = self.writer.place(leaf);
            self.writer.lines(leaf, &place, &body);
        }
    }

    /// A row that is too long for a table: each cell is a paragraph.
    fn cells(&mut self, leaf: &Leaf, table: &Rows<'_>, row: usize) {
        for cell in table.cells(row) {
            let events = self.document.events.get(cell.clone()).unwrap_or_default();
            let units = inline::units(self.document.text, events, 0);
            self.writer.keep_apart();
            self.units(leaf, "", &units, cell.clone());
        }
        self.writer.keep_apart();
    }

    /// A paragraph, as many of its units at a time as there is room for.
    fn units(&mut self, leaf: &Leaf, lead: &str, units: &[Unit<'_>], events: Range<usize>) {
        let (mut at, mut behind) = (0, false);
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
        let mut pieces = Pieces::new(self.document, events, units, self.writer.limit / 4);
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

/// What each number of units costs, as far as there is room.
fn costs(units: &[Unit<'_>], fixed: usize, other: usize, room: usize) -> Vec<usize> {
    let mut costs = Vec::new();
    let mut cost = fixed;
    for (index, unit) in units.iter().enumerate() {
        cost += match unit.gap {
            _ if index == 0 => 0,
            Gap::None => 0,
            Gap::Space => 1,
            Gap::Line => 1 + other,
            Gap::Hard => 3 + other,
        };
        cost += runes(&unit.raw) + unit.raw.matches('\n').count() * other;
        if cost > room {
            break;
        }
        costs.push(cost);
    }
    costs
}

/// How many of the first `fit` units go together: up to a line's end, else a sentence's, in the last third.
fn best(units: &[Unit<'_>], costs: &[usize], fit: usize) -> usize {
    let floor = costs.get(fit.saturating_sub(1)).copied().unwrap_or_default() * 2 / 3;
    let score = |take: usize| {
        let (Some(last), Some(next)) = (units.get(take.wrapping_sub(1)), units.get(take)) else { return 0 };
        if pieces::begins_block(&next.raw) {
            return 0;
        }
        let sentence = last.raw.ends_with(['.', '!', '?', ':', ';']) || next.gap == Gap::None;
        if next.gap >= Gap::Line { 3 } else { 1 + usize::from(sentence) }
    };
    let places = (1..=fit).filter(|take| costs.get(take - 1).is_some_and(|cost| *cost >= floor));
    places.max_by_key(|take| (score(*take), *take)).unwrap_or(fit)
}

/// The units as they are written, if they read as they should.
fn whole(place: &Place, lead: &str, units: &[Unit<'_>]) -> Option<String> {
    let mut body = String::new();
    let mut expected = String::new();
    for (index, unit) in units.iter().enumerate() {
        body.push_str(match unit.gap {
            _ if index == 0 => "",
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Hard => "  \n",
        });
        body.push_str(&unit.raw);
        expected.push_str(&unit.plain);
    }
    let written = [format!("{lead}{body}"), format!("{lead}{}", pieces::guarded(&body))];
    written.into_iter().find(|body| inline::reads(&place.alone(&format!("{body}\n\nx")), &expected))
}
