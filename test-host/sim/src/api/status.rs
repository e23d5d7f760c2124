//! Presence and typing.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{
    App,
    body::Payload,
    caller::Caller,
    reply::{done, found},
};
use crate::{errors::ApiError, ids::Id, state::User};

#[derive(Serialize)]
struct StatusView {
    user_id: Id,
    status: &'static str,
    manual: bool,
    last_activity_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_channel: Option<&'static str>,
}

fn view(user: &User) -> StatusView {
    StatusView {
        user_id: user.id,
        status: user.status,
        manual: false,
        last_activity_at: user.activity_at,
        active_channel: None,
    }
}

/// `GET /users/{user_id}/status`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let world = app.world();
    Ok(found(&view(world.user(id)?)))
}

/// `POST /users/status/ids`
pub(super) async fn by_ids(
    State(app): State<Arc<App>>,
    _: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let ids: Vec<String> = payload.parse("user_ids")?;
    let world = app.world();
    let users = ids.iter().filter_map(|id| world.users.get(&Id::parse(id)?));
    Ok(found(&users.map(view).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
struct NewStatus {
    #[serde(default)]
    status: String,
}

/// `PUT /users/{user_id}/status`
pub(super) async fn set(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let NewStatus { status } = payload.parse("status")?;
    let known = ["online", "away", "dnd", "offline"].into_iter().find(|known| *known == status);
    let status = known.ok_or_else(|| ApiError::body("status"))?;
    let mut world = app.world();
    if id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.set_status(id, status);
    Ok(found(&view(world.user(id)?)))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Typing {
    channel_id: String,
    parent_id: String,
}

/// `POST /users/{user_id}/typing`
pub(super) async fn typing(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    if !app.version().is_modern() {
        return Err(ApiError::no_route());
    }
    let id = caller.user_param(&user)?;
    let typing: Typing = payload.parse("typing_request")?;
    let world = app.world();
    if id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    let channel_id = Id::parse(&typing.channel_id).ok_or(ApiError::permission())?;
    world.writable_channel(id, channel_id)?;
    world.typing(id, channel_id, &typing.parent_id);
    Ok(done())
}
