//! Emojis on posts.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    App,
    body::Payload,
    caller::{Caller, id_param},
    reply::{done, found},
};
use crate::{errors::ApiError, ids::Id, views::reaction_view};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ReactionFields {
    user_id: String,
    post_id: String,
    emoji_name: String,
}

/// `POST /reactions`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: ReactionFields = payload.parse("reaction")?;
    let mut world = app.world();
    let (Some(user_id), Some(post_id)) = (Id::parse(&fields.user_id), Id::parse(&fields.post_id)) else {
        return Err(ApiError::body("reaction"));
    };
    if user_id != caller.user_id {
        return Err(ApiError::permission());
    }
    let post = world.readable_post(user_id, post_id).map_err(|_| ApiError::permission())?;
    let channel_id = post.channel_id;
    world.writable_channel(user_id, channel_id)?;
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+');
    if fields.emoji_name.is_empty() || !fields.emoji_name.bytes().all(letters) {
        return Err(if world.version.is_modern() {
            ApiError::missing("app.emoji.get_by_name.no_result", "We couldn’t find the emoji.")
        } else {
            ApiError::bad("model.reaction.is_valid.emoji_name.app_error", "Invalid emoji name.")
        });
    }
    let reaction = world.add_reaction(user_id, post_id, &fields.emoji_name)?;
    Ok(found(&reaction_view(&reaction, post_id, Some(channel_id), world.version)))
}

/// `GET /posts/{post_id}/reactions`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let world = app.world();
    let post = world.readable_post(caller.user_id, id)?;
    if post.reactions.is_empty() {
        return Ok(found(&serde_json::Value::Null));
    }
    let views = post
        .reactions
        .iter()
        .map(|reaction| reaction_view(reaction, id, Some(post.channel_id), world.version));
    Ok(found(&views.collect::<Vec<_>>()))
}

/// `DELETE /users/{user_id}/posts/{post_id}/reactions/{emoji_name}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((user, post, emoji_name)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let post_id = id_param(&post, "post_id")?;
    let mut world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.readable_post(caller.user_id, post_id).map_err(|_| ApiError::permission())?;
    world.remove_reaction(user_id, post_id, &emoji_name)?;
    Ok(done())
}
