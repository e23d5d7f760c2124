//! One text frame of the event stream.

use thiserror::Error;

use super::ServerEvent;
use super::envelope::{Envelope, FieldError, Fields, embedded, fields, optional};
use crate::model::ApiErrorBody;
use crate::shown::shown;
use crate::token::Token;

/// A text frame that the server sent.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a frame lives between two lines of code")]
pub enum Frame {
    /// Something happened.
    Event(ServerEvent),
    /// An answer to something that the client sent.
    Reply(Reply),
}

/// The answer to a request over the WebSocket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The number of the request that it answers.
    pub seq_reply: Option<u64>,
    /// Whether it was done.
    pub ok: bool,
    /// Why not.
    pub error: Option<ApiErrorBody>,
}

/// A frame that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot read {} from the server: `{field}`: {detail}", event_name(event.as_deref()))]
pub struct FrameError {
    field: &'static str,
    detail: String,
    event: Option<String>,
    seq: Option<u64>,
}

impl Frame {
    /// Reads a text frame. Keys that are not known are skipped, `null` counts as absent, and an event that this
    /// crate does not know becomes [`ServerEvent::Other`].
    ///
    /// # Errors
    ///
    /// [`FrameError`] names the field that is missing or malformed.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let whole = |detail| FrameError { field: "frame", detail, event: None, seq: None };
        // A list would otherwise be read as the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(whole("not a JSON object".to_owned()));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| whole(error.to_string()))?;
        let mut event = None;
        let mut seq = None;
        read(&envelope, &mut event, &mut seq).map_err(|FieldError { field, detail }| FrameError {
            field,
            detail,
            event,
            seq,
        })
    }
}

impl FrameError {
    /// The field that is missing or malformed, as a path within the frame: `data.post`, or `frame` for the whole.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field
    }

    /// The name of the event, as far as it could be read.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// The number of the frame, as far as it could be read.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// The parser's words may quote the frame, which may be of any length, and could echo the token.
    pub(crate) fn redacted(mut self, token: &Token) -> Self {
        self.detail = shown(&token.redact(&self.detail));
        self.event = self.event.map(|event| shown(&token.redact(&event)));
        self
    }
}

/// `event` and `seq` are filled in as they become known, for the error.
fn read(
    envelope: &Envelope<'_>,
    event: &mut Option<String>,
    seq: &mut Option<u64>,
) -> Result<Frame, FieldError> {
    *seq = optional("seq", envelope.seq)?;
    *event = optional("event", envelope.event)?;
    let Some(name) = event.as_deref().filter(|name| !name.is_empty()) else {
        return reply(envelope).map(Frame::Reply);
    };
    if !ServerEvent::is_read(name) {
        return Ok(Frame::Event(ServerEvent::Other { name: name.to_owned(), seq: *seq }));
    }
    let data: Fields<'_> = fields("data", envelope.data)?;
    let broadcast = optional("broadcast", envelope.broadcast)?.unwrap_or_default();
    ServerEvent::read(name, &data, broadcast, *seq).map(Frame::Event)
}

fn reply(envelope: &Envelope<'_>) -> Result<Reply, FieldError> {
    let status: Option<String> = optional("status", envelope.status)?;
    let seq_reply = optional("seq_reply", envelope.seq_reply)?;
    let error = embedded("error", envelope.error)?;
    let Some(status) = status else {
        let detail = "neither an `event` nor a `status`".to_owned();
        return Err(FieldError { field: "frame", detail });
    };
    Ok(Reply { seq_reply, ok: status == "OK", error })
}

fn event_name(event: Option<&str>) -> String {
    match event {
        Some(event) => format!("the event `{event}`"),
        None => "a frame".to_owned(),
    }
}
