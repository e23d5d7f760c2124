//! Blocks of code: cut between lines, each part in a fence of its own.

use super::runes;
use unicode_segmentation::UnicodeSegmentation as _;

/// The most of one character in a row.
pub(super) fn longest_run(text: &str, mark: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == mark { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The marks that fence lines in: longer than what would close them.
#[derive(Clone, Copy)]
struct Marks {
    ticks: usize,
    tildes: usize,
    /// Fences of backticks may not have these in their info.
    no_ticks: bool,
}

impl Marks {
    fn new(info: &str) -> Self {
        Self { ticks: 3, tildes: 3, no_ticks: info.contains('`') }
    }

    fn with(mut self, line: &str) -> Self {
        // Only a line of nothing else closes a fence.
        let line = line.trim();
        let run = |mark: char| if line.chars().all(|c| c == mark) { line.len() + 1 } else { 0 };
        self.ticks = self.ticks.max(run('`'));
        self.tildes = self.tildes.max(run('~'));
        self
    }

    fn fence(self) -> String {
        if self.no_ticks || self.tildes < self.ticks {
            "~".repeat(self.tildes)
        } else {
            "`".repeat(self.ticks)
        }
    }

    fn len(self) -> usize {
        if self.no_ticks { self.tildes } else { self.ticks.min(self.tildes) }
    }
}

/// Code that is given out piece by piece.
pub(super) struct Code<'a> {
    info: String,
    rest: Option<&'a str>,
}

impl<'a> Code<'a> {
    /// Code with its info, which is left out when it is longer than `most`.
    pub(super) fn new(info: &str, text: &'a str, most: usize) -> Self {
        let info = if runes(info) > most { "" } else { info };
        Self { info: info.to_owned(), rest: Some(text.strip_suffix('\n').unwrap_or(text)) }
    }

    pub(super) fn done(&self) -> bool {
        self.rest.is_none()
    }

    /// All of it in one fence.
    pub(super) fn whole(&self) -> String {
        let text = self.rest.unwrap_or_default();
        fenced(text.lines().fold(Marks::new(&self.info), Marks::with), &self.info, text)
    }

    /// As many lines as there is room for. `first` and `other` are what stands before the first line and before others.
    /// `None` when there is no room for a line; `force` cuts it then.
    pub(super) fn next(&mut self, room: usize, first: usize, other: usize, force: bool) -> Option<String> {
        let text = self.rest?;
        let mut marks = Marks::new(&self.info);
        let fixed = first + runes(&self.info) + 2 * other + 2;
        // A line may be as long as the text: no more is looked at than there could be room for.
        let head = text.char_indices().nth(room + 1).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
        // What is taken, and where it ends.
        let (mut length, mut taken, mut at) = (0, None, 0);
        for line in head.split('\n') {
            at += line.len();
            if at == head.len() && head.len() < text.len() {
                break;
            }
            let wider = marks.with(line);
            let more = length + runes(line) + if taken.is_some() { 1 + other } else { 0 };
            if fixed + 2 * wider.len() + more > room {
                break;
            }
            (marks, length) = (wider, more);
            taken = Some(at);
            at += 1;
        }
        if let Some(end) = taken {
            self.rest = text.get(end..).and_then(|rest| rest.strip_prefix('\n'));
            return Some(fenced(marks, &self.info, text.get(..end).unwrap_or_default()));
        }
        if !force {
            return None;
        }
        let line = head.split('\n').next().unwrap_or_default();
        let end = cut(line, room.saturating_sub(fixed + 6));
        let piece = text.get(..end).unwrap_or_default();
        let rest = text.get(end..).unwrap_or_default();
        // The fence ends the line.
        let rest = if end == line.len() { rest.strip_prefix('\n').unwrap_or_default() } else { rest };
        self.rest = Some(rest).filter(|rest| !rest.is_empty());
        Some(fenced(Marks::new(&self.info).with(piece), &self.info, piece))
    }
}

fn fenced(marks: Marks, info: &str, text: &str) -> String {
    let fence = marks.fence();
    if text.is_empty() {
        format!("{fence}{info}\n{fence}")
    } else {
        format!("{fence}{info}\n{text}\n{fence}")
    }
}

/// Where a text ends that has at most so many characters, not inside of what readers see as one. At least one character.
pub(super) fn cut(text: &str, most: usize) -> usize {
    let (mut end, mut length) = (0, 0);
    for letter in text.graphemes(true) {
        length += runes(letter);
        if length > most {
            break;
        }
        end += letter.len();
    }
    if end > 0 {
        return end;
    }
    text.char_indices().nth(most.max(1)).map_or(text.len(), |(at, _)| at)
}
