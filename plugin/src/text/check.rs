//! Do the posts together read like the text?

use super::blocks::Document;
use super::inline::{plain, plain_of};
use super::runes;
use super::writer::Chunk;
use std::collections::BTreeSet;

/// The blocks of posts that are too long or read differently, by their numbers. Not all of them need be found at once.
pub(super) fn faults(document: &Document<'_>, chunks: &[Chunk], limit: usize) -> BTreeSet<usize> {
    let expected = Expected::new(document);
    let mut faults = BTreeSet::new();
    // Where in the text the next post begins; not known behind one that reads differently, up to the next block.
    let mut at = Some(0);
    let mut before = 0;
    for chunk in chunks {
        let fresh = chunk.fresh.then(|| expected.start(chunk.tops.start));
        match (at, fresh) {
            (Some(place), Some(start)) if place != start => {
                // The posts before have less than they should, or more.
                faults.extend(before..chunk.tops.start.max(before + 1));
                at = fresh;
            }
            (None, Some(_)) => at = fresh,
            _ => {}
        }
        before = chunk.tops.start;
        let Some(place) = at else { continue };
        let read = plain(&chunk.text);
        let read = read.strip_prefix(&chunk.repeated);
        let fits = read.filter(|read| expected.rest(place).starts_with(*read));
        at = fits.map(|read| place + read.len());
        if at.is_none() || runes(&chunk.text) > limit {
            faults.extend(chunk.tops.clone());
        }
    }
    if at.is_some_and(|place| place != expected.plain.len()) {
        faults.extend(before..expected.starts.len());
    }
    faults
}

/// What is read of the text, and where in it each block begins.
struct Expected {
    plain: String,
    starts: Vec<usize>,
}

impl Expected {
    fn new(document: &Document<'_>) -> Self {
        let mut plain = String::with_capacity(document.text.len());
        let mut starts = Vec::with_capacity(document.tops.len());
        for top in &document.tops {
            starts.push(plain.len());
            for leaf in document.leaves.get(top.leaves.clone()).unwrap_or_default() {
                let events = document.events.get(leaf.events.clone()).unwrap_or_default();
                plain.push_str(&plain_of(events));
            }
        }
        Self { plain, starts }
    }

    fn start(&self, top: usize) -> usize {
        self.starts.get(top).copied().unwrap_or(self.plain.len())
    }

    fn rest(&self, place: usize) -> &str {
        self.plain.get(place..).unwrap_or_default()
    }
}
