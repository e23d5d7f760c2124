//! Requests byte by byte, as no library would send them.

use crate::failure::Failure;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any limit of the server's.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest response that is read.
const MOST: usize = 64 * 1024;

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status; 0: the connection was closed without one.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// A connection.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Connect.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|error| Failure::system("the gateway takes no connection", &error))?;
        // Without it small requests wait for each other's acknowledgement.
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Send some bytes. That the other end has closed shows in the answer.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Nothing more will be sent.
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Send the same bytes again and again, until an answer comes or the connection is closed.
    pub async fn drip(&mut self, bytes: &[u8], pause: Duration) -> Result<Answer, Failure> {
        let (mut reading, mut writing) = self.stream.split();
        let answer = async {
            let mut buffer = Vec::new();
            loop {
                let mut block = [0; 1024];
                match reading.read(&mut block).await {
                    Ok(length) if length > 0 && buffer.len() < MOST => {
                        buffer.extend(block.iter().take(length));
                        if let Some((answer, _)) = parse(&buffer) {
                            return answer;
                        }
                    }
                    _ => return Answer::default(),
                }
            }
        };
        let dripping = async {
            loop {
                tokio::time::sleep(pause).await;
                let _ = writing.write_all(bytes).await;
            }
        };
        let limited = tokio::time::timeout(PATIENCE * 2, answer);
        tokio::select! {
            answer = limited => answer.map_err(|_| Failure::bare("the gateway waits for a slow caller for ever")),
            () = dripping => Ok(Answer::default()),
        }
    }

    /// Read one response.
    pub async fn answer(&mut self) -> Answer {
        tokio::time::timeout(PATIENCE, self.read()).await.unwrap_or_default()
    }

    async fn read(&mut self) -> Answer {
        loop {
            if let Some((answer, length)) = parse(&self.buffer) {
                self.buffer.drain(..length);
                return answer;
            }
            let mut block = [0; 4096];
            match self.stream.read(&mut block).await {
                Ok(length) if length > 0 && self.buffer.len() < MOST => {
                    self.buffer.extend(block.iter().take(length));
                }
                _ => return Answer::default(),
            }
        }
    }
}

/// A whole response at the beginning of a buffer, and its length.
fn parse(buffer: &[u8]) -> Option<(Answer, usize)> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(buffer.get(..end)?).to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())?;
    let body = buffer.get(end + 4..end + 4 + length)?;
    Some((Answer { status, body: String::from_utf8_lossy(body).into_owned() }, end + 4 + length))
}

/// A whole POST.
pub fn post(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// Send bytes on a connection of their own, and read the answer.
pub async fn send(address: SocketAddr, bytes: &[u8]) -> Result<Answer, Failure> {
    let mut line = Line::open(address).await?;
    line.send(bytes).await;
    Ok(line.answer().await)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_response_is_read_when_it_is_whole() {
        let whole = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200";
        for cut in 0..45 {
            assert_eq!(parse(&whole[..cut]), None, "{cut}");
        }
        let (answer, length) = parse(whole).unwrap();
        assert_eq!((answer.status, answer.body.as_str(), length), (403, "{}", 47));
    }
}
