//! The upgrade request.

use std::collections::HashMap;

use axum::{
    extract::{Query, State, WebSocketUpgrade},
    http::HeaderMap,
    response::Response,
};

use super::socket;
use crate::{
    api::{Server, bearer_token},
    ids::Id,
};

/// The largest frame that a client may send.
const MAX_FRAME: usize = 8 * 1024;
/// How much is gathered before it goes to the network in one piece.
const WRITE_BUFFER: usize = 16 * 1024;

/// How an upgrade introduces itself.
#[derive(Debug)]
pub(super) enum Opening {
    /// Without a valid session: the challenge must follow.
    Unknown,
    /// With a session, for a fresh connection.
    Fresh(String),
    /// With a session, to take up the connection with this id at this number.
    Resume(String, Id, i64),
    /// With a session and a malformed resume: the server hangs up.
    Malformed,
}

/// `GET /api/v4/websocket`
pub(crate) async fn websocket(
    State(server): State<Server>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let opening = opening(&server, &headers, &query);
    upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(move |socket| socket::run(socket, server, opening))
}

fn opening(server: &Server, headers: &HeaderMap, query: &HashMap<String, String>) -> Opening {
    let Some(token) = bearer_token(headers) else { return Opening::Unknown };
    if server.app.world().token_user(&token).is_none() {
        return Opening::Unknown;
    }
    let wanted = query.get("connection_id").filter(|id| !id.is_empty());
    match wanted {
        Some(id) if server.app.options.version.is_modern() => {
            let seq = query.get("sequence_number").and_then(|text| text.parse().ok());
            match (Id::parse(id), seq) {
                (Some(id), Some(seq)) => Opening::Resume(token, id, seq),
                _ => Opening::Malformed,
            }
        }
        _ => Opening::Fresh(token),
    }
}
