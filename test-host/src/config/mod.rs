//! The configuration: OpenClaw's own file.

mod read;
mod template;

pub use read::load;

use serde_json::Value;

/// A plugin is off only when `plugins.entries.<id>.enabled` says so.
pub fn plugin_enabled(config: &Value, id: &str) -> bool {
    config["plugins"]["entries"][id]["enabled"] != Value::Bool(false)
}

/// `gateway.port`.
pub fn gateway_port(config: &Value) -> Option<u16> {
    config["gateway"]["port"].as_u64().and_then(|port| u16::try_from(port).ok())
}
