//! A caller who writes bytes and reads answers.

use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(15);

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers, in small letters.
    pub head: String,
    pub body: String,
}

/// A connection.
pub struct Caller {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Caller {
    pub async fn connect(address: &str) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    /// Write bytes; whether they could be written.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Answer {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.more().await, "closed after {:?}", String::from_utf8_lossy(&self.read));
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            assert!(self.more().await, "closed within a body");
        }
        let body = String::from_utf8(self.read.drain(..length).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body }
    }

    /// Wait for the end; how long it took. Fails when something else comes first.
    pub async fn closed(&mut self) -> Duration {
        let start = Instant::now();
        assert!(!self.more().await, "unexpected: {:?}", String::from_utf8_lossy(&self.read));
        start.elapsed()
    }

    /// Whether the other side has closed already.
    pub fn is_closed(&self) -> bool {
        match self.stream.try_read(&mut [0; 1]) {
            Ok(length) => length == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    async fn more(&mut self) -> bool {
        let read =
            timeout(LIMIT, self.stream.read_buf(&mut self.read)).await.expect("neither bytes nor an end");
        read.is_ok_and(|length| length > 0)
    }
}

/// Ask on a connection of its own.
pub async fn ask(address: &str, request: &str) -> Answer {
    let mut caller = Caller::connect(address).await;
    assert!(caller.send(request).await);
    caller.answer().await
}

/// A POST with a body.
pub fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: gw\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A GET with further header lines.
pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: gw\r\n{headers}\r\n")
}
