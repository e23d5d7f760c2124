//! A stopped server leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

mod common;

use std::time::{Duration, Instant};

use common::{Lab, PATIENCE};
use mattermost_sim::{Options, Sim, SimError};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map(Iterator::count).unwrap_or(0)
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Waits until nothing more is alive than before: the clients' own tasks end a moment after their sockets.
async fn settles(tasks_before: usize, descriptors_before: usize) {
    let end = Instant::now() + PATIENCE;
    while (tasks() > tasks_before || descriptors() > descriptors_before) && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((tasks(), descriptors()), (tasks_before, descriptors_before));
}

// One test, because descriptors are counted for the whole process.
#[tokio::test]
async fn stopping_and_dropping_end_all_tasks_and_sockets() {
    // The runtime's own descriptors come with its first socket.
    drop(tokio::net::TcpListener::bind("127.0.0.1:0").await);
    common::http_client();
    let before = (tasks(), descriptors());
    for stops in [true, false] {
        let lab = Lab::with(Options::default().post_latency(Duration::from_secs(60))).await;
        let addr = lab.sim.addr();
        let (mut live, _) = lab.listen("openclaw").await;
        let mut waiting = lab.socket(None, "").await;
        let posting = lab.say("openclaw", "general", "in flight");
        assert!(tokio::time::timeout(Duration::from_millis(50), posting).await.is_err());
        let Lab { sim, .. } = lab;
        if stops {
            sim.stop().await;
            assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "the port is free at once");
        } else {
            drop(sim);
        }
        live.end().await;
        waiting.end().await;
        drop((live, waiting));
        settles(before.0, before.1).await;
    }
    // A port that is taken is an error, not a panic.
    let sim = Sim::start(Options::default()).await.unwrap();
    let taken = Sim::start(Options::default().listen(sim.addr())).await;
    assert!(matches!(taken, Err(SimError::Listen { .. })));
}
