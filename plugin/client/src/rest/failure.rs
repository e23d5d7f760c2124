//! Making an error out of an answer that is not a success.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};

use super::body::{self, ERROR_LIMIT};
use crate::error::{Error, ErrorKind};
use crate::model::ApiErrorBody;
use crate::token::Token;

/// A server that asks for more is misunderstood: some proxies put a point in time into `X-RateLimit-Reset`.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The error that a 3xx, 4xx or 5xx answer stands for.
pub(super) async fn read(mut response: Response, token: &Token) -> Error {
    let status = response.status().as_u16();
    let location = header(response.headers(), LOCATION.as_str()).map(|text| shown(token, text));
    if (300..400).contains(&status) {
        return Error::new(ErrorKind::Redirect { status, location });
    }
    let retry_after = retry_after(status, response.headers());
    // The body of a 429 is plain text whatever its header says.
    let json = status != 429 && body::is_json(response.headers());
    let bytes = body::read_beginning(&mut response, ERROR_LIMIT).await;
    let parsed: Option<ApiErrorBody> = if json { serde_json::from_slice(&bytes).ok() } else { None };
    let (id, message) = match parsed {
        Some(body) => (Some(body.id).filter(|id| !id.is_empty()), body.message),
        None => (None, String::new()),
    };
    let message = if !message.trim().is_empty() {
        message
    } else if body::is_html(response.headers()) {
        // A whole page helps nobody.
        "a web page instead of Mattermost's API; does baseUrl point at a Mattermost server?".to_owned()
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let message = match message.trim() {
        "" => "unknown error".to_owned(),
        text => shown(token, text),
    };
    Error::new(ErrorKind::Api { status, id: id.map(|id| shown(token, &id)), message, retry_after })
}

/// How long the server asks to wait. `X-RateLimit-Reset` is seconds from now, not a point in time.
pub(crate) fn retry_after(status: u16, headers: &HeaderMap) -> Option<Duration> {
    let seconds = |name: &str| header(headers, name)?.trim().parse().ok().map(Duration::from_secs);
    let wait = seconds(RETRY_AFTER.as_str())
        .or_else(|| if status == 429 { seconds("X-RateLimit-Reset") } else { None })?;
    Some(wait.min(LONGEST_WAIT))
}

/// Redacted first and cut then: a cut through the middle of a secret would hide it from the redaction.
fn shown(token: &Token, text: &str) -> String {
    crate::shown::shown(&token.redact(text))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
