//! What waits, is cut into pieces or slowed down comes whole and in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod common;

use std::time::Duration;

use common::{Lab, PATIENCE};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const ROUNDS: u64 = 12;

/// Bytes of which some look like requests that are about to begin.
fn bytes(rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < 30_000 {
        match rng.u8(..4) {
            0 => bytes.extend_from_slice(b"POST /api/v4/posts HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"),
            1 => bytes.extend_from_slice(b"POST /api/v4/"),
            2 => bytes.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n"),
            _ => bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(600)),
        }
    }
    bytes
}

/// Writes all of it in pieces, ends, and reads everything that the other end says.
async fn exchange(mut stream: TcpStream, mine: Vec<u8>, mut rng: fastrand::Rng) -> Vec<u8> {
    let (mut from, mut to) = stream.split();
    let write = async {
        let mut rest = mine.as_slice();
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rng.usize(1..=4_000).min(rest.len()));
            to.write_all(piece).await.unwrap();
            rest = later;
        }
        to.shutdown().await.unwrap();
    };
    let mut heard = Vec::new();
    let (read, ()) = tokio::join!(from.read_to_end(&mut heard), write);
    read.unwrap();
    heard
}

#[tokio::test]
async fn no_byte_is_lost_changed_or_moved() {
    for seed in 0..ROUNDS {
        let mut rng = fastrand::Rng::with_seed(seed);
        let lab = Lab::seeded(seed).await;
        let (up, down) = (bytes(&mut rng), bytes(&mut rng));
        let (client, server) = lab.connect().await;
        let (one, two, control) = (rng.fork(), rng.fork(), lab.control.clone());
        let weather = async {
            loop {
                control.stall(rng.u8(..4) == 0);
                control.split(rng.bool());
                control.throttle(rng.bool().then(|| rng.u32(100_000..2_000_000)));
                sleep(Duration::from_millis(rng.u64(1..15))).await;
            }
        };
        let both = async {
            tokio::join!(exchange(client.0, up.clone(), one), exchange(server.0, down.clone(), two))
        };
        let (to_client, to_server) = tokio::select! {
            both = timeout(PATIENCE, both) => both.expect("the exchange did not end"),
            () = weather => unreachable!("the weather never ends"),
        };
        assert!(to_client == down && to_server == up, "seed {seed}");
        let stats = lab.control.stats();
        assert_eq!((stats.bytes_up, stats.bytes_down), (up.len() as u64, down.len() as u64 + 1));
    }
}
