//! Faults of the network: refused, silent and stalled connections.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::{io::ErrorKind, time::Duration};

use common::{End, Lab, PATIENCE, QUIET, post_of};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PING: &[u8] = b"GET /api/v4/system/ping HTTP/1.1\r\nHost: sim\r\n\r\n";

/// A connection of HTTP, by hand.
struct Wire(TcpStream);

impl Wire {
    async fn open(lab: &Lab) -> Self {
        Self(TcpStream::connect(lab.sim.addr()).await.unwrap())
    }

    /// What comes next: how many bytes, or how the connection ended.
    async fn read(&mut self) -> Result<usize, ErrorKind> {
        let mut bytes = [0; 4096];
        let read = timeout(PATIENCE, self.0.read(&mut bytes)).await.expect("nothing came in time");
        read.map_err(|error| error.kind())
    }

    /// Whether nothing comes for a while.
    async fn is_silent(&mut self) -> bool {
        timeout(QUIET, self.0.read_u8()).await.is_err()
    }

    async fn ping(&mut self) -> Result<usize, ErrorKind> {
        self.0.write_all(PING).await.map_err(|error| error.kind())?;
        self.read().await
    }
}

fn say(lab: &Lab, text: &str) {
    let direct = lab.direct("alice", "openclaw");
    lab.sim.post_as(lab.seed.user_id("alice"), &direct, text, "").unwrap();
}

fn resume(id: &str, seq: i64) -> String {
    format!("?connection_id={id}&sequence_number={seq}")
}

#[tokio::test]
async fn refusing_resets_old_and_new_connections_and_keeps_what_a_resume_needs() {
    let lab = Lab::new().await;
    lab.direct("alice", "openclaw");
    let (mut socket, id) = lab.listen("openclaw").await;
    let mut idle = Wire::open(&lab).await;
    assert!(idle.ping().await.unwrap() > 0);
    lab.sim.faults().refuse(true);
    assert_eq!(idle.read().await, Err(ErrorKind::ConnectionReset));
    assert_eq!(socket.end().await, End::Dropped);
    // The system accepts before the server resets.
    let mut fresh = Wire::open(&lab).await;
    assert_eq!(fresh.read().await, Err(ErrorKind::ConnectionReset));
    assert!(lab.attempt("openclaw", "GET", "/users/me", Value::Null).await.is_err());
    say(&lab, "missed");
    lab.sim.faults().refuse(false);
    assert_eq!(lab.get("openclaw", "/users/me").await.status, 200);
    let mut socket = lab.socket(Some("openclaw"), &resume(&id, 1)).await;
    assert_eq!(post_of(&socket.event("posted").await)["message"], "missed");
}

#[tokio::test]
async fn refusing_ends_a_request_that_is_being_answered() {
    let lab = Lab::new().await;
    let faults = lab.sim.faults();
    faults.slow_posts(Duration::from_secs(60));
    let body = json!({ "channel_id": lab.seed.channel("general"), "message": "x" });
    let refused = async {
        tokio::time::sleep(QUIET).await;
        faults.refuse(true);
    };
    let posted = timeout(PATIENCE, lab.attempt("alice", "POST", "/posts", body));
    let (posted, ()) = tokio::join!(posted, refused);
    assert!(posted.unwrap().is_err());
}

#[tokio::test]
async fn a_half_open_connection_says_nothing_and_is_reset_at_the_end() {
    let lab = Lab::new().await;
    lab.direct("alice", "openclaw");
    let (mut socket, id) = lab.listen("openclaw").await;
    let mut idle = Wire::open(&lab).await;
    assert!(idle.ping().await.unwrap() > 0);
    lab.sim.faults().half_open(true);
    say(&lab, "missed");
    idle.0.write_all(PING).await.unwrap();
    assert!(idle.is_silent().await);
    assert!(socket.is_quiet().await);
    // Even what the server gives up stays without a FIN.
    lab.sim.cut_sockets();
    assert!(socket.is_quiet().await);
    let mut fresh = Wire::open(&lab).await;
    fresh.0.write_all(PING).await.unwrap();
    assert!(fresh.is_silent().await);
    lab.sim.faults().half_open(false);
    assert_eq!(idle.read().await, Err(ErrorKind::ConnectionReset));
    assert_eq!(fresh.read().await, Err(ErrorKind::ConnectionReset));
    assert_eq!(socket.end().await, End::Dropped);
    let mut socket = lab.socket(Some("openclaw"), &resume(&id, 1)).await;
    assert_eq!(post_of(&socket.event("posted").await)["message"], "missed");
}

#[tokio::test]
async fn a_silent_socket_is_evicted_when_its_queue_is_full() {
    let lab = Lab::new().await;
    let (_socket, id) = lab.listen("openclaw").await;
    lab.sim.faults().half_open(true);
    for number in 0..600 {
        say(&lab, &number.to_string());
    }
    assert_eq!(lab.sim.sockets(), 0);
    lab.sim.faults().half_open(false);
    let mut socket = lab.socket(Some("openclaw"), &resume(&id, 1)).await;
    assert_ne!(socket.event("hello").await["data"]["connection_id"], id);
}

#[tokio::test]
async fn a_stall_holds_everything_and_loses_nothing() {
    let lab = Lab::new().await;
    let (mut socket, _) = lab.listen("openclaw").await;
    let mut idle = Wire::open(&lab).await;
    assert!(idle.ping().await.unwrap() > 0);
    lab.sim.faults().stall(true);
    idle.0.write_all(PING).await.unwrap();
    let mut fresh = Wire::open(&lab).await;
    fresh.0.write_all(PING).await.unwrap();
    say(&lab, "late");
    assert!(idle.is_silent().await);
    assert!(fresh.is_silent().await);
    assert!(socket.is_quiet().await);
    lab.sim.faults().stall(false);
    assert!(idle.read().await.unwrap() > 0);
    assert!(fresh.read().await.unwrap() > 0);
    assert_eq!(post_of(&socket.event("posted").await)["message"], "late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_stalls_lose_and_move_nothing() {
    const POSTS: usize = 150;
    let lab = Lab::new().await;
    lab.direct("alice", "openclaw");
    let (mut socket, _) = lab.listen("openclaw").await;
    let faults = lab.sim.faults();
    let stalls = tokio::spawn(async move {
        for turn in 0_u32.. {
            faults.stall(turn.is_multiple_of(2));
            tokio::time::sleep(Duration::from_millis(u64::from(turn % 3))).await;
        }
    });
    for number in 0..POSTS {
        say(&lab, &number.to_string());
        if number % 50 == 0 {
            assert_eq!(lab.get("openclaw", "/users/me").await.status, 200);
        }
    }
    for number in 0..POSTS {
        assert_eq!(post_of(&socket.event("posted").await)["message"], number.to_string());
    }
    stalls.abort();
}

#[tokio::test]
async fn a_stopped_server_keeps_no_silent_connection() {
    let lab = Lab::new().await;
    let mut idle = Wire::open(&lab).await;
    assert!(idle.ping().await.unwrap() > 0);
    // The switches outlive the server.
    let faults = lab.sim.faults();
    faults.half_open(true);
    let Lab { sim, .. } = lab;
    timeout(PATIENCE, sim.stop()).await.unwrap();
    assert!(matches!(idle.read().await, Ok(0) | Err(ErrorKind::ConnectionReset)));
    faults.clear();
}
