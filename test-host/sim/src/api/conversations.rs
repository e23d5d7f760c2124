//! Direct and group channels.

use std::{collections::BTreeSet, sync::Arc};

use axum::{extract::State, response::Response};

use super::{App, body::Payload, caller::Caller, reply::created};
use crate::{errors::ApiError, ids::Id, views::channel_view};

/// `POST /channels/direct`
pub(super) async fn direct(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let ids = user_ids(&payload)?;
    let mut world = app.world();
    let other = match ids[..] {
        [a, b] if a == caller.user_id => b,
        [a, b] if b == caller.user_id => a,
        [a, b] if world.is_admin(caller.user_id) => {
            let id = world.direct_channel(a, b)?;
            return Ok(created(&channel_view(world.channel(id)?, world.version)));
        }
        [_, _] => return Err(ApiError::permission()),
        // Later servers take one id as a channel with oneself.
        [a] if a == caller.user_id && world.version.is_modern() => a,
        _ => return Err(ApiError::body("user_ids")),
    };
    let id = world.direct_channel(caller.user_id, other)?;
    Ok(created(&channel_view(world.channel(id)?, world.version)))
}

/// `POST /channels/group`
pub(super) async fn group(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let mut ids: BTreeSet<Id> = user_ids(&payload)?.into_iter().collect();
    ids.insert(caller.user_id);
    let mut world = app.world();
    let id = world.group_channel(&ids)?;
    Ok(created(&channel_view(world.channel(id)?, world.version)))
}

fn user_ids(payload: &Payload) -> Result<Vec<Id>, ApiError> {
    let texts: Vec<String> = payload.parse("user_ids")?;
    texts.iter().map(|text| Id::parse(text).ok_or_else(|| ApiError::body("user_ids"))).collect()
}
