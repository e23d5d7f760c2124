//! Aligned tables.

/// The last column is not cut to less than this.
const NARROWEST: usize = 20;

/// Rows of text, aligned by column; the first row is the heading.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading.
    pub fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    /// A table without one.
    pub fn bare() -> Self {
        Self::default()
    }

    /// Add a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, for a reader who has so much room: what is too long in the last column is cut. `None`: no limit.
    pub fn lines_within(mut self, room: Option<usize>) -> Vec<String> {
        let last = self.rows.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(1);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let before: usize = (0..last).filter_map(width).map(|width| width + 2).sum();
        if let Some(room) = room {
            let room = room.saturating_sub(before).max(NARROWEST);
            for cell in self.rows.iter_mut().filter_map(|row| row.get_mut(last)) {
                if let Some((end, _)) =
                    cell.char_indices().nth(room - 1).filter(|_| cell.chars().count() > room)
                {
                    cell.truncate(end);
                    cell.push('…');
                }
            }
        }
        self.lines()
    }

    /// The lines, without spaces at their ends.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["ID", "NAME"]);
        table.row(["mattermost", "Mattermost"]);
        assert_eq!(table.lines(), ["ID          NAME", "mattermost  Mattermost"]);
    }

    #[test]
    fn what_has_no_room_is_cut_in_the_last_column_only() {
        let table = |text: &str| {
            let mut table = Table::new(&["ID", "TEXT"]);
            table.row(["1234567890", text]);
            table
        };
        let text = "é".repeat(30);
        let cut = table(&text).lines_within(Some(37));
        assert_eq!(cut[1], format!("1234567890  {}…", "é".repeat(24)));
        assert_eq!(cut[1].chars().count(), 37);
        assert_eq!(table(&text).lines_within(Some(42)), table(&text).lines());
        assert_eq!(table(&text).lines_within(None), table(&text).lines());
        // Less than this would say nothing.
        assert_eq!(table(&text).lines_within(Some(5))[1], format!("1234567890  {}…", "é".repeat(19)));
    }
}
