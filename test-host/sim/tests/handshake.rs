//! What a connection does before it speaks HTTP or WebSocket properly.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use common::{Lab, PATIENCE, QUIET};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const HANDSHAKE: &str = "GET /api/v4/websocket HTTP/1.1\r\nHost: sim\r\nConnection: keep-alive, Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Sends `request` and reads what comes at once; the status line and the headers.
async fn answer(lab: &Lab, request: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(lab.sim.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = head(&mut stream).await;
    (stream, head)
}

async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_handshake_is_answered_with_the_key_that_fits() {
    let lab = Lab::new().await;
    let (_stream, head) = answer(&lab, HANDSHAKE).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    // The example of RFC 6455.
    assert!(head.to_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
}

#[tokio::test]
async fn a_bad_handshake_is_refused() {
    let lab = Lab::new().await;
    for (right, wrong, status) in [
        ("Upgrade: websocket", "Upgrade: h2c", 400),
        ("Connection: keep-alive, Upgrade", "Connection: keep-alive", 400),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short", 400),
        ("HTTP/1.1", "HTTP/1.0", 426),
    ] {
        let (_stream, head) = answer(&lab, &HANDSHAKE.replace(right, wrong)).await;
        assert_eq!(head.split(' ').nth(1), Some(status.to_string().as_str()), "{wrong}: {head}");
    }
    assert_eq!(lab.sim.sockets(), 0);
}

#[tokio::test]
async fn a_refusal_waits_for_the_body_and_keeps_the_connection() {
    let lab = Lab::new().await;
    let mut stream = TcpStream::connect(lab.sim.addr()).await.unwrap();
    let request = "POST /api/v4/posts HTTP/1.1\r\nHost: sim\r\nContent-Length: 4\r\n\r\n";
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(timeout(QUIET, stream.read_u8()).await.is_err(), "the body is still to come");
        stream.write_all(b"null").await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
    }
}
