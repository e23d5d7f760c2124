//! Posts under construction: what stands before each line, and what still fits.

use super::blocks::{Container, Leaf};
use super::runes;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

/// Where the next lines go.
#[derive(Default)]
pub(super) struct Place {
    /// Between what is there already and the lines.
    pub gap: String,
    /// Before the first line.
    pub first: String,
    /// Before each further one.
    pub other: String,
    /// The same two without the indentation of what began in lines before: alone it would make code of a text.
    alone: (String, String),
}

impl Place {
    /// What these lines cost.
    pub(super) fn cost(&self, body: &str) -> usize {
        self.fixed() + runes(body) + body.matches('\n').count() * self.other.len()
    }

    /// The lines as they would stand there without what is before.
    pub(super) fn alone(&self, body: &str) -> String {
        framed(&self.alone.0, &self.alone.1, body)
    }

    /// What a line costs besides its text. White space and markers are ASCII.
    pub(super) fn fixed(&self) -> usize {
        self.gap.len() + self.first.len()
    }
}

/// Lines with what stands before each of them.
fn framed(first: &str, other: &str, body: &str) -> String {
    let mut framed = first.to_owned();
    for (index, line) in body.split('\n').enumerate() {
        if index > 0 {
            framed.push('\n');
            framed.push_str(other);
        }
        framed.push_str(line);
    }
    framed
}

/// One post, and what it was made from.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub text: String,
    /// The blocks that it has something of, by their numbers.
    pub tops: Range<usize>,
    /// It begins where its first block begins.
    pub fresh: bool,
    /// It begins with this, which stood in an earlier post as well: a table's header, as it is read.
    pub repeated: String,
}

/// The finished posts and the one that is being written.
pub(super) struct Writer {
    pub limit: usize,
    done: Vec<Chunk>,
    chunk: Chunk,
    length: usize,
    /// The block that is being written, and whether nothing of it is yet.
    top: usize,
    untouched: bool,
    /// Items that were begun at all, and in this post.
    begun: HashSet<usize>,
    opened: HashSet<usize>,
    /// What the last leaf of this post stands in.
    last: Vec<Rc<Container>>,
    /// What comes next must not join what is there.
    apart: bool,
}

impl Writer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            done: Vec::new(),
            chunk: Chunk::default(),
            length: 0,
            top: 0,
            untouched: true,
            begun: HashSet::new(),
            opened: HashSet::new(),
            last: Vec::new(),
            apart: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunk.text.is_empty()
    }

    /// What comes next is of this block.
    pub(super) fn begin(&mut self, top: usize) {
        (self.top, self.untouched) = (top, true);
    }

    /// What comes next begins with something that is repeated.
    pub(super) fn repeat(&mut self, plain: &str) {
        if self.is_empty() {
            plain.clone_into(&mut self.chunk.repeated);
        }
    }

    /// Note what the post is made from.
    fn touch(&mut self, last: usize) {
        if self.is_empty() {
            self.chunk.fresh = self.untouched;
            self.chunk.tops = self.top..last + 1;
        } else {
            self.chunk.tops.end = last + 1;
        }
        (self.top, self.untouched) = (last, false);
    }

    /// So full that it may go as it is.
    pub(super) fn is_filled(&self) -> bool {
        self.length >= self.limit / 2
    }

    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.length)
    }

    pub(super) fn flush(&mut self) {
        if !self.is_empty() {
            self.done.push(std::mem::take(&mut self.chunk));
        }
        self.length = 0;
        self.opened.clear();
        self.last.clear();
        self.apart = false;
    }

    pub(super) fn finish(mut self) -> Vec<Chunk> {
        self.flush();
        self.done
    }

    /// What is added next does not continue what is there.
    pub(super) fn keep_apart(&mut self) {
        self.apart = true;
    }

    /// Would whole blocks fit?
    pub(super) fn takes(&self, blocks: usize, blank: bool) -> bool {
        self.gap(blank).len().saturating_add(blocks) <= self.room()
    }

    /// Add whole blocks as they are written, up to the one with this number.
    pub(super) fn blocks(&mut self, blocks: &str, blank: bool, last: usize) {
        let gap = self.gap(blank);
        self.touch(last);
        self.length += gap.len() + runes(blocks);
        self.chunk.text.push_str(gap);
        self.chunk.text.push_str(blocks);
        self.last.clear();
        self.apart = false;
    }

    fn gap(&self, blank: bool) -> &'static str {
        match (self.is_empty(), blank || self.apart) {
            (true, _) => "",
            (false, true) => "\n\n",
            (false, false) => "\n",
        }
    }

    /// Where lines of a leaf go now.
    pub(super) fn place(&self, leaf: &Leaf) -> Place {
        let mut place = Place::default();
        // What stands before a line must leave room for the line.
        let most = self.limit / 8;
        let mut shared = String::new();
        let mut together = self.last.iter();
        let mut dropped = leaf.deeper;
        for container in &leaf.containers {
            let common = together.next().is_some_and(|last| Rc::ptr_eq(last, container));
            let (first, other) = match &**container {
                Container::Quote => ("> ".to_owned(), "> ".to_owned()),
                Container::Item { id, marker } if self.opened.contains(id) => {
                    (" ".repeat(marker.len()), " ".repeat(marker.len()))
                }
                // It began in an earlier post.
                Container::Item { id, .. } if self.begun.contains(id) => continue,
                Container::Item { marker, .. } => (marker.clone(), " ".repeat(marker.len())),
            };
            if place.other.len() + other.len() > most {
                dropped = true;
                break;
            }
            if first.trim_end() != "" {
                place.alone.0.push_str(&first);
                place.alone.1.push_str(&other);
            }
            place.first.push_str(&first);
            place.other.push_str(&other);
            if common && shared.len() + 2 >= place.other.len().saturating_sub(other.len()) {
                shared.clone_from(&place.other);
            }
        }
        if !self.is_empty() {
            place.gap = match leaf.blank_before || self.apart || dropped {
                true => format!("\n{}\n", shared.trim_end()),
                false => "\n".to_owned(),
            };
        }
        place
    }

    /// Add lines of a leaf.
    pub(super) fn lines(&mut self, leaf: &Leaf, place: &Place, body: &str) {
        self.touch(self.top);
        self.length += place.cost(body);
        self.chunk.text.push_str(&place.gap);
        self.chunk.text.push_str(&framed(&place.first, &place.other, body));
        self.apart = leaf.deeper;
        for container in &leaf.containers {
            if let Container::Item { id, .. } = &**container {
                if self.begun.insert(*id) {
                    self.opened.insert(*id);
                } else if !self.opened.contains(id) {
                    // What follows was beside an item and is now beside a paragraph, which may swallow it.
                    self.apart = true;
                }
            }
        }
        self.last.clone_from(&leaf.containers);
    }
}
