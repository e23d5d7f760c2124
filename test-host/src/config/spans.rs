//! Where the values of a JSON5 text stand.
//!
//! The parser that reads the configuration keeps no places, so this goes over the text once more. It takes for granted
//! that the parser accepted the text, and gives up on anything else.

/// Deeper than any configuration.
const DEEPEST: usize = 128;

/// A value and its place, as byte offsets into the text.
#[derive(Debug)]
pub struct Node {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is made of.
    pub kind: Kind,
}

/// What a value is made of.
#[derive(Debug)]
pub enum Kind {
    /// An object with its members, in their order.
    Object(Vec<Member>),
    /// An array.
    Array(Vec<Node>),
    /// Anything else.
    Scalar,
}

/// A key with its value.
#[derive(Debug)]
pub struct Member {
    /// The key, without quotes.
    pub key: String,
    /// Where the key begins.
    pub at: usize,
    /// The key stands in quotes.
    pub quoted: bool,
    /// The value.
    pub value: Node,
    /// Where the comma behind it is, if there is one.
    pub comma: Option<usize>,
}

/// A place for people, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// Read a text.
pub fn scan(text: &str) -> Option<Node> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.trivia();
    scanner.value(0)
}

/// The place of a path like `channels.mattermost.allowFrom[0]`. A key may have dots: an account's id, for example.
pub fn find(text: &str, path: &str) -> Option<Place> {
    let offset = search(&scan(text)?, path)?;
    let before = text.get(..offset)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    Some(Place { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 })
}

fn search(node: &Node, path: &str) -> Option<usize> {
    if path.is_empty() {
        return Some(node.start);
    }
    match &node.kind {
        // Of a key that stands there twice the last one counts.
        Kind::Object(members) => members.iter().rev().find_map(|member| {
            let rest = path.strip_prefix(member.key.as_str()).filter(|_| !member.key.is_empty())?;
            match rest.strip_prefix('.') {
                _ if rest.is_empty() => Some(member.at),
                Some(rest) => search(&member.value, rest),
                None if rest.starts_with('[') => search(&member.value, rest),
                None => None,
            }
        }),
        Kind::Array(items) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let item = items.get(index.parse::<usize>().ok()?)?;
            search(item, rest.strip_prefix('.').unwrap_or(rest))
        }
        Kind::Scalar => None,
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.at += wanted.len_utf8();
        }
        taken
    }

    /// Skip blanks and comments.
    fn trivia(&mut self) {
        loop {
            let rest = self.rest();
            let other = |c: char| !(c.is_whitespace() || c == '\u{feff}');
            let skipped = if rest.starts_with("//") {
                rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.find(other).unwrap_or(rest.len())
            };
            if skipped == 0 {
                return;
            }
            self.at += skipped;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek()? {
            _ if depth > DEEPEST => return None,
            '{' => Kind::Object(self.object(depth)?),
            '[' => Kind::Array(self.array(depth)?),
            '"' | '\'' => {
                self.string()?;
                Kind::Scalar
            }
            _ => {
                self.word()?;
                Kind::Scalar
            }
        };
        Some(Node { start, end: self.at, kind })
    }

    fn object(&mut self, depth: usize) -> Option<Vec<Member>> {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.trivia();
            if self.take('}') {
                return Some(members);
            }
            let at = self.at;
            let quoted = matches!(self.peek()?, '"' | '\'');
            let key = if quoted { self.string()? } else { self.word()? };
            self.trivia();
            if !self.take(':') {
                return None;
            }
            self.trivia();
            let value = self.value(depth + 1)?;
            self.trivia();
            let comma = Some(self.at).filter(|_| self.peek() == Some(','));
            let more = self.take(',');
            members.push(Member { key, at, quoted, value, comma });
            if !more {
                return self.take('}').then_some(members);
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Node>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.trivia();
            if self.take(']') {
                return Some(items);
            }
            items.push(self.value(depth + 1)?);
            self.trivia();
            if !self.take(',') {
                return self.take(']').then_some(items);
            }
        }
    }

    /// Text in quotes; what it says.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let quote = self.peek()?;
        self.at += 1;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            if !escaped && c == quote {
                self.at += offset + 1;
                return json5::from_str(self.text.get(start..self.at)?).ok();
            }
            escaped = !escaped && c == '\\';
        }
        None
    }

    /// A key without quotes, a number, `true`.
    fn word(&mut self) -> Option<String> {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || "{}[],:/\"'".contains(c)).unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?.to_owned();
        self.at += end;
        Some(word)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}// channels: { m: 1 }\n{\n  /* channels: */ channels: {\n\t'm': { \"a.b\": { t: 'x, y: }' }, // t: 1\n    list: [1, {u: -0x1F,}, \"\\\"]\",], é: +Infinity,\n      twice: 1, twice: 2 },\n  },\n}\n";

    fn place(path: &str) -> Option<(usize, usize)> {
        find(TEXT, path).map(|place| (place.line, place.column))
    }

    #[test]
    fn every_value_is_found_at_its_key() {
        assert_eq!(place("channels"), Some((3, 19)));
        assert_eq!(place("channels.m"), Some((4, 2)));
        assert_eq!(place("channels.m.a.b.t"), Some((4, 18)));
        assert_eq!(place("channels.m.list[0]"), Some((5, 12)));
        assert_eq!(place("channels.m.list[1].u"), Some((5, 16)));
        assert_eq!(place("channels.m.list[2]"), Some((5, 28)));
        assert_eq!(place("channels.m.é"), Some((5, 37)));
        assert_eq!(place("channels.m.twice"), Some((6, 17)));
    }

    #[test]
    fn what_is_not_there_has_no_place() {
        for path in ["m", "channels.n", "channels.m.list[3]", "channels.m.list[x]", "channels.m.é.x", "chan"]
        {
            assert_eq!(place(path), None, "{path}");
        }
        for text in ["", "{", "{ a", "{ a: ", "{ a: 'x", "[1", "{ a: 1 b: 2 }", &"[".repeat(100_000)] {
            assert_eq!(find(text, "b"), None);
        }
    }
}
