//! Tables in the form that an account wants them in.

use super::blocks::{Container, Document, Kind, Leaf};
use super::depth::is_too_deep;
use super::fences::Code;
use super::inline::seen;
use super::rows::Rows;
use crate::config::Tables;
use pulldown_cmark::Alignment;
use std::borrow::Cow;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation as _;

/// A column is padded up to this; longer cells stand out.
const WIDEST: usize = 60;

/// The text with its tables as the account wants them. Tables inside of code stay code.
#[must_use]
pub fn convert(text: &str, tables: Tables) -> Cow<'_, str> {
    if tables == Tables::Off || !text.contains('|') || is_too_deep(text) {
        return Cow::Borrowed(text);
    }
    let document = Document::parse(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for leaf in &document.leaves {
        let Kind::Table(alignments) = &leaf.kind else { continue };
        let start = line_start(text, leaf.range.start);
        let end = leaf.range.start + document.slice(leaf.range.clone()).trim_end().len();
        let rows = Rows::read(&document, leaf, alignments);
        let body = match tables {
            Tables::Bullets => bullets(&document, &rows),
            _ => code(&document, &rows, alignments),
        };
        out.push_str(text.get(at..start).unwrap_or_default());
        // What stands before the table in its first line stays; the other lines get what keeps them in the same blocks.
        let first = text.get(start..leaf.range.start).unwrap_or_default();
        let other = continued(leaf, first);
        for (index, line) in body.split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
            }
            out.push_str(if index == 0 { first } else { &other });
            out.push_str(line);
        }
        let apart = text
            .get(end..)
            .and_then(|rest| rest.split('\n').nth(1))
            .is_some_and(|line| !line.trim().is_empty());
        if tables == Tables::Bullets && apart {
            out.push('\n');
            out.push_str(other.trim_end());
        }
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// What stands before further lines of the same blocks: quotation marks stay, the marks of items become spaces.
fn continued(leaf: &Leaf, first: &str) -> String {
    let mut quotes =
        leaf.containers.iter().filter(|container| matches!(***container, Container::Quote)).count();
    let keep = |c: char| {
        if c == '>' && quotes > 0 {
            quotes -= 1;
            '>'
        } else if c == '\t' {
            c
        } else {
            ' '
        }
    };
    first.chars().map(keep).collect()
}

/// The cell as it is read, in one line.
fn text_of(document: &Document<'_>, events: Range<usize>) -> String {
    let events = document.events.get(events).unwrap_or_default();
    let text: String = events.iter().map(|(event, _)| seen(event).unwrap_or_default()).collect();
    text.replace('\n', " ").trim().to_owned()
}

/// Columns that a text takes: letters as readers see them.
fn width(text: &str) -> usize {
    text.graphemes(true).count()
}

/// An aligned table inside of a fence.
fn code(document: &Document<'_>, rows: &Rows<'_>, alignments: &[Alignment]) -> String {
    let texts: Vec<Vec<String>> =
        (0..rows.len()).map(|row| rows.cells(row).map(|cell| text_of(document, cell)).collect()).collect();
    let widths: Vec<usize> = (0..alignments.len())
        .map(|column| {
            let widths = texts.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
            widths.max().unwrap_or_default().clamp(3, WIDEST)
        })
        .collect();
    let mut lines = Vec::new();
    for (index, row) in texts.iter().enumerate() {
        let cells = widths.iter().enumerate().map(|(column, wide)| {
            let cell = row.get(column).map(String::as_str).unwrap_or_default();
            format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell))))
        });
        lines.push(format!("| {} |", cells.collect::<Vec<_>>().join(" | ")));
        if index == 0 {
            let dashes = widths.iter().map(|wide| "-".repeat(*wide));
            lines.push(format!("| {} |", dashes.collect::<Vec<_>>().join(" | ")));
        }
    }
    Code::new("", &lines.join("\n"), 0).whole()
}

/// One block for each row: its first cell, then the others with their headers.
fn bullets(document: &Document<'_>, rows: &Rows<'_>) -> String {
    let raw = |row: usize, column: usize| {
        let cell = rows.rows.get(row).and_then(|row| row.get(column));
        cell.map(|cell| cell.raw.trim()).unwrap_or_default()
    };
    let columns = rows.rows.first().map_or(0, Vec::len);
    let mut blocks = Vec::new();
    for row in 1..rows.len() {
        let mut lines = Vec::new();
        let title = raw(row, 0);
        if columns == 1 {
            lines.push(format!("• {title}"));
        } else if !title.is_empty() {
            lines.push(bold(document, rows, row, title));
        }
        for column in 1..columns {
            match (raw(0, column), raw(row, column)) {
                (_, "") => {}
                ("", value) => lines.push(format!("• {value}")),
                (header, value) => lines.push(format!("• {header}: {value}")),
            }
        }
        if !lines.is_empty() {
            blocks.push(lines.join("\n"));
        }
    }
    if blocks.is_empty() {
        // Nothing but a header.
        let cells: Vec<&str> =
            (0..columns).map(|column| raw(0, column)).filter(|cell| !cell.is_empty()).collect();
        return cells.join(", ");
    }
    blocks.join(if columns == 1 { "\n" } else { "\n\n" })
}

/// Bold, unless it has markup of its own.
fn bold(document: &Document<'_>, rows: &Rows<'_>, row: usize, title: &str) -> String {
    let text = rows.cells(row).next().map(|events| text_of(document, events)).unwrap_or_default();
    if text == title && !title.contains(['*', '\\']) { format!("**{title}**") } else { title.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::convert;
    use crate::config::Tables;

    const TABLE: &str = "before\n\n| name | size |\n|---|--:|\n| a **b** | 1 |\n| ccc | |\n\nafter";

    #[test]
    fn tables_stay_as_they_are_by_default() {
        assert_eq!(convert(TABLE, Tables::Off), TABLE);
    }

    #[test]
    fn a_table_becomes_code_with_its_columns_aligned() {
        let code =
            "before\n\n```\n| name | size |\n| ---- | ---- |\n| a b  | 1    |\n| ccc  |      |\n```\n\nafter";
        assert_eq!(convert(TABLE, Tables::Code), code);
        assert_eq!(convert(TABLE, Tables::Block), code);
    }

    #[test]
    fn a_table_becomes_a_block_for_each_row() {
        let bullets = "before\n\na **b**\n• size: 1\n\n**ccc**\n\nafter";
        assert_eq!(convert(TABLE, Tables::Bullets), bullets);
    }

    #[test]
    fn a_table_in_a_quotation_or_an_item_stays_there() {
        let quoted = "> | a | b |\n> |---|---|\n> | 1 | 2 |";
        assert_eq!(convert(quoted, Tables::Bullets), "> **1**\n> • b: 2");
        assert_eq!(
            convert(quoted, Tables::Code),
            "> ```\n> | a   | b   |\n> | --- | --- |\n> | 1   | 2   |\n> ```"
        );
        let item = "1. | a | b |\n   |---|---|\n   | 1 | 2 |\n2. more";
        assert_eq!(convert(item, Tables::Bullets), "1. **1**\n   • b: 2\n\n2. more");
    }

    #[test]
    fn a_table_inside_of_code_is_code() {
        let code = "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```";
        assert_eq!(convert(code, Tables::Bullets), code);
        assert_eq!(convert("`a | b`", Tables::Code), "`a | b`");
    }
}
