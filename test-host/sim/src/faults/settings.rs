//! The settings over HTTP: `/_sim/settings` shows and changes what an admin changes in the system console.
//!
//! `GET` shows them as one JSON object, `POST` takes an object with those to change and answers with all of them.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Json, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::App,
    state::{AllowedInternal, Settings},
};

/// The settings, all of them as an answer and some of them as a question. The names are part of the interface.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    /// Whether everybody in a team may register slash commands; null is what the version's roles say.
    #[serde(deserialize_with = "named")]
    manage_own_slash_commands: Option<Option<bool>>,
    enable_post_action_integration: Option<bool>,
    allowed_untrusted_internal_connections: Option<String>,
    /// In milliseconds, unlike in the system console.
    outgoing_integration_requests_timeout_ms: Option<u64>,
}

/// Tells a null apart from what is not named.
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<bool>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `GET /_sim/settings`
pub(super) async fn show(State(app): State<Arc<App>>) -> Response {
    Json(document(&app.world().settings)).into_response()
}

/// `POST /_sim/settings`
pub(super) async fn change(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let wanted: Document = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response();
        }
    };
    let settings = &mut app.world().settings;
    if let Some(own_commands) = wanted.manage_own_slash_commands {
        settings.own_commands = own_commands;
    }
    if let Some(post_actions) = wanted.enable_post_action_integration {
        settings.post_actions = post_actions;
    }
    if let Some(list) = wanted.allowed_untrusted_internal_connections {
        settings.internal = AllowedInternal::new(&list);
    }
    if let Some(ms) = wanted.outgoing_integration_requests_timeout_ms {
        settings.timeout = Duration::from_millis(ms);
    }
    Json(document(settings)).into_response()
}

fn document(settings: &Settings) -> Document {
    Document {
        manage_own_slash_commands: Some(settings.own_commands),
        enable_post_action_integration: Some(settings.post_actions),
        allowed_untrusted_internal_connections: Some(settings.internal.text().to_owned()),
        outgoing_integration_requests_timeout_ms: Some(
            u64::try_from(settings.timeout.as_millis()).unwrap_or(u64::MAX),
        ),
    }
}
