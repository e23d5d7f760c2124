//! Where a client connects to, and where it does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::time::Duration;

use mattermost_client::connection::{ConnectionEvent, DisconnectReason, Options as Connecting, spawn};
use mattermost_client::fetch::{FetchError, Fetcher};
use mattermost_client::{
    ErrorKind, Method, NetworkPolicy, NewPost, Options, RootCertificates, Route, ServerUrl,
};
use serde_json::json;
use support::http::{Reply, Request};
use support::server::{FakeServer, open_doors};
use support::{TOKEN, client, client_with};

fn public() -> Options {
    Options::default().network(NetworkPolicy::public().lifted_by("network.private"))
}

fn to(location: &str) -> Reply {
    Reply::text(302, "").with("Location", location)
}

fn token_of(request: &Request) -> Option<&str> {
    request.header("authorization")
}

// covers: R07
#[tokio::test]
async fn a_server_that_is_not_public_gets_no_request_until_the_setting_allows_it() {
    let server = FakeServer::start(open_doors).await;
    let port = server.address.port();
    for host in [
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.5",
        "169.254.169.254",
        "metadata.google.internal",
        "chat.corp.internal",
    ] {
        let error = client_with(&format!("http://{host}:{port}"), public()).me().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::AddressRefused { .. }), "{host}: {error}");
        assert!(error.to_string().contains("set network.private to true"), "{error}");
        assert!(!error.is_retryable() && error.is_refusal() && !error.outcome_is_unknown());
    }
    assert_eq!(server.connections(), 0);
    client(&format!("http://127.1:{port}")).me().await.unwrap();
    assert_eq!(server.connections(), 1);
}

// covers: R07
#[tokio::test]
async fn the_websocket_keeps_to_the_same_rules() {
    let server = FakeServer::start(open_doors).await;
    let (connection, mut events) = spawn(client_with(&server.url, public()), Connecting::default());
    let reason = loop {
        match tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap() {
            ConnectionEvent::Disconnected { reason, .. } => break reason,
            ConnectionEvent::Connecting { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    let DisconnectReason::ConnectFailed { detail, status: None } = reason else { panic!("{reason}") };
    assert!(detail.starts_with("localhost is a name of this machine"), "{detail}");
    assert!(detail.contains("set network.private to true"), "{detail}");
    connection.stop().await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_three_times_and_not_in_circles() {
    let server = FakeServer::start(|request| match request.path.as_str() {
        "/api/v4/users/me" => to("/1"),
        "/1" => to("/2"),
        "/2" => to("/3"),
        "/3" => open_doors(request),
        "/api/v4/system/ping" => to("/api/v4/system/ping"),
        "/api/v4/teams/long" => to("/0"),
        "/0" => to("/1"),
        other => panic!("{other}"),
    })
    .await;
    let client = client(&server.url);
    client.me().await.unwrap();
    assert!(server.requests().iter().all(|request| token_of(request).is_some()));
    for route in ["system/ping", "teams/long"] {
        let (first, second) = route.split_once('/').unwrap();
        let route = Route::new(Method::Get, if first == "teams" { "teams" } else { "system" });
        let error = client.execute(route.segment("path", second).unwrap()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirect { status: 302, .. }), "{error}");
    }
    assert_eq!(server.requests().len(), 4 + 1 + 4);
}

#[tokio::test]
async fn a_call_whose_meaning_a_redirect_would_change_is_not_repeated() {
    let server = FakeServer::start(|request| match request.path.as_str() {
        "/api/v4/posts" => to("/elsewhere"),
        other => panic!("{other}"),
    })
    .await;
    let error = client(&server.url).create_post(&NewPost::new("c", "text")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Redirect { .. }), "{error}");
    let server = FakeServer::start(|request| match request.path.as_str() {
        "/api/v4/posts" => Reply::text(307, "").with("Location", "/moved/posts"),
        "/moved/posts" => {
            assert_eq!((request.method.as_str(), request.json()["message"] == "text"), ("POST", true));
            Reply::json(201, &json!({"id": "made"}))
        }
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(client(&server.url).create_post(&NewPost::new("c", "text")).await.unwrap().id, "made");
}

#[tokio::test]
async fn the_token_does_not_follow_a_redirect_to_another_server() {
    let other = FakeServer::always(Reply::text(200, "the file")).await;
    let location = format!("{}/bucket/file", other.url);
    let server = FakeServer::start(move |_| to(&location)).await;
    let client = client(&server.url);
    // Without the token a call of the API would be another call.
    let error = client.me().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Redirect { .. }), "{error}");
    assert_eq!(other.requests().len(), 0);
    let file = client.download_file("abc", 100).await.unwrap();
    assert_eq!(file.bytes, b"the file");
    assert!(token_of(&server.requests()[1]).is_some());
    let asked = other.requests();
    assert!(token_of(&asked[0]).is_none(), "{asked:?}");
    assert!(!format!("{asked:?}").contains(TOKEN));
}

#[tokio::test]
async fn files_are_fetched_from_the_web_and_from_ones_own_server_only() {
    let roots = RootCertificates::default();
    let inside = FakeServer::always(Reply::text(200, "secret")).await;
    let location = format!("{}/secret", inside.url);
    let own = FakeServer::start(move |request| match request.path.as_str() {
        "/inside" => to(&location),
        "/large" => Reply::Endless { status: 200, content_type: "video/mp4" },
        "/gone" => Reply::text(404, ""),
        _ => Reply::text(200, "content").with("Content-Disposition", "attachment; filename=\"a b.txt\""),
    })
    .await;
    let fetcher = Fetcher::new(&roots).unwrap();
    let refused = fetcher.open(&format!("{}/file", own.url), 100).await.unwrap_err();
    assert!(matches!(refused, FetchError::Refused(_)), "{refused}");
    let fetcher = fetcher.with_own(&ServerUrl::parse(&own.url).unwrap(), &roots).unwrap();
    let mut file = fetcher.open(&format!("{}/file", own.url), 100).await.unwrap();
    assert_eq!(file.file_name().as_deref(), Some("a b.txt"));
    assert_eq!(file.mime().as_deref(), Some("text/plain"));
    assert_eq!(file.chunk().await.unwrap().unwrap(), b"content");
    assert!(own.requests().iter().all(|request| token_of(request).is_none()));
    for (path, limit) in [("inside", 100), ("file", 3), ("gone", 100)] {
        let error = fetcher.open(&format!("{}/{path}", own.url), limit).await.unwrap_err();
        let fits = match path {
            "inside" => matches!(error, FetchError::Refused(_)),
            "file" => error == FetchError::TooLarge { limit: 3 },
            _ => error == FetchError::Status { status: 404 },
        };
        assert!(fits, "{path}: {error}");
    }
    assert_eq!(inside.connections(), 0);
    let mut endless = fetcher.open(&format!("{}/large", own.url), 1_000_000).await.unwrap();
    let end = loop {
        match endless.chunk().await {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert_eq!(end, Err(FetchError::TooLarge { limit: 1_000_000 }));
    for url in ["file:///etc/passwd", "ftp://example.com/x", "https://u:p@example.com/x", "no url"] {
        assert!(matches!(fetcher.open(url, 1).await, Err(FetchError::Url { .. })), "{url}");
    }
}
