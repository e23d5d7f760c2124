//! What administrators write as server URL and token.
#![allow(clippy::unwrap_used, reason = "tests")]

use mattermost_client::{ServerUrl, ServerUrlError, Token, TokenError};

// covers: A04
#[test]
fn slashes_and_the_api_path_are_cut_and_the_rest_stays() {
    for (written, read) in [
        ("https://c.example.com/", "https://c.example.com"),
        ("https://c/api/v4", "https://c"),
        ("https://c/API/V4///", "https://c"),
        ("https://x/api/v4/", "https://x"),
        ("https://c/sub/", "https://c/sub"),
        ("  https://c/sub/api/v4 ", "https://c/sub"),
        ("http://C.example.com:8065", "http://C.example.com:8065"),
    ] {
        assert_eq!(ServerUrl::parse(written).unwrap().as_str(), read, "{written}");
    }
}

// covers: W01
#[test]
fn calls_and_the_event_stream_live_below_the_sub_path() {
    let url = ServerUrl::parse("https://h/sub/").unwrap();
    assert_eq!(url.rest("/users/me").as_str(), "https://h/sub/api/v4/users/me");
    assert_eq!(url.rest("users/me").as_str(), "https://h/sub/api/v4/users/me");
    assert_eq!(url.websocket().as_str(), "wss://h/sub/api/v4/websocket");
    let url = ServerUrl::parse("HTTP://localhost:8065").unwrap();
    assert_eq!(url.rest("/users/me").as_str(), "http://localhost:8065/api/v4/users/me");
    assert_eq!(url.websocket().as_str(), "ws://localhost:8065/api/v4/websocket");
    assert_eq!(
        ServerUrl::parse("http://[::1]:8065").unwrap().websocket().as_str(),
        "ws://[::1]:8065/api/v4/websocket"
    );
}

#[test]
fn what_cannot_be_an_address_is_refused_with_the_way_out() {
    for (written, error, hint) in [
        ("  ", ServerUrlError::Empty, "https://chat.example.com"),
        ("/", ServerUrlError::Empty, "https://chat.example.com"),
        ("chat.example.com", ServerUrlError::Scheme, "begin with http:// or https://"),
        ("localhost:8065", ServerUrlError::Scheme, "begin with http:// or https://"),
        ("ftp://h", ServerUrlError::Scheme, "begin with http:// or https://"),
        ("https://bot:hunter2@h", ServerUrlError::Credentials, "remove it"),
        ("https://h/?x=1", ServerUrlError::Query, "only scheme, host, port"),
        ("https://h/#x", ServerUrlError::Fragment, "only scheme, host, port"),
    ] {
        let found = ServerUrl::parse(written).unwrap_err();
        assert_eq!(found, error, "{written}");
        assert!(found.to_string().contains(hint), "{found}");
        assert!(!found.to_string().contains("hunter2"));
    }
    assert!(matches!(ServerUrl::parse("http://"), Err(ServerUrlError::Host | ServerUrlError::Scheme)));
    assert!(matches!(ServerUrl::parse("http://:80"), Err(ServerUrlError::Host)));
    assert!(matches!(ServerUrl::parse("http://h:99999"), Err(ServerUrlError::Malformed { .. })));
}

#[test]
fn a_token_is_trimmed_and_must_fit_into_a_header() {
    assert_eq!(Token::new(" abc\n").unwrap().expose(), "abc");
    assert_eq!(Token::new(" \t ").unwrap_err(), TokenError::Empty);
    assert_eq!(Token::new("abc\u{1}d").unwrap_err(), TokenError::InvalidCharacter { position: 4 });
    assert_eq!(Token::new("a b").unwrap_err(), TokenError::InvalidCharacter { position: 2 });
    assert_eq!(Token::new("a\r\nX: y").unwrap_err(), TokenError::InvalidCharacter { position: 2 });
    assert_eq!(Token::new("tök").unwrap_err(), TokenError::InvalidCharacter { position: 2 });
}

#[test]
fn a_token_never_shows_itself() {
    let token = Token::new("s3cr3ttoken").unwrap();
    assert_eq!(format!("{token:?}"), "Token([redacted])");
    assert_eq!(token.redact("you sent s3cr3ttoken!"), "you sent [redacted]!");
    assert_eq!(
        token.redact("Authorization: Bearer other.token-1\r\nbearer \"x\""),
        "Authorization: Bearer [redacted]\r\nbearer \"x\""
    );
}
