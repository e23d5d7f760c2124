//! Responses to the server's calls.

use host_sdk::protocol::{HttpAnswer, HttpHeader, HttpResponse};
use serde_json::Value;

/// A JSON response.
#[must_use]
pub(crate) fn json(status: u16, body: &Value) -> HttpResponse {
    with_type(status, "application/json; charset=utf-8", body.to_string())
}

/// A plain text response.
#[must_use]
pub(crate) fn text(status: u16, body: &str) -> HttpResponse {
    with_type(status, "text/plain; charset=utf-8", body.to_owned())
}

/// What only the caller of a slash command sees.
#[must_use]
pub(crate) fn ephemeral(status: u16, text: &str) -> HttpResponse {
    json(status, &serde_json::json!({ "response_type": "ephemeral", "text": text }))
}

/// What only who clicked sees; the post stays as it is.
#[must_use]
pub(crate) fn seen_by_clicker(text: &str) -> HttpResponse {
    json(200, &serde_json::json!({ "ephemeral_text": text }))
}

fn with_type(status: u16, media_type: &str, body: String) -> HttpResponse {
    let header = HttpHeader { name: "Content-Type".to_owned(), value: media_type.to_owned() };
    HttpResponse { status, headers: vec![header], body, close: false }
}

/// The same with one more header.
#[must_use]
pub(crate) fn and_header(mut response: HttpResponse, name: &str, value: &str) -> HttpResponse {
    response.headers.push(HttpHeader { name: name.to_owned(), value: value.to_owned() });
    response
}

/// The same, and the connection is closed: a rest of the request may still be on its way.
#[must_use]
pub(crate) fn closing(mut response: HttpResponse) -> HttpResponse {
    response.close = true;
    response
}

/// As the answer to the host.
#[must_use]
pub(super) fn respond(response: HttpResponse) -> HttpAnswer {
    HttpAnswer::Respond(response)
}
