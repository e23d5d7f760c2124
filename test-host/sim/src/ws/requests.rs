//! What clients ask over the WebSocket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{clock::now_ms, ids::Id, state::World};

/// A request frame.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    pub(super) seq: i64,
    pub(super) action: String,
    pub(super) data: Value,
}

impl Request {
    /// The text field `name` of the data, empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    status: &'a str,
    seq_reply: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ReplyError<'a>>,
}

#[derive(Serialize)]
struct ReplyError<'a> {
    id: &'a str,
    message: &'a str,
    detailed_error: &'a str,
    status_code: u16,
}

/// The reply that a request succeeded.
pub(super) fn ok(seq: i64, data: Option<Value>) -> String {
    render(&Reply { status: "OK", seq_reply: seq, data, error: None })
}

/// The reply that the connection has no valid session.
pub(super) fn not_authenticated(seq: i64) -> String {
    fail(
        seq,
        "api.web_socket_router.not_authenticated.app_error",
        "WebSocket connection is not authenticated. Please log in and try again.",
        401,
    )
}

/// The reply to a request without an action or a number.
pub(super) fn malformed(request: &Request) -> Option<String> {
    if request.action.is_empty() {
        return Some(fail(
            request.seq,
            "api.web_socket_router.no_action.app_error",
            "No WebSocket action.",
            400,
        ));
    }
    let invalid = "Invalid sequence for WebSocket message.";
    (request.seq <= 0).then(|| fail(request.seq, "api.web_socket_router.bad_seq.app_error", invalid, 400))
}

/// Does what an authenticated user asks; the reply.
pub(super) fn perform(world: &mut World, user_id: Id, request: &Request) -> String {
    match request.action.as_str() {
        "ping" => {
            let data = json!({
                "node_id": "",
                "server_time": now_ms(),
                "text": "pong",
                "version": world.version.number(),
            });
            ok(request.seq, Some(data))
        }
        "user_typing" => {
            let channel_id = Id::parse(request.text("channel_id"));
            match channel_id.map(|id| world.writable_channel(user_id, id).map(|channel| channel.id)) {
                Some(Ok(channel_id)) => {
                    world.typing(user_id, channel_id, request.text("parent_id"));
                    ok(request.seq, None)
                }
                Some(Err(error)) => fail(request.seq, error.id, &error.message, error.status.as_u16()),
                None => fail(
                    request.seq,
                    "api.websocket_handler.invalid_param.app_error",
                    "Invalid channel_id parameter.",
                    400,
                ),
            }
        }
        "get_statuses" => {
            let online = world.users.values().filter(|user| user.status != "offline");
            let statuses: BTreeMap<&str, &str> = online.map(|user| (user.id.as_str(), user.status)).collect();
            ok(request.seq, Some(json!(statuses)))
        }
        "get_statuses_by_ids" => {
            let ids = request.data.get("user_ids").and_then(Value::as_array).into_iter().flatten();
            let users = ids.filter_map(|id| world.users.get(&Id::parse(id.as_str()?)?));
            let statuses: BTreeMap<&str, &str> = users.map(|user| (user.id.as_str(), user.status)).collect();
            ok(request.seq, Some(json!(statuses)))
        }
        "user_update_active_status" => {
            let active = request.data.get("user_is_active").and_then(Value::as_bool).unwrap_or(false);
            world.set_status(user_id, if active { "online" } else { "away" });
            ok(request.seq, None)
        }
        _ => {
            fail(request.seq, "api.web_socket_router.bad_action.app_error", "Unknown WebSocket action.", 500)
        }
    }
}

fn fail(seq: i64, id: &str, message: &str, status_code: u16) -> String {
    let error = ReplyError { id, message, detailed_error: "", status_code };
    render(&Reply { status: "FAIL", seq_reply: seq, data: None, error: Some(error) })
}

fn render(reply: &Reply<'_>) -> String {
    serde_json::to_string(reply).unwrap_or_default()
}
