//! The faults that concern single requests.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};

use super::App;
use crate::{
    errors::ApiError,
    faults::{Instead, Line},
};

/// Where posts are written.
const POSTS: &str = "/api/v4/posts";
/// Where files are uploaded.
const FILES: &str = "/api/v4/files";
/// Where WebSockets begin.
const WEBSOCKET: &str = "/api/v4/websocket";

/// The error that a request is to get instead of being carried out.
pub(super) fn refusal(app: &App, request: &Request) -> Option<ApiError> {
    // A handshake must not use up an error that a REST call is to see.
    let error = if request.uri().path() == WEBSOCKET { None } else { app.faults.next_error() };
    error
        .or_else(|| app.faults.post_refusal().filter(|_| is_post(request)))
        .or_else(|| if is_call(request, FILES) { app.faults.next_upload_error() } else { None })
        .map(error_of)
}

/// What a request gets instead of being carried out, if it was chosen by its path.
pub(super) async fn instead(app: &App, path: &str) -> Option<Result<ApiError, u64>> {
    match app.faults.next_instead(path)? {
        Instead::Status(status) => Some(Ok(error_of(status))),
        Instead::Limited(seconds) => Some(Err(seconds)),
        Instead::Silence => std::future::pending().await,
    }
}

/// Carries a request out. If its answer is to be lost, the connection is closed before anything is written.
pub(super) async fn answered(app: &App, line: Option<Arc<Line>>, request: Request, next: Next) -> Response {
    let is_post = is_post(&request);
    let response = next.run(request).await;
    if is_post && response.status().is_success() && app.faults.takes_post_response() {
        line.inspect(|line| line.close());
    }
    response
}

fn is_post(request: &Request) -> bool {
    is_call(request, POSTS)
}

fn is_call(request: &Request, path: &str) -> bool {
    request.method() == Method::POST && request.uri().path() == path
}

/// What a real server says with this status, where there is one thing that it says.
fn error_of(status: u16) -> ApiError {
    match StatusCode::from_u16(status) {
        Ok(StatusCode::UNAUTHORIZED) => ApiError::session(),
        Ok(StatusCode::FORBIDDEN) => ApiError::permission(),
        Ok(status) => ApiError::new(status, "sim.fault.app_error", "This fault was switched on."),
        Err(_) => error_of(StatusCode::INTERNAL_SERVER_ERROR.as_u16()),
    }
}
