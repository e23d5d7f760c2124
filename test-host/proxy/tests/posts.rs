//! The faults that know the requests that write a post.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod common;

use common::{End, Lab};

const POST: &str = "POST /api/v4/posts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
const PATCH: &str = "PUT /api/v4/posts/x/patch HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
const UPGRADE: &str = "GET /api/v4/websocket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn the_answer_of_a_post_is_swallowed_when_it_begins() {
    let lab = Lab::new().await;
    lab.control.drop_post_response(1);
    let (mut client, mut server) = lab.connect().await;
    // Other requests on the same connection are answered.
    for request in [PATCH, "GET / HTTP/1.1\r\n\r\n"] {
        client.send(request).await;
        server.expect(request).await;
        server.send(OK).await;
        client.expect(OK).await;
    }
    client.send(POST).await;
    server.expect(POST).await;
    assert!(client.is_silent().await);
    server.send(OK).await;
    assert_eq!(client.end().await, End::Fin);
    assert_eq!(server.end().await, End::Fin);
    assert_eq!(lab.control.stats().responses_dropped, 1);
    let (mut client, mut server) = lab.connect().await;
    client.send(POST).await;
    server.expect(POST).await;
    server.send(OK).await;
    client.expect(OK).await;
}

#[tokio::test]
async fn what_is_asked_before_the_rest_of_a_post_is_no_answer_to_it() {
    let lab = Lab::new().await;
    lab.control.drop_post_response(1);
    let (mut client, mut server) = lab.connect().await;
    let (head, body) = POST.split_at(POST.len() - 2);
    client.send(head).await;
    server.expect(head).await;
    server.send("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.send(body).await;
    server.expect(body).await;
    server.send(OK).await;
    assert_eq!(client.end().await, End::Fin);
}

#[tokio::test]
async fn a_refused_post_does_not_reach_the_upstream() {
    let lab = Lab::new().await;
    lab.control.refuse_posts(true);
    let (mut client, mut server) = lab.connect().await;
    client.send(PATCH).await;
    server.expect(PATCH).await;
    server.send(OK).await;
    client.expect(OK).await;
    client.send(&POST[..10]).await;
    assert!(client.is_silent().await);
    client.send(&POST[10..]).await;
    // Whether what was not read makes it a reset is the system's choice.
    client.end().await;
    assert_eq!(server.end().await, End::Fin);
    assert_eq!(lab.control.stats().posts_refused, 1);
    lab.control.refuse_posts(false);
    let (mut client, mut server) = lab.connect().await;
    client.send(POST).await;
    server.expect(POST).await;
}

#[tokio::test]
async fn what_an_upgraded_connection_says_is_no_post() {
    let lab = Lab::new().await;
    lab.control.refuse_posts(true);
    lab.control.drop_post_response(1);
    let (mut client, mut server) = lab.connect().await;
    client.send(UPGRADE).await;
    server.expect(UPGRADE).await;
    client.send(POST).await;
    server.expect(POST).await;
    server.send(OK).await;
    client.expect(OK).await;
}
