//! Members of channels.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    App,
    body::{Payload, Roles},
    caller::{Caller, id_param},
    channels::managed,
    query::Params,
    reply::{created, done, found},
    teams,
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{ChannelKind, ChannelMember, World},
    views::{ChannelMemberView, member_view, unread_view},
};

/// A membership as the caller sees it: when others read what is their own business.
fn seen(
    world: &World,
    caller: &Caller,
    channel_id: Id,
    user_id: Id,
    member: &ChannelMember,
) -> ChannelMemberView {
    if user_id == caller.user_id || !world.version.is_modern() {
        return member_view(channel_id, user_id, member, world.version);
    }
    let hidden = ChannelMember { last_viewed_at: -1, last_update_at: -1, ..member.clone() };
    member_view(channel_id, user_id, &hidden, world.version)
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct NewMembers {
    user_id: String,
    user_ids: Vec<String>,
}

/// `POST /channels/{channel_id}/members`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let new: NewMembers = payload.parse("user_id or user_ids")?;
    let mut world = app.world();
    let channel = world.channel(channel_id)?;
    if channel.kind.is_conversation() {
        return Err(ApiError::bad(
            "api.channel.add_user_to_channel.type.app_error",
            "Can not add user to this channel type.",
        ));
    }
    let (is_open, team_id) = (channel.kind == ChannelKind::Open, channel.team_id);
    let several = new.user_id.is_empty();
    let texts = if several { new.user_ids } else { vec![new.user_id] };
    let ids: Vec<Id> = texts.iter().filter_map(|text| Id::parse(text)).collect();
    if ids.is_empty() || ids.len() != texts.len() {
        return Err(ApiError::body("user_id or user_ids"));
    }
    // Everybody of the team may walk into an open channel; bringing others needs to be in it.
    let joins =
        is_open && ids == [caller.user_id] && team_id.is_some_and(|id| world.in_team(caller.user_id, id));
    if !joins {
        managed(&world, &caller, channel_id)?;
    }
    let mut members = Vec::with_capacity(ids.len());
    for user_id in ids {
        world.add_channel_member(caller.user_id, channel_id, user_id)?;
        members.push(user_id);
    }
    let mut views = Vec::with_capacity(members.len());
    for user_id in members {
        let (_, member) = world.member(channel_id, user_id)?;
        views.push(seen(
            &world,
            &caller,
            channel_id,
            user_id,
            &ChannelMember { mention_count: 0, mention_count_root: 0, ..member.clone() },
        ));
    }
    Ok(match views.as_slice() {
        [one] if !several => created(one),
        all => created(all),
    })
}

/// `GET /channels/{channel_id}/members`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let world = app.world();
    let channel = world.readable_channel(caller.user_id, channel_id)?;
    let mut members: Vec<(&Id, &ChannelMember)> = channel.members.iter().collect();
    members.sort_by_key(|(id, _)| **id);
    let views =
        params.slice(members).into_iter().map(|(id, member)| seen(&world, &caller, channel_id, *id, member));
    Ok(found(&views.collect::<Vec<_>>()))
}

/// `POST /channels/{channel_id}/members/ids`
pub(super) async fn by_ids(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let ids: Vec<String> = payload.parse("user_ids")?;
    let world = app.world();
    let channel = world.readable_channel(caller.user_id, channel_id)?;
    let members = ids.iter().filter_map(|id| {
        let id = Id::parse(id)?;
        Some(seen(&world, &caller, channel_id, id, channel.members.get(&id)?))
    });
    Ok(found(&members.collect::<Vec<_>>()))
}

/// `GET /channels/{channel_id}/members/{user_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((channel, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let user_id = caller.user_param(&user)?;
    let world = app.world();
    world.readable_channel(caller.user_id, channel_id)?;
    let (_, member) = world.member(channel_id, user_id)?;
    Ok(found(&seen(&world, &caller, channel_id, user_id, member)))
}

/// `DELETE /channels/{channel_id}/members/{user_id}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((channel, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let user_id = caller.user_param(&user)?;
    let mut world = app.world();
    world.channel(channel_id)?;
    if user_id != caller.user_id {
        managed(&world, &caller, channel_id)?;
    }
    world.remove_channel_member(caller.user_id, channel_id, user_id)?;
    Ok(done())
}

/// `PUT /channels/{channel_id}/members/{user_id}/roles`
pub(super) async fn set_roles(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((channel, user)): Path<(String, String)>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let channel_id = id_param(&channel, "channel_id")?;
    let user_id = caller.user_param(&user)?;
    let Roles { roles } = payload.parse("roles")?;
    let mut world = app.world();
    let (_, own) = world.member(channel_id, caller.user_id).map_err(|_| ApiError::permission())?;
    if !own.is_admin && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.set_channel_admin(
        channel_id,
        user_id,
        roles.split_whitespace().any(|role| role == "channel_admin"),
    )?;
    Ok(done())
}

/// `GET /users/{user_id}/teams/{team_id}/channels/members`
pub(super) async fn of_user_in_team(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((user, team)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let team_id = id_param(&team, "team_id")?;
    let world = app.world();
    teams::visible(&world, &caller, team_id)?;
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    let mut channels = world.channels_of(user_id, Some(team_id));
    channels.sort_by_key(|channel| channel.id);
    let members = channels.into_iter().filter_map(|channel| {
        Some(seen(&world, &caller, channel.id, user_id, channel.members.get(&user_id)?))
    });
    Ok(found(&members.collect::<Vec<_>>()))
}

/// `GET /users/{user_id}/channels/{channel_id}/unread`
pub(super) async fn unread(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((user, channel)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let channel_id = id_param(&channel, "channel_id")?;
    let world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.readable_channel(caller.user_id, channel_id)?;
    let (channel, member) = world.member(channel_id, user_id)?;
    Ok(found(&unread_view(channel, member, world.version)))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct View {
    channel_id: String,
    prev_channel_id: String,
}

/// `POST /channels/members/{user_id}/view`
pub(super) async fn view(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let view: View = payload.parse("channel_view")?;
    viewed(&app, &caller, user_id, &[view.channel_id, view.prev_channel_id])
}

/// `POST /channels/members/{user_id}/mark_read`
pub(super) async fn mark_read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    if !app.version().is_modern() {
        return Err(ApiError::no_route());
    }
    let user_id = caller.user_param(&user)?;
    let channel_ids: Vec<String> = payload.parse("channel_ids")?;
    viewed(&app, &caller, user_id, &channel_ids)
}

fn viewed(app: &App, caller: &Caller, user_id: Id, channels: &[String]) -> Result<Response, ApiError> {
    let mut world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    let mut times = serde_json::Map::new();
    for id in channels.iter().filter_map(|text| Id::parse(text)) {
        world.view_channel(id, user_id);
        if let Ok((_, member)) = world.member(id, user_id) {
            times.insert(id.to_string(), json!(member.last_viewed_at));
        }
    }
    Ok(found(&json!({ "status": "OK", "last_viewed_at_times": times })))
}
