//! Blocks that are cut and get their frame in each post: fences, and tables with their headers.

use super::blocks::Leaf;
use super::chunks::Splitter;
use super::fences::Code;
use super::inline;
use super::rows::Rows;
use super::runes;

impl Splitter<'_, '_> {
    pub(super) fn code(&mut self, leaf: &Leaf, mut code: Code<'_>) {
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

    pub(super) fn table(&mut self, leaf: &Leaf, table: &Rows<'_>) {
        let whole = table.whole();
        let cost = self.writer.place(leaf).cost(&whole);
        if cost > self.writer.room() && cost <= self.writer.limit {
            self.writer.flush();
        }
        let place = self.writer.place(leaf);
        if place.cost(&whole) <= self.writer.room() {
            return self.writer.lines(leaf, &place, &whole);
        }
        let head = table.head();
        if self.writer.place(leaf).cost(&head) > self.writer.limit / 2 {
            return (0..table.len()).for_each(|row| self.cells(leaf, table, row));
        }
        // The rows of this post, and whether an earlier one has the header.
        let (mut body, mut rows, mut shown) = (head.clone(), 0, false);
        for row in 1..table.len() {
            let line = table.row(row);
            if !self.takes_row(leaf, &body, &line) {
                if rows > 0 {
                    self.rows(leaf, table, &body, shown);
                    (body, rows, shown) = (head.clone(), 0, true);
                }
                self.writer.flush();
                if !self.takes_row(leaf, &body, &line) {
                    if !shown {
                        self.rows(leaf, table, &body, false);
                        shown = true;
                    }
                    self.cells(leaf, table, row);
                    self.writer.flush();
                    continue;
                }
            }
            body.push('\n');
            body.push_str(&line);
            rows += 1;
        }
        if rows > 0 || !shown {
            if self.writer.place(leaf).cost(&body) > self.writer.room() {
                self.writer.flush();
            }
            self.rows(leaf, table, &body, shown);
        }
    }

    fn takes_row(&self, leaf: &Leaf, body: &str, line: &str) -> bool {
        let place = self.writer.place(leaf);
        place.cost(body) + 1 + place.other.len() + runes(line) <= self.writer.room()
    }

    /// Some rows below the header, which an earlier post may have `shown`.
    fn rows(&mut self, leaf: &Leaf, table: &Rows<'_>, body: &str, shown: bool) {
        if shown {
            let cells = table.cells(0).filter_map(|cell| self.document.events.get(cell));
            self.writer.repeat(&cells.map(inline::plain_of).collect::<String>());
        }
        let place = self.writer.place(leaf);
        self.writer.lines(leaf, &place, body);
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
}
