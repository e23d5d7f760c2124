//! Reading a body, as far as a plugin wants it.

use crate::protocol::{BodyProblem, HttpRequest};
use std::time::Duration;

/// The body of a request, as the host's HTTP server gives it.
pub trait BodySource: Send + 'static {
    /// Some bytes of it.
    type Piece: AsRef<[u8]> + Send;

    /// The next bytes, without the framing of chunks; `None` at the end.
    ///
    /// # Errors
    /// The body will never be complete.
    fn next(&mut self) -> impl Future<Output = Option<Result<Self::Piece, Broken>>> + Send;
}

/// The connection broke, or what came over it is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request's body broke off")]
pub struct Broken;

/// A body that the host has read already. It is still handed over only if the plugin asks for it.
impl BodySource for Vec<u8> {
    type Piece = Self;

    async fn next(&mut self) -> Option<Result<Self, Broken>> {
        let all = std::mem::take(self);
        (!all.is_empty()).then_some(Ok(all))
    }
}

/// How much of a body is read, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub bytes: usize,
    pub time: Duration,
}

/// Read a body to its end. Never more than the bound is held.
pub(super) async fn read(
    request: &HttpRequest,
    body: &mut impl BodySource,
    bound: Bound,
) -> Result<String, BodyProblem> {
    // One that says how long it is need not be read to be refused.
    let declared = request.header("content-length").and_then(|length| length.trim().parse::<u64>().ok());
    if declared.is_some_and(|length| length > bound.bytes as u64) {
        return Err(BodyProblem::TooLarge);
    }
    let bytes = tokio::time::timeout(bound.time, collect(body, bound.bytes)).await;
    let bytes = bytes.unwrap_or(Err(BodyProblem::Timeout))?;
    String::from_utf8(bytes).map_err(|_| BodyProblem::NotText)
}

async fn collect(body: &mut impl BodySource, most: usize) -> Result<Vec<u8>, BodyProblem> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|Broken| BodyProblem::Broken)?;
        if piece.as_ref().len() > most - bytes.len() {
            return Err(BodyProblem::TooLarge);
        }
        bytes.extend_from_slice(piece.as_ref());
    }
    Ok(bytes)
}
