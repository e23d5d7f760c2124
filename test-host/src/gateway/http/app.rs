//! What stands behind the port: the gateway's own paths, then the plugins'.

use crate::gateway::control::{self, Control};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use host_sdk::host::http::{BodySource, Broken, Door};
use host_sdk::protocol::{HttpHeader, HttpRequest, HttpResponse};
use http_body_util::BodyExt as _;
use std::net::SocketAddr;

/// The paths that no plugin gets.
pub const OWN_PATHS: [&str; 3] = ["/healthz", "/status", "/request"];

/// The gateway's own paths, and the door to the plugins for all others.
pub fn app(control: Control, door: Door) -> Router {
    control::router(control).fallback(plugin).with_state(door)
}

/// Hand a request over, with its head as it came. What an address or a header is worth is the plugin's to say.
async fn plugin(
    State(door): State<Door>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let request = HttpRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: given(&head.headers),
        peer: Some(peer.ip().to_string()),
        ..HttpRequest::default()
    };
    response(door.serve(request, Pieces(body)).await)
}

fn given(headers: &HeaderMap) -> Vec<HttpHeader> {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    headers.iter().map(|(name, value)| HttpHeader { name: name.to_string(), value: text(value) }).collect()
}

fn response(answer: HttpResponse) -> Response {
    let HttpResponse { status, headers, body, close } = answer;
    let mut response = Body::from(body).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for HttpHeader { name, value } in headers {
        let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        let value = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        // The door lets nothing through that is no header.
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            response.headers_mut().append(name, value);
        }
    }
    if close {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The body of a request.
struct Pieces(Body);

impl BodySource for Pieces {
    type Piece = Bytes;

    async fn next(&mut self) -> Option<Result<Bytes, Broken>> {
        loop {
            match self.0.frame().await? {
                // Trailers are no part of it.
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_) => continue,
                },
                Err(_) => return Some(Err(Broken)),
            }
        }
    }
}
