//! Writing, reading and changing posts.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    App, Server,
    body::Payload,
    caller::{Caller, id_param},
    reply::{created, done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{Claim, NewPost, PostPatch, World},
    views::{Shown, post_view},
};

/// A post in a request's body.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct PostFields {
    pub(super) id: String,
    pub(super) channel_id: String,
    pub(super) message: Option<String>,
    pub(super) root_id: String,
    pub(super) props: Option<Map<String, Value>>,
    pub(super) file_ids: Option<Vec<String>>,
    pub(super) pending_post_id: String,
    pub(super) is_pinned: Option<bool>,
}

impl PostFields {
    /// The post to write; the channel is looked at separately.
    pub(super) fn into_new(self) -> NewPost {
        NewPost {
            kind: Cow::Borrowed(""),
            message: self.message.unwrap_or_default(),
            root_id: self.root_id,
            props: self.props.unwrap_or_default(),
            file_ids: parse_ids(&self.file_ids.unwrap_or_default()),
            pending_post_id: self.pending_post_id,
        }
    }
}

fn parse_ids(texts: &[String]) -> Vec<Id> {
    texts.iter().filter_map(|text| Id::parse(text)).collect()
}

/// `POST /posts`
pub(super) async fn create(
    State(server): State<Server>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: PostFields = payload.parse("post")?;
    let channel_id = Id::parse(&fields.channel_id).ok_or(ApiError::permission())?;
    let new = fields.into_new();
    let latency = server.app.options.post_latency.max(server.app.faults.post_delay());
    let life = {
        let mut world = server.app.world();
        world.writable_channel(caller.user_id, channel_id)?;
        if let Claim::Done(post_id) = world.claim(&new.pending_post_id)? {
            let post = world.readable_post(caller.user_id, post_id)?;
            return Ok(created(&post_view(&world, post, Shown { bare: true, ..Shown::default() })));
        }
        if latency.is_zero() {
            return write(&mut world, caller.user_id, channel_id, new);
        }
        world.life
    };
    // A caller who hangs up does not undo the post, so that it is written in a task of its own.
    let app = Arc::clone(&server.app);
    let mut guard = server.guard.clone();
    let task = tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(latency) => {}
            () = guard.stopped() => {}
        }
        let mut world = app.world();
        // What was in flight when a server ended is lost.
        if world.life != life {
            return Err(ApiError::no_post());
        }
        write(&mut world, caller.user_id, channel_id, new)
    });
    task.await.unwrap_or_else(|_| Err(ApiError::no_post()))
}

fn write(world: &mut World, user_id: Id, channel_id: Id, new: NewPost) -> Result<Response, ApiError> {
    let pending_post_id = new.pending_post_id.clone();
    let written = world.create_post(user_id, channel_id, new);
    world.settle(&pending_post_id, written.as_ref().ok().copied());
    let post_id = written?;
    if world.user(user_id)?.bot.is_none() {
        world.view_channel(channel_id, user_id);
    }
    let post = world.live_post(post_id)?;
    let shown = Shown { pending_post_id: &pending_post_id, bare: false, counts_replies: true };
    Ok(created(&post_view(world, post, shown)))
}

/// `GET /posts/{post_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let world = app.world();
    world.shown_post(caller.user_id, id)?;
    show(&world, id)
}

/// `PUT /posts/{post_id}`: what the body does not name is emptied.
pub(super) async fn update(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let fields: PostFields = payload.parse("post")?;
    if Id::parse(&fields.id) != Some(id) {
        return Err(ApiError::body("id"));
    }
    let mut world = app.world();
    world.editable_post(caller.user_id, id)?;
    world.patch_post(
        id,
        PostPatch {
            message: Some(fields.message.unwrap_or_default()),
            props: Some(fields.props.unwrap_or_default()),
            is_pinned: Some(fields.is_pinned.unwrap_or(false)),
            file_ids: Some(parse_ids(&fields.file_ids.unwrap_or_default())),
        },
    )?;
    show(&world, id)
}

/// `PUT /posts/{post_id}/patch`: what the body does not name stays.
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let fields: PostFields = payload.parse("post")?;
    let mut world = app.world();
    world.editable_post(caller.user_id, id)?;
    world.patch_post(
        id,
        PostPatch {
            message: fields.message,
            props: fields.props,
            is_pinned: fields.is_pinned,
            file_ids: fields.file_ids.map(|ids| parse_ids(&ids)),
        },
    )?;
    show(&world, id)
}

/// `DELETE /posts/{post_id}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let mut world = app.world();
    world.deletable_post(caller.user_id, id)?;
    world.delete_post(caller.user_id, id)?;
    Ok(done())
}

fn show(world: &World, id: Id) -> Result<Response, ApiError> {
    let post = world.live_post(id)?;
    Ok(found(&post_view(world, post, Shown { counts_replies: true, ..Shown::default() })))
}
