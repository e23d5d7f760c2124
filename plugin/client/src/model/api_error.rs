//! The body of an error.

use serde::{Deserialize, Serialize};

use super::or_default;

/// How Mattermost describes an error, in a REST answer and in a failed WebSocket reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiErrorBody {
    /// Like `api.context.session_expired.app_error`; differs between server versions.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// For a person, in the language of the account.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// More for a developer; mostly empty.
    #[serde(default, deserialize_with = "or_default")]
    pub detailed_error: String,
    /// To find the call in the server's log.
    #[serde(default, deserialize_with = "or_default")]
    pub request_id: String,
    /// The HTTP status once more.
    #[serde(default, deserialize_with = "or_default")]
    pub status_code: u16,
}
