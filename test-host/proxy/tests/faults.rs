//! What each fault does to connections.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod common;

use std::time::Instant;

use chaos_proxy::{Fault, FaultKind, Options, Proxy, ProxyError, Schedule};
use common::{End, Lab, PATIENCE, QUIET};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn bytes_and_ends_pass_in_both_directions() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: somebody.else\r\n\r\n").await;
    server.expect("GET / HTTP/1.1\r\nHost: somebody.else\r\n\r\n").await;
    // One direction may end before the other.
    client.0.shutdown().await.unwrap();
    assert_eq!(server.end().await, End::Fin);
    server.send("late").await;
    drop(server);
    client.expect("late").await;
    assert_eq!(client.end().await, End::Fin);
    let stats = lab.control.stats();
    assert_eq!((stats.accepted, stats.bytes_up, stats.bytes_down), (1, 39, 5));
}

#[tokio::test]
async fn a_cut_closes_both_sides() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    assert_eq!(lab.control.stats().open, 1);
    lab.control.cut();
    assert_eq!((client.end().await, server.end().await), (End::Fin, End::Fin));
    assert_eq!(lab.control.stats().cut, 1);
    let (mut client, mut server) = lab.connect().await;
    client.send("again").await;
    server.expect("again").await;
}

#[tokio::test]
async fn a_reset_resets_both_sides() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    lab.control.reset();
    assert_eq!((client.end().await, server.end().await), (End::Reset, End::Reset));
    assert_eq!(lab.control.stats().reset, 1);
}

#[tokio::test]
async fn a_reset_of_the_upstream_is_passed_on() {
    let lab = Lab::new().await;
    let (mut client, server) = lab.connect().await;
    server.0.set_zero_linger().unwrap();
    drop(server);
    assert_eq!(client.end().await, End::Reset);
}

#[tokio::test]
async fn refusing_resets_old_and_new_connections() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    lab.control.refuse(true);
    assert_eq!((client.end().await, server.end().await), (End::Reset, End::Reset));
    assert_eq!(lab.client().await.end().await, End::Reset);
    lab.control.refuse(false);
    let (mut client, mut server) = lab.connect().await;
    client.send("back").await;
    server.expect("back").await;
    assert_eq!(lab.control.stats().refused, 1);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_reset() {
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let proxy = common::proxy(&nobody, 1).await;
    let mut client = common::Wire(tokio::net::TcpStream::connect(proxy.addr()).await.unwrap());
    assert_eq!(client.end().await, End::Reset);
}

#[tokio::test]
async fn a_stall_holds_bytes_and_ends_and_loses_nothing() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    lab.control.stall(true);
    client.send("up").await;
    client.0.shutdown().await.unwrap();
    server.send("down").await;
    let mut fresh = lab.client().await;
    fresh.send("fresh").await;
    assert!(client.is_silent().await);
    assert!(server.is_silent().await);
    lab.control.stall(false);
    server.expect("up").await;
    assert_eq!(server.end().await, End::Fin);
    client.expect("down").await;
    lab.accept().await.expect("fresh").await;
}

#[tokio::test]
async fn a_half_open_connection_never_speaks_again() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    lab.control.half_open(true);
    client.send("lost").await;
    server.send("lost").await;
    assert!(client.is_silent().await);
    assert!(server.is_silent().await);
    // The other side's end is not seen either.
    drop(server);
    assert!(client.is_silent().await);
    let mut fresh = lab.client().await;
    fresh.send("lost").await;
    assert!(fresh.is_silent().await);
    lab.control.half_open(false);
    assert_eq!((client.end().await, fresh.end().await), (End::Reset, End::Reset));
    assert_eq!(lab.control.stats().reset, 2);
    let (mut client, mut server) = lab.connect().await;
    client.send("back").await;
    server.expect("back").await;
}

#[tokio::test]
async fn clearing_ends_everything_that_lasts() {
    let lab = Lab::new().await;
    let mut schedule = Schedule::new(3, &FaultKind::ALL);
    let mut kinds = std::collections::HashSet::new();
    while kinds.len() < FaultKind::ALL.len() {
        let fault = schedule.next().unwrap().fault;
        kinds.insert(fault.kind());
        lab.control.begin(fault);
    }
    lab.control.clear();
    let (mut client, mut server) = lab.connect().await;
    let post = "POST /api/v4/posts HTTP/1.1\r\n\r\n";
    client.send(post).await;
    server.expect(post).await;
    server.send("answer").await;
    client.expect("answer").await;
}

#[tokio::test]
async fn a_fault_of_a_schedule_begins_and_ends() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    for fault in [Fault::Stall, Fault::Split, Fault::Throttle(10_000), Fault::RefusePosts] {
        lab.control.begin(fault);
        lab.control.end(fault);
        client.send("POST /api/v4/posts HTTP/1.1\r\n\r\n").await;
        server.expect("POST /api/v4/posts HTTP/1.1\r\n\r\n").await;
    }
}

#[tokio::test]
async fn a_throttle_lets_so_many_bytes_pass_in_a_second() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    lab.control.throttle(Some(10_000));
    let (began, text) = (Instant::now(), "x".repeat(5_000));
    client.send(&text).await;
    server.expect(&text).await;
    let took = began.elapsed();
    // The last piece has no one to wait for it.
    assert!(took >= QUIET * 2 && took < PATIENCE, "{took:?}");
}

#[tokio::test]
async fn a_stopped_proxy_leaves_nothing_open() {
    let lab = Lab::new().await;
    let (mut client, mut server) = lab.connect().await;
    let (address, control) = (lab.proxy.addr(), lab.control.clone());
    lab.proxy.stop().await;
    assert_eq!(control.stats().open, 0);
    assert_eq!((client.end().await, server.end().await), (End::Fin, End::Fin));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());

    let lab = Lab::new().await;
    let (mut client, _server) = lab.connect().await;
    drop(lab.proxy);
    assert_eq!(client.end().await, End::Fin);
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error() {
    let lab = Lab::new().await;
    let start = |upstream: &str| {
        Proxy::start(Options { listen: lab.proxy.addr(), upstream: upstream.to_owned(), seed: 0 })
    };
    assert!(matches!(start("127.0.0.1:1").await, Err(ProxyError::Listen { .. })));
    for upstream in ["", "host", "host:", ":80", "http://host/", "host:99999"] {
        assert!(matches!(start(upstream).await, Err(ProxyError::Upstream(_))), "{upstream}");
    }
}
