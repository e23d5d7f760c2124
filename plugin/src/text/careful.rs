//! Blocks that read differently when they are cut as they are written: each leaf is a block of its own, in no other one,
//! and what is no markup is kept from being any.

use super::blocks::{Kind, Leaf, Top};
use super::chunks::Splitter;
use super::fences::Code;
use super::inline;
use super::pieces::{Care, Pieces};
use super::rows::Rows;
use std::ops::Range;

impl Splitter<'_, '_> {
    pub(super) fn careful(&mut self, top: &Top, care: Care) {
        for leaf in self.document.leaves.get(top.leaves.clone()).unwrap_or_default() {
            let leaf = Leaf { containers: Vec::new(), deeper: false, blank_before: true, ..leaf.clone() };
            self.writer.keep_apart();
            self.careful_leaf(&leaf, care);
            self.writer.keep_apart();
        }
    }

    fn careful_leaf(&mut self, leaf: &Leaf, care: Care) {
        match &leaf.kind {
            Kind::Paragraph | Kind::Html => self.careful_text(leaf, "", leaf.events.clone(), care),
            Kind::Heading(level) => {
                let lead = format!("{} ", "#".repeat(*level));
                self.careful_text(leaf, &lead, leaf.events.clone(), care);
            }
            Kind::Code { info } => {
                let tame = |c: char| c.is_ascii_alphanumeric() || " .+-_".contains(c);
                let info = if info.chars().all(tame) { info } else { "" };
                let events = self.document.events.get(leaf.events.clone()).unwrap_or_default();
                let text: String = events.iter().filter_map(|(event, _)| inline::seen(event)).collect();
                self.code(leaf, Code::new(info, &text, self.writer.limit / 8));
            }
            Kind::Table(alignments) => {
                let table = Rows::read(self.document, leaf, alignments);
                for cell in (0..table.len()).flat_map(|row| table.cells(row)) {
                    self.writer.keep_apart();
                    self.careful_text(leaf, "", cell, care);
                }
            }
            Kind::Plain if leaf.range.is_empty() => {}
            Kind::Plain => {
                let mut place = self.writer.place(leaf);
                if place.cost("---") > self.writer.room() {
                    self.writer.flush();
                    place = self.writer.place(leaf);
                }
                self.writer.lines(leaf, &place, "---");
            }
        }
    }

    fn careful_text(&mut self, leaf: &Leaf, lead: &str, events: Range<usize>, care: Care) {
        self.all_of(leaf, lead, Pieces::whole(self.document, events, self.writer.limit / 4, care));
    }
}
