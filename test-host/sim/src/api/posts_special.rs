//! Pins, remarks for one person, several posts by their ids.

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
    posts::PostFields,
    reply::{created, done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::PostPage,
    views::{Shown, file_view, post_list, post_view},
};

/// `POST /posts/{post_id}/pin`
pub(super) async fn pin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    set_pinned(&app, &caller, &post, true)
}

/// `POST /posts/{post_id}/unpin`
pub(super) async fn unpin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    set_pinned(&app, &caller, &post, false)
}

fn set_pinned(app: &App, caller: &Caller, post: &str, is_pinned: bool) -> Result<Response, ApiError> {
    let id = id_param(post, "post_id")?;
    let mut world = app.world();
    world.readable_post(caller.user_id, id)?;
    world.set_pinned(id, is_pinned)?;
    Ok(done())
}

/// `GET /channels/{channel_id}/pinned`
pub(super) async fn pinned(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let world = app.world();
    let channel = world.readable_channel(caller.user_id, id)?;
    let mut page = PostPage::default();
    for post in channel.posts.iter().rev().filter_map(|id| world.posts.get(id)) {
        if post.is_pinned && world.is_shown(post) {
            page.order.push(post.id);
            page.posts.insert(post.id, post);
        }
    }
    Ok(found(&post_list(&world, &page, None)))
}

#[derive(Deserialize)]
struct Ephemeral {
    user_id: String,
    post: PostFields,
}

/// `POST /posts/ephemeral`: by default for system admins only.
pub(super) async fn ephemeral(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let Ephemeral { user_id, post } = payload.parse("body")?;
    let to = Id::parse(&user_id).ok_or_else(|| ApiError::body("user_id"))?;
    let mut world = app.world();
    if !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.user(to)?;
    let channel_id = Id::parse(&post.channel_id).ok_or_else(|| ApiError::body("post"))?;
    let post = world.ephemeral(caller.user_id, to, channel_id, post.into_new())?;
    Ok(created(&post_view(&world, &post, Shown::default())))
}

/// `POST /posts/ids`
pub(super) async fn by_ids(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let ids: Vec<String> = payload.parse("post_ids")?;
    let world = app.world();
    let posts = ids.iter().filter_map(|id| world.shown_post(caller.user_id, Id::parse(id)?).ok());
    let shown = Shown { counts_replies: true, ..Shown::default() };
    Ok(found(&posts.map(|post| post_view(&world, post, shown)).collect::<Vec<_>>()))
}

/// `GET /posts/{post_id}/files/info`
pub(super) async fn files_info(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let world = app.world();
    let post = world.shown_post(caller.user_id, id)?;
    Ok(found(&world.files_of(&post.file_ids).map(|file| file_view(file, world.version)).collect::<Vec<_>>()))
}
