//! Channels.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    App,
    body::Payload,
    caller::{Caller, id_param},
    query::Params,
    reply::{created, done, found},
    teams,
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{Channel, ChannelKind, ChannelPatch, NewChannel, World},
    views::channel_view,
};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ChannelFields {
    team_id: String,
    name: Option<String>,
    display_name: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    header: Option<String>,
    purpose: Option<String>,
}

/// `POST /channels`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: ChannelFields = payload.parse("channel")?;
    let team_id = Id::parse(&fields.team_id).ok_or_else(|| ApiError::body("team_id"))?;
    let kind = match fields.kind.as_str() {
        "O" => ChannelKind::Open,
        "P" => ChannelKind::Private,
        "D" | "G" => {
            return Err(ApiError::bad(
                "api.channel.create_channel.direct_channel.app_error",
                "Must use createDirectChannel API service for direct message channel creation.",
            ));
        }
        _ => return Err(ApiError::bad("model.channel.is_valid.type.app_error", "Invalid type.")),
    };
    let mut world = app.world();
    if !world.in_team(caller.user_id, team_id) {
        return Err(ApiError::permission());
    }
    let name = fields.name.unwrap_or_default();
    let id = world.create_channel(
        caller.user_id,
        NewChannel {
            team_id: Some(team_id),
            kind,
            display_name: fields.display_name.filter(|text| !text.is_empty()).unwrap_or_else(|| name.clone()),
            name,
            header: fields.header.unwrap_or_default(),
            purpose: fields.purpose.unwrap_or_default(),
            creator_id: Some(caller.user_id),
        },
    )?;
    // The answer shows the channel as it was made, before the remark that its creator joined.
    let mut fresh = world.channel(id)?.clone();
    fresh.last_post_at = 0;
    fresh.last_root_post_at = 0;
    Ok(created(&channel_view(&fresh, world.version)))
}

/// `GET /channels/{channel_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let world = app.world();
    let channel = world.shown_channel(world.readable_channel(caller.user_id, id)?);
    Ok(found(&channel_view(&channel, world.version)))
}

/// `PUT /channels/{channel_id}` and `PUT /channels/{channel_id}/patch`
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let fields: ChannelFields = payload.parse("channel")?;
    let mut world = app.world();
    managed(&world, &caller, id)?;
    world.patch_channel(
        caller.user_id,
        id,
        ChannelPatch {
            name: fields.name,
            display_name: fields.display_name,
            header: fields.header,
            purpose: fields.purpose,
        },
    )?;
    Ok(found(&channel_view(world.channel(id)?, world.version)))
}

/// `DELETE /channels/{channel_id}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let mut world = app.world();
    managed(&world, &caller, id)?;
    world.delete_channel(caller.user_id, id)?;
    Ok(done())
}

/// `POST /channels/{channel_id}/restore`
pub(super) async fn restore(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let mut world = app.world();
    managed(&world, &caller, id)?;
    world.restore_channel(id)?;
    Ok(found(&channel_view(world.channel(id)?, world.version)))
}

/// `GET /channels/{channel_id}/stats`
pub(super) async fn stats(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let world = app.world();
    let channel = world.readable_channel(caller.user_id, id)?;
    let posts =
        || channel.posts.iter().filter_map(|id| world.posts.get(id)).filter(|post| post.delete_at == 0);
    Ok(found(&json!({
        "channel_id": id,
        "member_count": channel.members.len(),
        "guest_count": 0,
        "pinnedpost_count": posts().filter(|post| post.is_pinned).count(),
        "files_count": posts().map(|post| post.file_ids.len()).sum::<usize>(),
    })))
}

/// `GET /teams/{team_id}/channels/name/{channel_name}`
pub(super) async fn by_name(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((team, name)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let world = app.world();
    by_name_in(&world, &caller, team_id, &name, &params)
}

/// `GET /teams/name/{team_name}/channels/name/{channel_name}`
pub(super) async fn by_both_names(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((team, name)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team_id = teams::named(&world, &caller, &team)?.id;
    by_name_in(&world, &caller, team_id, &name, &params)
}

fn by_name_in(
    world: &World,
    caller: &Caller,
    team_id: Id,
    name: &str,
    params: &Params,
) -> Result<Response, ApiError> {
    let with_deleted = params.text("include_deleted") == "true";
    let missing = ApiError::missing("app.channel.get_by_name.missing.app_error", "Channel does not exist.");
    let channel = world
        .channel_by_name(Some(team_id), name)
        .or_else(|| world.channel_by_name(None, name))
        .filter(|channel| with_deleted || channel.delete_at == 0);
    let channel = channel.ok_or_else(|| missing.clone())?;
    if !world.may_read(caller.user_id, channel) {
        // A private channel is not even said to exist.
        return Err(if channel.kind == ChannelKind::Open { ApiError::permission() } else { missing });
    }
    Ok(found(&channel_view(&world.shown_channel(channel), world.version)))
}

/// `GET /users/{user_id}/channels`
pub(super) async fn of_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    if !app.version().is_modern() {
        return Err(ApiError::no_route());
    }
    let user_id = caller.user_param(&user)?;
    own_channels(&app, &caller, user_id, None)
}

/// `GET /users/{user_id}/teams/{team_id}/channels`
pub(super) async fn of_user_in_team(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((user, team)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let team_id = id_param(&team, "team_id")?;
    own_channels(&app, &caller, user_id, Some(team_id))
}

fn own_channels(app: &App, caller: &Caller, user_id: Id, team_id: Option<Id>) -> Result<Response, ApiError> {
    let world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    if let Some(team_id) = team_id {
        teams::visible(&world, caller, team_id)?;
    }
    let channels = world.channels_of(user_id, team_id);
    Ok(list(&world, channels))
}

/// `GET /teams/{team_id}/channels`
pub(super) async fn of_team(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let world = app.world();
    teams::visible(&world, &caller, team_id)?;
    Ok(list(&world, params.slice(open_channels(&world, team_id, ""))))
}

/// `GET /teams/{team_id}/channels/autocomplete`
pub(super) async fn autocomplete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let world = app.world();
    teams::visible(&world, &caller, team_id)?;
    let term = params.text("name").to_lowercase();
    let mut channels = open_channels(&world, team_id, &term);
    // What the caller is in by invitation is offered too.
    channels.extend(world.channels_of(caller.user_id, Some(team_id)).into_iter().filter(|channel| {
        channel.kind == ChannelKind::Private && channel.team_id == Some(team_id) && fits(channel, &term)
    }));
    channels.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    Ok(list(&world, channels))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    term: String,
}

/// `POST /teams/{team_id}/channels/search`
pub(super) async fn search(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let Search { term } = payload.parse("channel_search")?;
    let world = app.world();
    teams::visible(&world, &caller, team_id)?;
    Ok(list(&world, open_channels(&world, team_id, &term.to_lowercase())))
}

fn open_channels<'a>(world: &'a World, team_id: Id, term: &str) -> Vec<&'a Channel> {
    let mut channels: Vec<&Channel> = world
        .channels
        .values()
        .filter(|channel| channel.team_id == Some(team_id) && channel.kind == ChannelKind::Open)
        .filter(|channel| channel.delete_at == 0 && fits(channel, term))
        .collect();
    channels.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    channels
}

fn fits(channel: &Channel, term: &str) -> bool {
    channel.name.contains(term) || channel.display_name.to_lowercase().contains(term)
}

fn list(world: &World, channels: Vec<&Channel>) -> Response {
    let shown: Vec<_> = channels.into_iter().map(|channel| world.shown_channel(channel)).collect();
    found(&shown.iter().map(|channel| channel_view(channel, world.version)).collect::<Vec<_>>())
}

/// A channel whose members and settings the caller may change.
pub(super) fn managed<'a>(world: &'a World, caller: &Caller, id: Id) -> Result<&'a Channel, ApiError> {
    let channel = world.channel(id)?;
    if world.may_manage(caller.user_id, channel) { Ok(channel) } else { Err(ApiError::permission()) }
}
