//! The upgrade request.

use std::collections::HashMap;

use axum::{
    extract::{Query, Request, State},
    http::HeaderMap,
    response::Response,
};

use super::{handshake, socket};
use crate::{
    api::{Server, bearer_token},
    ids::Id,
};

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
    request: Request,
) -> Response {
    match handshake::accept(request) {
        Ok((response, upgrade)) => {
            let opening = opening(&server, &headers, &query);
            tokio::spawn(async move {
                // A client that is gone before its socket began needs nothing more.
                if let Ok(socket) = upgrade.socket().await {
                    socket::run(socket, server, opening).await;
                }
            });
            response
        }
        Err(refusal) => refusal,
    }
}

fn opening(server: &Server, headers: &HeaderMap, query: &HashMap<String, String>) -> Opening {
    let Some(token) = bearer_token(headers) else { return Opening::Unknown };
    if server.app.world().token_user(&token).is_none() {
        return Opening::Unknown;
    }
    let wanted = query.get("connection_id").filter(|id| !id.is_empty());
    match wanted {
        Some(id) if server.app.version().is_modern() => {
            let seq = query.get("sequence_number").and_then(|text| text.parse().ok());
            match (Id::parse(id), seq) {
                (Some(id), Some(seq)) => Opening::Resume(token, id, seq),
                _ => Opening::Malformed,
            }
        }
        _ => Opening::Fresh(token),
    }
}
