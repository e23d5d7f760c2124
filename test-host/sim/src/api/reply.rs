//! Writing answers.

use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;

/// From how many bytes on an answer is sent in chunks, without its length. Clients must cope with both.
const CHUNKED_FROM: usize = 2048;

/// A JSON answer.
pub(super) fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    let body = if bytes.len() > CHUNKED_FROM {
        Body::from_stream(stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]))
    } else {
        Body::from(bytes)
    };
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// A JSON answer with 200.
pub(super) fn found<T: Serialize + ?Sized>(value: &T) -> Response {
    json(StatusCode::OK, value)
}

/// A JSON answer with 201.
pub(super) fn created<T: Serialize + ?Sized>(value: &T) -> Response {
    json(StatusCode::CREATED, value)
}

/// The answer of calls that have nothing else to say.
pub(super) fn done() -> Response {
    json(StatusCode::OK, &Done { status: "OK" })
}

#[derive(Serialize)]
struct Done {
    status: &'static str,
}
