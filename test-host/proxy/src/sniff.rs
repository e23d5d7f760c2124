//! Finding the requests that write a post in what a client sends.

use httparse::{EMPTY_HEADER, Header, Request, Status, parse_chunk_size};

/// How a request that writes a post begins.
const POST: &[u8] = b"POST /api/v4/posts ";
/// The longest head that is read.
const LONGEST_HEAD: usize = 64 * 1024;
/// The most headers of a request.
const MOST_HEADERS: usize = 128;

/// What is to be done next with what was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The bytes that follow begin a request that writes a post.
    PostBegins,
    /// Forward these.
    Bytes(Vec<u8>),
    /// A request that writes a post is complete.
    PostEnds,
}

/// Follows the requests on one connection.
///
/// Every byte comes out again, in order. Held back is only what may be the beginning of a post's first line.
#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    place: Place,
    /// Whether the current request writes a post.
    is_post: bool,
    /// Bytes of the head, or of the line of a chunked body, that is being read.
    line: Vec<u8>,
    /// How many bytes of `line` are still held back.
    held: usize,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Head,
    /// A body of so many more bytes.
    Body(u64),
    ChunkSize,
    /// The data of a chunk and the line's end behind it.
    Chunk(u64),
    Trailer,
    /// Not HTTP, or not any more.
    Blind,
}

impl Sniffer {
    /// Takes what was read; what to do with it.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Step> {
        let mut steps = Steps::default();
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let used = match self.place {
                Place::Blind => self.pass(rest.len(), rest, &mut steps),
                Place::Body(left) | Place::Chunk(left) => self.body(left, rest, &mut steps),
                Place::Head => self.head(*first, &mut steps),
                Place::ChunkSize | Place::Trailer => self.line(*first, &mut steps),
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        steps.0
    }

    /// What is held back when the client says no more.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let from = self.line.len() - self.held;
        self.held = 0;
        self.line.split_off(from)
    }

    fn pass(&self, count: usize, bytes: &[u8], steps: &mut Steps) -> usize {
        steps.bytes(bytes.get(..count).unwrap_or(bytes));
        count
    }

    fn body(&mut self, left: u64, bytes: &[u8], steps: &mut Steps) -> usize {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        self.pass(count, bytes, steps);
        match (self.place, left) {
            (Place::Body(_), 0) => self.end(steps),
            (Place::Body(_), left) => self.place = Place::Body(left),
            (_, 0) => self.place = Place::ChunkSize,
            (_, left) => self.place = Place::Chunk(left),
        }
        count
    }

    fn head(&mut self, byte: u8, steps: &mut Steps) -> usize {
        if self.line.is_empty() && matches!(byte, b'\r' | b'\n') {
            // Some clients end a body with a line that belongs to nothing.
            return self.pass(1, &[byte], steps);
        }
        self.line.push(byte);
        if self.line.len() <= POST.len() {
            self.held += 1;
            if POST.starts_with(&self.line) && self.line.len() < POST.len() {
                return 1;
            }
            self.is_post = self.line == POST;
            if self.is_post {
                steps.0.push(Step::PostBegins);
            }
            let held = self.line.len() - self.held;
            steps.bytes(self.line.get(held..).unwrap_or_default());
            self.held = 0;
        } else {
            steps.bytes(&[byte]);
        }
        if byte == b'\n' {
            self.read_head(steps);
        } else if self.line.len() > LONGEST_HEAD || !self.line.first().is_some_and(u8::is_ascii_uppercase) {
            self.go_blind();
        }
        1
    }

    fn read_head(&mut self, steps: &mut Steps) {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut request = Request::new(&mut headers);
        let place = match request.parse(&self.line) {
            Ok(Status::Partial) => return,
            Ok(Status::Complete(_)) => after_head(request.method, request.headers),
            Err(_) => Place::Blind,
        };
        self.line.clear();
        match place {
            Place::Blind => self.go_blind(),
            Place::Body(0) => self.end(steps),
            place => self.place = place,
        }
    }

    fn line(&mut self, byte: u8, steps: &mut Steps) -> usize {
        steps.bytes(&[byte]);
        self.line.push(byte);
        if byte != b'\n' {
            if self.line.len() > LONGEST_HEAD {
                self.go_blind();
            }
            return 1;
        }
        let line = std::mem::take(&mut self.line);
        if self.place == Place::Trailer {
            if matches!(line.as_slice(), b"\r\n" | b"\n") {
                self.end(steps);
            }
            return 1;
        }
        match parse_chunk_size(&line) {
            Ok(Status::Complete((_, 0))) => self.place = Place::Trailer,
            Ok(Status::Complete((_, size))) => self.place = Place::Chunk(size.saturating_add(2)),
            Ok(Status::Partial) | Err(_) => self.go_blind(),
        }
        1
    }

    fn end(&mut self, steps: &mut Steps) {
        if std::mem::take(&mut self.is_post) {
            steps.0.push(Step::PostEnds);
        }
        self.place = Place::Head;
    }

    fn go_blind(&mut self) {
        self.place = Place::Blind;
        self.line = Vec::new();
    }
}

/// What comes after a head.
fn after_head(method: Option<&str>, headers: &[Header<'_>]) -> Place {
    let values = |name: &'static str| {
        let named = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.filter_map(|header| std::str::from_utf8(header.value).ok())
    };
    let lists = |name, wanted: &str| {
        values(name).flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(wanted))
    };
    if method == Some("CONNECT") || (lists("connection", "upgrade") && values("upgrade").next().is_some()) {
        return Place::Blind;
    }
    if lists("transfer-encoding", "chunked") {
        return Place::ChunkSize;
    }
    match values("content-length").next().map(|value| value.trim().parse()) {
        None => Place::Body(0),
        Some(Ok(length)) => Place::Body(length),
        Some(Err(_)) => Place::Blind,
    }
}

/// Steps, of which bytes that follow bytes become one.
#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Step::Bytes(before)) => before.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => self.0.push(Step::Bytes(bytes.to_vec())),
        }
    }
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
