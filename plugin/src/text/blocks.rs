//! The blocks of a Markdown text, flat: each leaf with the quotations and list items that it stands in.
//!
//! Flat because texts of others may be nested as deeply as they are long, and nothing here may recurse.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;
use std::rc::Rc;

/// What Mattermost understands beyond CommonMark.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// Levels of nesting that are kept; what is deeper loses the innermost ones, not its text.
const DEEPEST: usize = 32;

pub(super) type Events<'a> = Vec<(Event<'a>, Range<usize>)>;

/// Something that has blocks in it.
#[derive(Debug)]
pub(super) enum Container {
    Quote,
    /// With its number among the items of the text, and what it begins with, such as `3. `.
    Item {
        id: usize,
        marker: String,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Paragraph,
    Heading(usize),
    Code {
        info: String,
    },
    Html,
    Table(Vec<Alignment>),
    /// Written out as it stands: a rule, an item without anything in it.
    Plain,
}

/// A block that has no blocks in it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub kind: Kind,
    pub containers: Vec<Rc<Container>>,
    /// It stands in more than its `containers`.
    pub deeper: bool,
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// What is inside of it.
    pub events: Range<usize>,
    /// A blank line separates it from the leaf before.
    pub blank_before: bool,
}

/// A block that is in no other one.
#[derive(Debug)]
pub(super) struct Top {
    pub range: Range<usize>,
    pub leaves: Range<usize>,
    pub blank_before: bool,
}

/// A text as blocks.
pub(super) struct Document<'a> {
    pub text: &'a str,
    pub events: Events<'a>,
    pub leaves: Vec<Leaf>,
    pub tops: Vec<Top>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let events: Events<'a> = Parser::new_ext(text, options()).into_offset_iter().collect();
        let mut reader = Reader { text, ..Reader::default() };
        for (index, (event, range)) in events.iter().enumerate() {
            reader.event(index, event, range);
        }
        let Reader { leaves, tops, .. } = reader;
        Self { text, events, leaves, tops }
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    leaves: Vec<Leaf>,
    tops: Vec<Top>,
    containers: Vec<Rc<Container>>,
    /// The next number of each open list; bullets have none.
    lists: Vec<Option<u64>>,
    /// For each open item, how many leaves there were when it began.
    items: Vec<usize>,
    item_count: usize,
    /// The leaf that is being read.
    open: Option<(Kind, usize, Range<usize>)>,
    /// Text directly in an item, as in tight lists.
    loose: Option<(usize, Range<usize>)>,
    depth: usize,
}

impl Reader<'_> {
    fn event(&mut self, index: usize, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(index, tag, range),
            Event::End(tag) => self.end(index, *tag, range),
            Event::Rule => {
                self.end_loose(index);
                self.enter(range);
                self.leaf(Kind::Plain, range.clone(), index..index);
                self.leave();
            }
            _ => self.inline(index, range),
        }
    }

    fn start(&mut self, index: usize, tag: &Tag<'_>, range: &Range<usize>) {
        let kind = match tag {
            Tag::Paragraph => Kind::Paragraph,
            Tag::Heading { level, .. } => Kind::Heading(*level as usize),
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Code { info: String::new() },
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => Kind::Code { info: info.trim().to_owned() },
            Tag::HtmlBlock => Kind::Html,
            Tag::Table(alignments) => Kind::Table(alignments.clone()),
            Tag::BlockQuote(_) => {
                self.end_loose(index);
                self.enter(range);
                self.containers.push(Rc::new(Container::Quote));
                return;
            }
            Tag::List(first) => {
                self.end_loose(index);
                self.enter(range);
                self.lists.push(*first);
                return;
            }
            Tag::Item => {
                self.enter(range);
                let marker = self.marker(range.start);
                self.containers.push(Rc::new(Container::Item { id: self.item_count, marker }));
                self.item_count += 1;
                self.items.push(self.leaves.len());
                return;
            }
            _ => return self.inline(index, range),
        };
        self.end_loose(index);
        self.enter(range);
        self.open = Some((kind, index + 1, range.clone()));
    }

    fn end(&mut self, index: usize, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Table => {
                if let Some((kind, first, range)) = self.open.take() {
                    self.leaf(kind, range, first..index);
                }
            }
            TagEnd::BlockQuote(_) => drop(self.containers.pop()),
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Item => {
                self.end_loose(index);
                if self.items.pop() == Some(self.leaves.len()) {
                    self.leaf(Kind::Plain, range.start..range.start, index..index);
                }
                self.containers.pop();
            }
            _ => return self.inline(index, range),
        }
        self.leave();
    }

    fn inline(&mut self, index: usize, range: &Range<usize>) {
        if self.open.is_some() {
            return;
        }
        let (_, whole) = self.loose.get_or_insert_with(|| (index, range.clone()));
        whole.end = whole.end.max(range.end);
    }

    fn end_loose(&mut self, index: usize) {
        if let Some((first, range)) = self.loose.take() {
            self.leaf(Kind::Paragraph, range, first..index);
        }
    }

    fn enter(&mut self, range: &Range<usize>) {
        if self.depth == 0 {
            // Indentation belongs to the block: without it the lines of a list would not stand below each other.
            let before = self.text.get(..range.start).unwrap_or_default();
            let start = before.trim_end_matches([' ', '\t']).len();
            let blank_before = self.tops.last().is_some_and(|top| self.blank(top.range.end, start));
            let end = start + self.text.get(start..range.end).unwrap_or_default().trim_end().len();
            let leaves = self.leaves.len();
            self.tops.push(Top { range: start..end, leaves: leaves..leaves, blank_before });
        }
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if let (0, Some(top)) = (self.depth, self.tops.last_mut()) {
            top.leaves.end = self.leaves.len();
        }
    }

    fn leaf(&mut self, kind: Kind, range: Range<usize>, events: Range<usize>) {
        let blank_before = self.leaves.last().is_some_and(|leaf| self.blank(leaf.range.end, range.start));
        self.leaves.push(Leaf {
            kind,
            containers: self.containers.iter().take(DEEPEST).cloned().collect(),
            deeper: self.containers.len() > DEEPEST,
            range,
            events,
            blank_before,
        });
    }

    /// Is there a blank line between?
    fn blank(&self, end: usize, start: usize) -> bool {
        let end = self.text.get(..end).unwrap_or_default().trim_end().len();
        self.text.get(end..start).unwrap_or_default().matches('\n').count() > 1
    }

    /// What the item that begins here is marked with.
    fn marker(&mut self, start: usize) -> String {
        let rest = self.text.get(start..).unwrap_or_default().trim_start();
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let delimiter = rest.trim_start_matches(|c: char| c.is_ascii_digit()).chars().next();
                let marker = format!("{number}{} ", delimiter.filter(|c| *c == ')').unwrap_or('.'));
                *number += 1;
                marker
            }
            _ => format!("{} ", rest.chars().next().filter(|c| "-+*".contains(*c)).unwrap_or('-')),
        }
    }
}
