//! What a failed call says, and what it never does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::error::Error as _;
use std::time::{Duration, Instant};

use mattermost_client::{Error, ErrorKind, NetworkErrorKind, NewPost, Options};
use serde_json::json;
use support::http::Reply;
use support::server::FakeServer;
use support::{TOKEN, client, client_with};

async fn me(reply: Reply) -> Error {
    let server = FakeServer::always(reply).await;
    client(&server.url).me().await.unwrap_err()
}

async fn create(reply: Reply) -> Error {
    let server = FakeServer::always(reply).await;
    let error = client(&server.url).create_post(&NewPost::new("c", "hi")).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "a post is never sent twice by itself");
    error
}

// covers: R02
#[tokio::test]
async fn an_error_of_the_server_is_one_readable_line() {
    let body = json!({"id": "api.context.permissions.app_error", "message": "You do not have the appropriate permissions.",
        "detailed_error": "", "request_id": "r", "status_code": 403});
    let error = me(Reply::json(403, &body)).await;
    assert_eq!(
        error.to_string(),
        "Mattermost API 403 Forbidden: You do not have the appropriate permissions. (GET /users/me)"
    );
    assert_eq!(error.server_error_id(), Some("api.context.permissions.app_error"));
    assert_eq!(error.server_message(), Some("You do not have the appropriate permissions."));
    assert_eq!((error.status(), error.method(), error.path()), (Some(403), Some("GET"), Some("/users/me")));
    assert!(!error.is_retryable() && !error.is_unauthorized() && error.retry_after().is_none());
    assert!(me(Reply::json(401, &body)).await.is_unauthorized());
    assert!(me(Reply::json(404, &body)).await.is_not_found());
}

// covers: R02
#[tokio::test]
async fn an_error_without_a_message_shows_its_body() {
    let error = me(Reply::json(400, &json!({"oops": 1}))).await;
    assert_eq!(error.to_string(), "Mattermost API 400 Bad Request: {\"oops\":1} (GET /users/me)");
    assert_eq!(error.server_error_id(), None);
    let error = me(Reply::text(502, "<html>bad gateway</html>\n")).await;
    assert_eq!(error.to_string(), "Mattermost API 502 Bad Gateway: <html>bad gateway</html> (GET /users/me)");
    assert!(error.is_retryable());
    let error = me(Reply::text(599, "")).await;
    assert_eq!(error.to_string(), "Mattermost API 599: unknown error (GET /users/me)");
}

#[tokio::test]
async fn rate_limits_say_how_long_to_wait() {
    let limited =
        |body| Reply::text(429, body).with("X-RateLimit-Limit", "21").with("X-RateLimit-Reset", "3");
    let error = me(limited("limit exceeded\n").with("Retry-After", "1")).await;
    assert_eq!(error.to_string(), "Mattermost API 429 Too Many Requests: limit exceeded (GET /users/me)");
    assert_eq!((error.retry_after(), error.is_retryable()), (Some(Duration::from_secs(1)), true));
    let error = me(limited("limit exceeded\n")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)), "seconds from now, not a point in time");
    let error = me(limited("x").with("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    let error = me(Reply::text(503, "down").with("Retry-After", "7").with("X-RateLimit-Reset", "3")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let error = me(Reply::text(403, "no").with("X-RateLimit-Reset", "3")).await;
    assert_eq!(error.retry_after(), None, "every answer of a limiting server has the header");
    let error = me(Reply::json(429, &json!({"id": "x", "message": "not read"}))).await;
    assert_eq!(error.server_error_id(), None, "the body of a 429 is text");
}

#[tokio::test]
async fn redirects_to_another_server_are_not_followed_but_explained() {
    let server = FakeServer::always(
        Reply::text(301, "").with("Location", "https://chat.example.com/team/api/v4/users/me"),
    )
    .await;
    let error = client(&server.url).me().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        error.to_string(),
        "the server answers 301 Moved Permanently and points to https://chat.example.com/team/api/v4/users/me: \
         set baseUrl to https://chat.example.com/team (GET /users/me)"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn another_kind_of_server_is_recognised() {
    let error = me(Reply::text(200, "<html>login</html>").with("X", "y")).await;
    assert_eq!(
        error.to_string(),
        "cannot read the server's answer (200 OK): it is text/plain; charset=utf-8 instead of JSON; \
         does baseUrl point at a Mattermost server? (GET /users/me)"
    );
    let error = me(Reply::json(200, &json!({"name": "no id"}))).await;
    assert!(matches!(error.kind(), ErrorKind::Unreadable { status: 200, .. }), "{error}");
    assert!(error.to_string().contains("missing field `id`"), "{error}");
}

// covers: R13
#[tokio::test]
async fn an_accepted_post_whose_answer_is_unreadable_is_a_kind_of_its_own() {
    for reply in [
        Reply::json(201, &json!({"message": "no id"})),
        Reply::json(201, &json!({"id": " "})),
        Reply::text(201, "<html>"),
        Reply::Torn { status: 201 },
        Reply::Endless { status: 201, content_type: "text/html" },
    ] {
        let error = create(reply).await;
        assert!(matches!(error.kind(), ErrorKind::AcceptedUnreadable { status: 201, .. }), "{error}");
        assert!(!error.is_retryable() && error.outcome_is_unknown(), "{error}");
        assert!(error.to_string().starts_with("the server accepted the post (201 Created)"), "{error}");
    }
    let error = create(Reply::text(503, "busy")).await;
    assert!(matches!(error.kind(), ErrorKind::Api { status: 503, .. }));
}

// covers: R04
#[tokio::test]
async fn bodies_have_limits() {
    let error = me(Reply::Endless { status: 200, content_type: "application/json" }).await;
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 16_777_216 }), "{error}");
    let error = me(Reply::Endless { status: 200, content_type: "text/plain" }).await;
    assert!(matches!(error.kind(), ErrorKind::TooLarge { limit: 65_536 }), "{error}");
    let error = me(Reply::Endless { status: 500, content_type: "application/json" }).await;
    assert_eq!(error.status(), Some(500));
    assert!(error.to_string().len() < 1200);
}

// covers: R03
#[tokio::test]
async fn a_network_failure_says_what_broke() {
    let kind = |error: &Error| match error.kind() {
        ErrorKind::Network { kind, sent, .. } => (*kind, *sent),
        other => panic!("{other:?}"),
    };
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let error = client(&url).me().await.unwrap_err();
    assert_eq!(kind(&error), (NetworkErrorKind::Refused, false));
    assert_eq!(error.to_string(), format!("cannot reach {url}: connection refused (GET /users/me)"));
    assert!(error.is_retryable() && !error.outcome_is_unknown() && error.source().is_some());

    let error = client("http://no-such-host.invalid").me().await.unwrap_err();
    assert_eq!(kind(&error), (NetworkErrorKind::Dns, false));

    let error = me(Reply::HangUp).await;
    assert_eq!(kind(&error), (NetworkErrorKind::Reset, true));
    let error = me(Reply::Torn { status: 200 }).await;
    assert!(kind(&error).1, "{error}");

    let server = FakeServer::always(Reply::Silence).await;
    let client = client_with(&server.url, Options::default().timeout(Duration::from_millis(200)));
    let started = Instant::now();
    let error = client.create_post(&NewPost::new("c", "hi")).await.unwrap_err();
    assert_eq!(kind(&error), (NetworkErrorKind::Timeout, true));
    assert!(error.outcome_is_unknown() && error.is_retryable());
    assert!(started.elapsed() < Duration::from_secs(3));
}

// covers: R06
#[tokio::test]
async fn nothing_that_climbs_or_is_empty_reaches_the_network() {
    let server = FakeServer::always(Reply::json(200, &json!({"id": "x"}))).await;
    let client = client(&server.url);
    for id in [
        "",
        " ",
        ".",
        "..",
        "../x",
        "a/../b",
        "%2e%2e",
        "%2E%2e%2fposts",
        "%252e%252e",
        "..\\x",
        "a%5C..",
        "%ff",
    ] {
        let error = client.user(id).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidArgument { .. }), "{id}: {error}");
        assert!(error.to_string().starts_with("the user id "), "{error}");
        assert!(
            client.delete_post(id).await.is_err() && client.remove_reaction("u", "p", id).await.is_err(),
            "{id}"
        );
    }
    assert_eq!(server.requests().len(), 0);
    client.user("a..b").await.unwrap();
    client.user("100%").await.unwrap();
    assert_eq!(server.requests()[1].path, "/api/v4/users/100%25");
}

// covers: R05
#[tokio::test]
async fn the_token_is_never_shown_even_when_the_server_echoes_it() {
    let echo = format!("you sent Authorization: Bearer {TOKEN}, {TOKEN}");
    let mut errors = Vec::new();
    for reply in [
        Reply::json(401, &json!({"id": TOKEN, "message": echo})),
        Reply::json(400, &json!({"echo": echo})),
        Reply::text(500, &echo),
        // Over the limit of what is shown, so that a cut goes through a token.
        Reply::text(500, &format!("{}{}", "x".repeat(990), TOKEN)),
        Reply::text(500, &format!("{}{}", "x".repeat(8180), TOKEN)),
        Reply::text(302, "").with("Location", &format!("https://x/?t={TOKEN}")),
        Reply::json(200, &json!({"id": "u", "create_at": TOKEN})),
        Reply::json(200, &json!(TOKEN)),
    ] {
        errors.push(me(reply.clone()).await);
        errors.push(create(reply).await);
    }
    for error in errors {
        let mut shown = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(cause) = source {
            shown += &format!("{cause} {cause:?}");
            source = cause.source();
        }
        assert!(!shown.contains(&TOKEN[..10]), "{shown}");
    }
    let client = client("http://localhost");
    assert_eq!(format!("{client:?}"), "Client { server: ServerUrl(http://localhost), .. }");
    assert!(!format!("{:?}", client.token()).contains(TOKEN));
}
