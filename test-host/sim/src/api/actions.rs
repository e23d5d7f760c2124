//! Clicks on buttons, choices in menus, dialogs.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    App, Server,
    body::Payload,
    caller::{Caller, id_param},
    detached::detached,
    reply::{done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    integrations::{Click, DialogSubmission, OpenDialog, click, open_dialog, submit_dialog},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClickFields {
    selected_option: String,
    cookie: String,
}

/// `POST /posts/{post_id}/actions/{action_id}`: the route has letters and digits only. A body that is none counts as
/// empty.
pub(super) async fn act(
    State(server): State<Server>,
    caller: Caller,
    Path((post, action_id)): Path<(String, String)>,
    payload: Payload,
) -> Result<Response, ApiError> {
    if !action_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ApiError::no_route());
    }
    let post_id = id_param(&post, "post_id")?;
    let app = Arc::clone(&server.app);
    // Old servers give actions ids like everything else and take no others.
    if !app.version().is_modern() && Id::parse(&action_id).is_none() {
        return Err(ApiError::url("action_id"));
    }
    let ClickFields { selected_option, cookie } = payload.parse("action").unwrap_or_default();
    let clicked =
        Click { user_id: caller.user_id, token: caller.token, post_id, action_id, selected_option, cookie };
    let clicked = detached(&server, async move { click(&app, clicked).await }).await?;
    let answer = found(&json!({ "status": "OK", "trigger_id": clicked.trigger_id }));
    let app = Arc::clone(&server.app);
    tokio::spawn(async move { clicked.tell(&app) });
    Ok(answer)
}

/// `POST /actions/dialogs/open`: the trigger id says for whom, and needs no session.
pub(super) async fn open(State(app): State<Arc<App>>, payload: Payload) -> Result<Response, ApiError> {
    let wanted: OpenDialog = payload.parse("dialog")?;
    open_dialog(&app.world(), wanted)?;
    Ok(done())
}

/// `POST /actions/dialogs/submit`
pub(super) async fn submit(
    State(server): State<Server>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let filled: DialogSubmission = payload.parse("dialog")?;
    let app = Arc::clone(&server.app);
    let work = async move { submit_dialog(&app, caller.user_id, &caller.token, filled).await };
    Ok(found(&detached(&server, work).await?))
}
