//! The whole connection against a fake server, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use mattermost_client::connection::{
    Connection, ConnectionEvent, DisconnectReason, Events, How, Options, Settings, State, spawn,
};
use mattermost_client::{Client, ServerEvent};
use serde_json::json;
use support::client;
use support::http::{Reply, Request};
use support::server::{FakeServer, open_doors};
use tokio::time::{sleep, timeout};

/// Short times, so that the tests are quick; the right ones are tested with the machine.
fn options(change: impl FnOnce(&mut Settings)) -> Options {
    let mut options = Options::default();
    options.settings.dense_cap = Duration::from_millis(100);
    change(&mut options.settings);
    options
}

fn start(server: &FakeServer) -> (Connection, Events) {
    spawn(client(&server.url), options(|_| {}))
}

async fn next(events: &mut Events) -> ConnectionEvent {
    timeout(Duration::from_secs(10), events.recv()).await.expect("an event in time").expect("not stopped")
}

/// The next event but `Connecting`.
async fn news(events: &mut Events) -> ConnectionEvent {
    loop {
        match next(events).await {
            ConnectionEvent::Connecting { .. } => {}
            event => return event,
        }
    }
}

async fn connected(events: &mut Events) -> How {
    match news(events).await {
        ConnectionEvent::Connected { how, .. } => how,
        other => panic!("{other:?}"),
    }
}

async fn disconnected(events: &mut Events) -> (DisconnectReason, Option<u16>) {
    match news(events).await {
        ConnectionEvent::Disconnected { reason, code, .. } => (reason, code),
        other => panic!("{other:?}"),
    }
}

async fn message(events: &mut Events) -> String {
    match news(events).await {
        ConnectionEvent::Event(event) => match *event {
            ServerEvent::Posted(posted) => posted.post.message,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

// covers: R01, W02
#[tokio::test]
async fn the_handshake_carries_the_token_and_no_origin() {
    let mut server = FakeServer::start(open_doors).await;
    let (connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    assert_eq!(socket.request.line(), "GET /api/v4/websocket");
    assert_eq!(socket.request.header("authorization"), Some("Bearer k7ffq6ujsbyyzd8n1uy4mf3g1o"));
    assert_eq!(socket.request.header("origin"), None);
    socket.accept_fresh("a").await;
    assert_eq!(next(&mut events).await, ConnectionEvent::Connecting { attempt: 1 });
    assert_eq!(
        next(&mut events).await,
        ConnectionEvent::Connected {
            how: How::Fresh,
            server_version: Some("11.6.0.x.y.false".to_owned()),
            connection_id: Some("a".to_owned())
        }
    );
    socket.posted(1, "hi").await;
    assert_eq!(message(&mut events).await, "hi");
    assert_eq!(connection.state(), State::Live);
}

// covers: W07
#[tokio::test]
async fn a_cut_is_resumed_without_loss() {
    let mut server = FakeServer::start(open_doors).await;
    let (_connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    socket.posted(1, "one").await;
    assert_eq!(connected(&mut events).await, How::Fresh);
    assert_eq!(message(&mut events).await, "one");
    socket.cut().await;
    assert!(matches!(disconnected(&mut events).await, (DisconnectReason::Closed { .. }, None)));
    let mut socket = server.socket().await;
    assert_eq!(socket.request.path, "/api/v4/websocket?connection_id=a&sequence_number=2");
    socket.greeted().await;
    socket.posted(2, "two").await;
    socket.pong(2).await;
    socket.posted(3, "three").await;
    assert_eq!(connected(&mut events).await, How::Resumed);
    assert_eq!(message(&mut events).await, "two");
    assert_eq!(message(&mut events).await, "three");
}

#[tokio::test]
async fn a_gap_closes_the_socket_and_asks_again() {
    let mut server = FakeServer::start(open_doors).await;
    let (_connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    socket.posted(2, "two").await;
    assert_eq!(socket.close_frame().await.map(|frame| u16::from(frame.code)), Some(4001));
    let mut socket = server.socket().await;
    assert_eq!(socket.request.path, "/api/v4/websocket?connection_id=a&sequence_number=1");
    socket.greeted().await;
    socket.posted(1, "one").await;
    socket.posted(2, "two").await;
    socket.pong(2).await;
    assert_eq!(connected(&mut events).await, How::Fresh);
    assert_eq!(disconnected(&mut events).await.0, DisconnectReason::SequenceGap { expected: 1, received: 2 });
    assert_eq!(connected(&mut events).await, How::Resumed);
    assert_eq!(message(&mut events).await, "one");
    assert_eq!(message(&mut events).await, "two");
}

#[tokio::test]
async fn a_wrong_token_is_told_by_rest_and_recovers_by_itself() {
    let mut server = FakeServer::start(|request: &Request| match request.path.as_str() {
        "/api/v4/users/me" => {
            let message = format!("expired: {}", request.header("authorization").unwrap());
            Reply::json(401, &json!({"id": "api.context.session_expired.app_error", "message": message}))
        }
        _ => open_doors(request),
    })
    .await;
    let settings = |s: &mut Settings| s.rejected_first = Duration::from_millis(100);
    let (connection, mut events) = spawn(client(&server.url), options(settings));
    for _ in 0..2 {
        let mut socket = server.socket().await;
        socket.greeted().await;
        socket.cut().await;
        match news(&mut events).await {
            ConnectionEvent::AuthRejected { detail, retry_in } => {
                assert_eq!(
                    detail,
                    "Mattermost API 401 Unauthorized: expired: Bearer [redacted] (GET /users/me)"
                );
                assert!(retry_in >= Duration::from_millis(100));
            }
            other => panic!("{other:?}"),
        }
    }
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    assert_eq!(connected(&mut events).await, How::Fresh);
    assert_eq!(connection.state(), State::Live);
}

#[tokio::test]
async fn a_close_before_authentication_with_a_good_token_is_a_disconnect() {
    let mut server = FakeServer::start(open_doors).await;
    let (_connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.greeted().await;
    socket.cut().await;
    assert_eq!(disconnected(&mut events).await.0, DisconnectReason::ClosedBeforeAuth);
    server.socket().await;
}

#[tokio::test]
async fn a_refused_handshake_is_an_ordinary_failure_that_honours_retry_after() {
    let server = FakeServer::start(|_| Reply::text(429, "limit exceeded").with("Retry-After", "2")).await;
    let (_connection, mut events) = start(&server);
    match news(&mut events).await {
        ConnectionEvent::Disconnected { reason, retry_in, .. } => {
            assert_eq!(retry_in, Duration::from_secs(2));
            let status = Some(429);
            let detail = format!("{} answers 429 Too Many Requests to the WebSocket", server.url);
            assert_eq!(reason, DisconnectReason::ConnectFailed { detail, status });
        }
        other => panic!("{other:?}"),
    }
}

// covers: W08
#[tokio::test]
async fn nobody_listening_is_retried_until_somebody_does() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_connection, mut events) = spawn(client(&format!("http://{address}")), options(|_| {}));
    let (reason, _) = disconnected(&mut events).await;
    assert_eq!(reason.to_string(), format!("cannot reach http://{address}: connection refused"));
    disconnected(&mut events).await;
}

// covers: W06
#[tokio::test]
async fn a_revoked_session_is_noticed_by_the_ping() {
    let mut server = FakeServer::start(open_doors).await;
    let settings = |s: &mut Settings| s.session_ping_interval = Duration::from_millis(200);
    let (_connection, mut events) = spawn(client(&server.url), options(settings));
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    assert_eq!(connected(&mut events).await, How::Fresh);
    assert_eq!(socket.receive().await.unwrap(), json!({"seq": 3, "action": "ping"}));
    socket
        .send(json!({"status": "FAIL", "seq_reply": 3, "error": {"message": "x", "status_code": 401,
            "id": "api.web_socket_router.not_authenticated.app_error"}}))
        .await;
    assert_eq!(disconnected(&mut events).await.0, DisconnectReason::SessionInvalid);
}

#[tokio::test]
async fn a_silent_line_is_given_up() {
    let mut server = FakeServer::start(open_doors).await;
    let settings = |s: &mut Settings| {
        s.ping_interval = Duration::from_millis(100);
        s.pong_timeout = Duration::from_millis(100);
    };
    let (_connection, mut events) = spawn(client(&server.url), options(settings));
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    assert_eq!(connected(&mut events).await, How::Fresh);
    // The fake server answers pings only while it reads, and it does not.
    assert_eq!(disconnected(&mut events).await.0, DisconnectReason::PongTimeout);
}

// covers: W09
#[tokio::test]
async fn a_close_code_of_the_server_is_passed_on() {
    let mut server = FakeServer::start(open_doors).await;
    let (_connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    let frame =
        tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1012.into(), reason: "restart".into() };
    socket.stream.close(Some(frame)).await.unwrap();
    let detail = "restart".to_owned();
    assert_eq!(disconnected(&mut events).await, (DisconnectReason::Closed { detail }, Some(1012)));
}

// covers: I03
#[tokio::test]
async fn a_broken_frame_is_reported_without_the_token_and_the_rest_goes_on() {
    let mut server = FakeServer::start(open_doors).await;
    let (_connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    let post = json!({"id": "p", "create_at": support::TOKEN}).to_string();
    socket.send(json!({"event": "posted", "data": {"post": post}, "seq": 1})).await;
    match news(&mut events).await {
        ConnectionEvent::BadFrame { error } => {
            assert_eq!((error.field(), error.event(), error.seq()), ("data.post", Some("posted"), Some(1)));
            assert!(!format!("{error} {error:?}").contains(support::TOKEN), "{error}");
        }
        other => panic!("{other:?}"),
    }
    socket.posted(2, "two").await;
    assert_eq!(message(&mut events).await, "two");
}

// covers: W10
#[tokio::test]
async fn a_frame_over_the_limit_breaks_the_connection_and_nothing_else() {
    let mut server = FakeServer::start(open_doors).await;
    let mut options = options(|_| {});
    options.max_frame = 2000;
    let (_connection, mut events) = spawn(client(&server.url), options);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    socket.posted(1, &"x".repeat(3000)).await;
    let (reason, _) = disconnected(&mut events).await;
    assert!(reason.to_string().contains("too long"), "{reason}");
    server.socket().await;
}

#[tokio::test]
async fn typing_goes_over_the_socket() {
    let mut server = FakeServer::start(open_doors).await;
    let (connection, mut events) = start(&server);
    connection.typing("too early", None);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    connection.typing("c", Some("root"));
    assert_eq!(
        socket.receive().await.unwrap(),
        json!({"seq": 3, "action": "user_typing", "data": {"channel_id": "c", "parent_id": "root"}})
    );
}

#[tokio::test]
async fn a_slow_receiver_slows_the_server_and_loses_nothing() {
    let mut server = FakeServer::start(open_doors).await;
    let mut options = options(|_| {});
    options.queue = 4;
    let (_connection, mut events) = spawn(client(&server.url), options);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    let sender = tokio::spawn(async move {
        for seq in 1..=300 {
            socket.posted(seq, &format!("{seq} {}", "x".repeat(20_000))).await;
        }
        socket
    });
    sleep(Duration::from_millis(300)).await;
    assert!(!sender.is_finished(), "six megabytes cannot be on their way to a receiver of four");
    connected(&mut events).await;
    for seq in 1..=300 {
        assert!(message(&mut events).await.starts_with(&format!("{seq} ")));
    }
    sender.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_stays_full_ends_the_socket_and_the_next_one_goes_on() {
    let mut server = FakeServer::start(open_doors).await;
    let mut options = options(|s| s.receiver_timeout = Duration::from_millis(200));
    options.queue = 1;
    let (_connection, mut events) = spawn(client(&server.url), options);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    socket.posted(1, "one").await;
    assert_eq!(socket.close_frame().await.map(|frame| u16::from(frame.code)), Some(1013));
    assert!(server.socket_within(Duration::from_millis(500)).await.is_none(), "still full");
    connected(&mut events).await;
    // What was read is handed out, then the loss, and only then a new socket asks for what follows.
    let mut seen = Vec::new();
    let reason = loop {
        match news(&mut events).await {
            ConnectionEvent::Event(event) => seen.push(event.seq()),
            ConnectionEvent::Disconnected { reason, .. } => break reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reason, DisconnectReason::ReceiverFull);
    let drain = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let expected = format!("/api/v4/websocket?connection_id=a&sequence_number={}", seen.len() + 1);
    assert_eq!(server.socket().await.request.path, expected);
    drain.abort();
}

#[tokio::test]
async fn stop_works_at_any_moment() {
    let quick = |connection: Connection| async move {
        let started = Instant::now();
        connection.stop().await;
        connection.stop().await;
        assert_eq!(connection.state(), State::Stopped);
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    };
    // Connecting: the handshake is never answered.
    let server = FakeServer::always(Reply::Silence).await;
    let (connection, mut events) = start(&server);
    next(&mut events).await;
    quick(connection).await;
    assert_eq!(events.recv().await, None);
    // Sleeping.
    let server = FakeServer::always(Reply::text(503, "").with("Retry-After", "100")).await;
    let (connection, mut events) = start(&server);
    disconnected(&mut events).await;
    quick(connection).await;
    // Asking REST.
    let mut server = FakeServer::start(|request: &Request| match request.path.as_str() {
        "/api/v4/users/me" => Reply::HangUp,
        _ => open_doors(request),
    })
    .await;
    let (connection, _events) = start(&server);
    server.socket().await.cut().await;
    quick(connection).await;
    // Live: the close is a clean one.
    let mut server = FakeServer::start(open_doors).await;
    let (connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    let (_, close) = tokio::join!(quick(connection), socket.close_frame());
    assert_eq!(close.map(|frame| u16::from(frame.code)), Some(1000));
    // Blocked by a full receiver.
    let mut options = options(|_| {});
    options.queue = 1;
    let (connection, _events) = spawn(client(&server.url), options);
    let mut socket = server.socket().await;
    socket.accept_fresh("b").await;
    for seq in 1..5 {
        socket.posted(seq, "x").await;
    }
    sleep(Duration::from_millis(100)).await;
    quick(connection).await;
}

#[tokio::test]
async fn dropping_either_half_stops_it() {
    let mut server = FakeServer::start(open_doors).await;
    let (connection, mut events) = start(&server);
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    connected(&mut events).await;
    drop(connection);
    assert_eq!(socket.close_frame().await.map(|frame| u16::from(frame.code)), Some(1000));
    assert_eq!(timeout(Duration::from_secs(5), events.recv()).await.unwrap(), None);

    let (connection, events) = start(&server);
    let mut socket = server.socket().await;
    socket.greeted().await;
    drop(events);
    assert_eq!(socket.close_frame().await.map(|frame| u16::from(frame.code)), Some(1000));
    connection.stop().await;
}

#[tokio::test]
async fn events_are_a_stream() {
    use futures_util::StreamExt as _;
    let server = FakeServer::always(Reply::HangUp).await;
    let (_connection, events) = spawn(Client::clone(&client(&server.url)), options(|_| {}));
    let first: Vec<_> = events.take(2).collect().await;
    assert!(matches!(
        first[..],
        [ConnectionEvent::Connecting { attempt: 1 }, ConnectionEvent::Disconnected { .. }]
    ));
}
