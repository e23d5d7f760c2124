//! A gateway with the channel that tells what its configuration lists.

use super::Home;
use super::gateway::Gateway;
use serde_json::{Value, json};

/// A state directory with the channel, which tells these events.
pub fn scripted(events: &Value) -> Home {
    let home = Home::new();
    home.place_scripted();
    home.config(&json!({ "channels": { "scripted": { "events": events } } }));
    home
}

/// A gateway that runs with this agent.
pub async fn running(home: &Home, agent: &str) -> Gateway {
    let mut gateway = Gateway::start(home, &["--agent", agent]);
    gateway.line("gateway: running").await;
    gateway
}

/// Somebody says something.
pub fn message(id: &str, text: &str) -> Value {
    json!({
        "type": "inbound.message", "event_id": id, "account_id": "default", "received_at_ms": 0, "message_id": id,
        "timestamp_ms": 0, "text": text, "raw_text": text, "sender": { "id": "u1" },
        "conversation": { "kind": "direct", "channel_id": "c1" }, "mention": { "was_mentioned": false },
        "reply": { "target": "channel:c1" }, "session": session("s1"),
    })
}

/// A session.
pub fn session(key: &str) -> Value {
    json!({ "agent_id": "main", "key": key, "peer": { "kind": "direct", "id": "u1" } })
}
