//! The rows of a table.

use super::blocks::{Document, Leaf};
use pulldown_cmark::{Alignment, Event, Tag, TagEnd};
use std::ops::Range;

/// A cell: as it is written, and what is inside of it.
pub(super) struct Cell<'a> {
    pub raw: &'a str,
    pub events: Range<usize>,
}

/// A table. Its first row is the header.
pub(super) struct Rows<'a> {
    pub rows: Vec<Vec<Cell<'a>>>,
    alignments: Vec<Alignment>,
}

impl<'a> Rows<'a> {
    pub(super) fn read(document: &Document<'a>, leaf: &Leaf, alignments: &[Alignment]) -> Self {
        let mut rows = Vec::new();
        let mut first = leaf.events.start;
        for index in leaf.events.clone() {
            match document.events.get(index) {
                Some((Event::Start(Tag::TableHead | Tag::TableRow), _)) => rows.push(Vec::new()),
                Some((Event::Start(Tag::TableCell), _)) => first = index + 1,
                Some((Event::End(TagEnd::TableCell), range)) => {
                    let raw = document.slice(range.clone());
                    let raw = if first == index { "" } else { raw.trim().trim_matches('\n') };
                    if let Some(row) = rows.last_mut() {
                        row.push(Cell { raw, events: first..index });
                    }
                }
                _ => {}
            }
        }
        Self { rows, alignments: alignments.to_vec() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row as it is written.
    pub(super) fn row(&self, index: usize) -> String {
        let mut line = "|".to_owned();
        for cell in self.rows.get(index).map(Vec::as_slice).unwrap_or_default() {
            line.push(' ');
            line.push_str(cell.raw);
            line.push_str(" |");
        }
        line
    }

    /// The header, and the line below it.
    pub(super) fn head(&self) -> String {
        let mut head = self.row(0);
        head.push_str("\n|");
        for alignment in &self.alignments {
            head.push_str(match alignment {
                Alignment::None => " --- |",
                Alignment::Left => " :-- |",
                Alignment::Center => " :-: |",
                Alignment::Right => " --: |",
            });
        }
        head
    }

    pub(super) fn whole(&self) -> String {
        let mut whole = self.head();
        for row in 1..self.len() {
            whole.push('\n');
            whole.push_str(&self.row(row));
        }
        whole
    }

    /// What is inside of each cell of a row.
    pub(super) fn cells(&self, row: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let cells = self.rows.get(row).map(Vec::as_slice).unwrap_or_default();
        cells.iter().map(|cell| cell.events.clone())
    }
}
