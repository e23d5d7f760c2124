//! What the client sends.

use serde::Serialize;

use super::machine::Outgoing;
use crate::token::Token;

#[derive(Serialize)]
struct Request<T> {
    seq: u64,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

#[derive(Serialize)]
struct Challenge<'a> {
    token: &'a str,
}

#[derive(Serialize)]
struct Typing<'a> {
    channel_id: &'a str,
    parent_id: &'a str,
}

/// The text frame of a request. The token goes in here and nowhere earlier.
pub(super) fn encode(outgoing: &Outgoing, token: &Token) -> Result<String, serde_json::Error> {
    match outgoing {
        Outgoing::Challenge { seq } => serde_json::to_string(&Request {
            seq: *seq,
            action: "authentication_challenge",
            data: Some(Challenge { token: token.expose() }),
        }),
        Outgoing::Ping { seq } => {
            serde_json::to_string(&Request::<()> { seq: *seq, action: "ping", data: None })
        }
        Outgoing::Typing { seq, channel_id, parent_id } => serde_json::to_string(&Request {
            seq: *seq,
            action: "user_typing",
            data: Some(Typing { channel_id, parent_id }),
        }),
    }
}
