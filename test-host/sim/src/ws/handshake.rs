//! From an HTTP request to a WebSocket.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
    },
    response::{IntoResponse, Response},
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

/// The largest frame that a client may send.
const MAX_FRAME: usize = 8 * 1024;
/// How much is gathered before it goes to the network in one piece.
const WRITE_BUFFER: usize = 16 * 1024;

/// The server's side of a WebSocket. Dropping it closes TCP without a close frame.
pub(super) type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// An accepted handshake, whose connection becomes a WebSocket once the answer is written.
#[derive(Debug)]
pub(super) struct Upgrade(OnUpgrade);

impl Upgrade {
    /// The WebSocket, as soon as HTTP lets go of the connection.
    pub(super) async fn socket(self) -> hyper::Result<WebSocket> {
        let stream = TokioIo::new(self.0.await?);
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME))
            .write_buffer_size(WRITE_BUFFER);
        Ok(WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await)
    }
}

/// Answers a handshake: what to reply with what comes of it, or the refusal.
#[allow(clippy::result_large_err, reason = "a response is the error, and only one is made for each request")]
pub(super) fn accept(mut request: Request) -> Result<(Response, Upgrade), Response> {
    let refusal = |status, reason: &'static str| (status, reason).into_response();
    if request.method() != Method::GET {
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, "the method must be GET"));
    }
    let headers = request.headers();
    if !lists(headers, &CONNECTION, "upgrade") {
        return Err(refusal(StatusCode::BAD_REQUEST, "the Connection header must name an upgrade"));
    }
    if !lists(headers, &UPGRADE, "websocket") {
        return Err(refusal(StatusCode::BAD_REQUEST, "the Upgrade header must name websocket"));
    }
    if !lists(headers, &SEC_WEBSOCKET_VERSION, "13") {
        return Err(refusal(StatusCode::BAD_REQUEST, "the WebSocket version must be 13"));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).filter(|key| is_key(key));
    let Some(accept) = key.and_then(|key| HeaderValue::try_from(derive_accept_key(key)).ok()) else {
        return Err(refusal(StatusCode::BAD_REQUEST, "the WebSocket key must be 16 bytes in base64"));
    };
    // HTTP/1.0 knows no upgrades.
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return Err(refusal(StatusCode::UPGRADE_REQUIRED, "the connection cannot be upgraded"));
    };
    let headers = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok(((StatusCode::SWITCHING_PROTOCOLS, headers).into_response(), Upgrade(upgrade)))
}

/// Whether a header that is a list, of which a request may have several, has `wanted` in it.
fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(wanted))
}

/// Whether this is the base64 of 16 bytes.
fn is_key(key: &[u8]) -> bool {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    key.len() == 24 && key.ends_with(b"==") && key.iter().take(22).all(letter)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(change: impl FnOnce(&mut Request)) -> StatusCode {
        let mut request = Request::new(Body::empty());
        let headers = request.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        change(&mut request);
        match accept(request) {
            Ok((response, _)) | Err(response) => response.status(),
        }
    }

    #[test]
    fn bad_handshakes_are_refused() {
        // Everything is right but the connection, which only a real one has.
        assert_eq!(status(|_| {}), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(status(|request| *request.method_mut() = Method::HEAD), StatusCode::METHOD_NOT_ALLOWED);
        for name in [CONNECTION, UPGRADE, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_KEY] {
            let missing = status(|request| drop(request.headers_mut().remove(&name)));
            assert_eq!(missing, StatusCode::BAD_REQUEST, "{name}");
            let wrong = status(|request| drop(request.headers_mut().insert(&name, HeaderValue::from(12))));
            assert_eq!(wrong, StatusCode::BAD_REQUEST, "{name}");
        }
    }

    #[test]
    fn a_key_is_sixteen_bytes_in_base64() {
        assert!(is_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        for key in
            [b"dGhlIHNhbXBsZSBub25jZQ=".as_slice(), b"dGhlIHNhbXBsZSBub25jZSE=", b"dGhlIHNhbXBsZSBub25!ZQ=="]
        {
            assert!(!is_key(key));
        }
    }
}
