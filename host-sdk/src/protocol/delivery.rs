//! What `poll` gives.

use super::error::Error;
use super::event::Event;
use super::init::LogLevel;
use serde::{Deserialize, Serialize};

/// One delivery in pull mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Delivery {
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
    /// The one end of a pending request.
    Completion {
        /// The host's own id.
        request_id: u64,
        /// `OC_OK` (0) or a negative status.
        status: i32,
        /// The result when `status` is 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<serde_json::Value>,
        /// The error when `status` is negative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Error>,
    },
    /// A log record; only when `log.poll` was set at init.
    Log {
        /// The level.
        level: LogLevel,
        /// Milliseconds since 1970 UTC.
        time_ms: i64,
        /// Which part speaks.
        target: String,
        /// One line.
        message: String,
        /// The record's fields.
        fields: serde_json::Map<String, serde_json::Value>,
    },
}
