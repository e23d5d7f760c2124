//! Reading an answer's body without trusting its length.

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// The longest error body that is read. 8 KiB.
pub(super) const ERROR_LIMIT: u64 = 8 * 1024;
/// The longest answer that is not JSON. 64 KiB.
pub(super) const TEXT_LIMIT: u64 = 64 * 1024;
/// The longest JSON answer. 16 MiB.
pub(super) const JSON_LIMIT: u64 = 16 * 1024 * 1024;

/// Why a body was not read to its end.
pub(super) enum BodyError {
    /// It is longer than allowed.
    TooLarge,
    /// The connection broke off.
    Network(reqwest::Error),
}

/// Reads the body up to `limit` bytes, counting while it streams: an announced length may lie or be absent.
pub(super) async fn read(response: &mut Response, limit: u64) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit {
        return Err(BodyError::TooLarge);
    }
    // Room for what is announced, but no more than a little on the other side's word alone.
    let mut bytes = Vec::with_capacity(usize::try_from(announced.min(TEXT_LIMIT)).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Network)? {
        if (bytes.len() as u64).saturating_add(chunk.len() as u64) > limit {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The beginning of the body, whatever happens behind it: for errors, where some text is better than none.
pub(super) async fn read_beginning(response: &mut Response, limit: u64) -> Vec<u8> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    while bytes.len() < limit {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(limit);
    bytes
}

/// Whether the headers announce JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|text| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

/// Whether the headers announce a web page.
pub(super) fn is_html(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// The `Content-Type` header as text.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}
