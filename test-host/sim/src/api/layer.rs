//! What happens to every request and answer: limits, headers, error bodies, the log.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{App, faulty};
use crate::{
    errors::{ApiError, NO_ROUTE},
    faults::Line,
    ids::Id,
    limit::Verdict,
    request_log::RequestRecord,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The largest body that is read whole before anything answers.
const GATHERED: u64 = 256 * 1024;

/// Wraps all routes.
pub(super) async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let request = gathered(request).await;
    let method = request.method().as_str().to_owned();
    let uri = request.uri().clone();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let line = request.extensions().get::<Arc<Line>>().cloned();
    let verdict = match app.faults.is_rate_limited() {
        true => Some(Verdict::exhausted(app.options.rate_limit.unwrap_or_default())),
        false => peer.and_then(|peer| app.count(peer)),
    };
    let mut response = match verdict {
        Some(Verdict { retry_after: Some(seconds), .. }) => refused(seconds),
        _ => {
            let chosen = faulty::instead(&app, uri.path()).await;
            let refusal = || faulty::refusal(&app, &request).map(Ok);
            let response = match chosen.or_else(refusal) {
                Some(Ok(error)) => error.into_response(),
                Some(Err(seconds)) => refused(seconds),
                None => faulty::answered(&app, line, request, next).await,
            };
            finish(&app, response, uri.path())
        }
    };
    if let Some(verdict) = verdict {
        limit_headers(response.headers_mut(), verdict);
    }
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    app.log().push(RequestRecord { method, path, status: response.status().as_u16() });
    response
}

/// The request with its body at hand, if that is small.
///
/// A refusal needs no body, but to answer and hang up while the client still writes would reset the connection, and the
/// answer might be lost with it. Real servers read that much of what nobody asked for, too.
async fn gathered(request: Request) -> Request {
    if !request.body().size_hint().upper().is_some_and(|size| (1..=GATHERED).contains(&size)) {
        return request;
    }
    let (parts, body) = request.into_parts();
    // A body that is cut short reads as empty, as everywhere.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Request::from_parts(parts, Body::from(bytes))
}

/// Writes the body of an error and the headers of every answer.
fn finish(app: &App, mut response: Response, path: &str) -> Response {
    let version = app.version();
    let error = response.extensions_mut().remove::<ApiError>();
    if let Some(error) = error.as_ref().filter(|error| error.id == NO_ROUTE) {
        // The router itself answers, before anything knows of ids and versions.
        let kind = if version.is_modern() { "application/json" } else { "text/plain; charset=utf-8" };
        let body = Body::from(error.body_bytes(version, None, path));
        return (error.status, [(CONTENT_TYPE, kind)], body).into_response();
    }
    let request_id = Id::new();
    if let Some(error) = error {
        *response.status_mut() = error.status;
        *response.body_mut() = Body::from(error.body_bytes(version, Some(request_id.as_str()), path));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(VERSION_ID, HeaderValue::from_static(version.long()));
    response
}

fn refused(retry_after: u64) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (RETRY_AFTER, HeaderValue::from(retry_after)),
    ];
    (StatusCode::TOO_MANY_REQUESTS, headers, "limit exceeded\n").into_response()
}

fn limit_headers(headers: &mut HeaderMap, verdict: Verdict) {
    headers.insert(LIMIT, HeaderValue::from(verdict.limit));
    headers.insert(REMAINING, HeaderValue::from(verdict.remaining));
    headers.insert(RESET, HeaderValue::from(verdict.reset));
}
