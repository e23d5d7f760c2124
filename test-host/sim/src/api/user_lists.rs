//! Finding users.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;

use super::{App, body::Payload, caller::Caller, query::Params, reply::found};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{User, World},
    views::{Audience, UserView, user_view},
};

/// The most people that a search finds when it does not say how many.
const SEARCH_LIMIT: usize = 100;

/// `GET /users`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<Response, ApiError> {
    let world = app.world();
    if let Some(channel_id) = params.id("in_channel") {
        world.readable_channel(caller.user_id, channel_id)?;
    }
    let (channel_id, team_id) = (params.id("in_channel"), params.id("in_team"));
    let not_in = params.id("not_in_channel");
    let active = params.text("active") == "true";
    let mut users: Vec<&User> = world
        .users
        .values()
        .filter(|user| in_scope(&world, user.id, channel_id, team_id))
        .filter(|user| not_in.is_none() || !in_scope(&world, user.id, not_in, None))
        .filter(|user| !active || user.delete_at == 0)
        .collect();
    users.sort_by(|a, b| a.username.cmp(&b.username));
    Ok(found(&views(&world, params.slice(users), caller.user_id)))
}

/// `POST /users/ids`
pub(super) async fn by_ids(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let ids: Vec<String> = payload.parse("user_ids")?;
    let world = app.world();
    let mut users: Vec<&User> =
        ids.iter().filter_map(|id| Id::parse(id)).filter_map(|id| world.users.get(&id)).collect();
    users.sort_by_key(|user| user.id);
    users.dedup_by_key(|user| user.id);
    Ok(found(&views(&world, users, caller.user_id)))
}

/// `POST /users/usernames`
pub(super) async fn by_usernames(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let names: Vec<String> = payload.parse("usernames")?;
    let world = app.world();
    let mut users: Vec<&User> = names.iter().filter_map(|name| world.user_by_name(name)).collect();
    users.sort_by(|a, b| a.username.cmp(&b.username));
    users.dedup_by_key(|user| user.id);
    Ok(found(&views(&world, users, caller.user_id)))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    term: String,
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    in_channel_id: String,
    #[serde(default)]
    allow_inactive: bool,
    #[serde(default)]
    limit: usize,
}

/// `POST /users/search`
pub(super) async fn search(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let search: Search = payload.parse("props")?;
    if search.term.is_empty() {
        return Err(ApiError::body("term"));
    }
    let world = app.world();
    let (channel_id, team_id) = (Id::parse(&search.in_channel_id), Id::parse(&search.team_id));
    let limit = if search.limit == 0 { SEARCH_LIMIT } else { search.limit };
    let users: Vec<&User> = matching(&world, &search.term)
        .into_iter()
        .filter(|user| in_scope(&world, user.id, channel_id, team_id))
        .filter(|user| search.allow_inactive || user.delete_at == 0)
        .filter(|user| starts_with(user, &search.term))
        .take(limit)
        .collect();
    Ok(found(&views(&world, users, caller.user_id)))
}

/// `GET /users/autocomplete`
pub(super) async fn autocomplete(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<Response, ApiError> {
    let world = app.world();
    let limit = params.number("limit").unwrap_or(SEARCH_LIMIT);
    let active: Vec<&User> =
        matching(&world, params.text("name")).into_iter().filter(|user| user.delete_at == 0).collect();
    let (channel_id, team_id) = (params.id("in_channel"), params.id("in_team"));
    let (inside, outside): (Vec<&User>, Vec<&User>) =
        active.into_iter().partition(|user| in_scope(&world, user.id, channel_id, team_id));
    let users = views(&world, inside.into_iter().take(limit).collect(), caller.user_id);
    if channel_id.is_none() {
        return Ok(found(&json!({ "users": users })));
    }
    let outside = outside.into_iter().filter(|user| in_scope(&world, user.id, None, team_id));
    let outside = views(&world, outside.take(limit).collect(), caller.user_id);
    Ok(found(&json!({ "users": users, "out_of_channel": outside })))
}

/// Users as lists show them: to admins more than to others, and nobody sees themselves otherwise than the rest.
fn views<'a>(world: &World, users: Vec<&'a User>, by: Id) -> Vec<UserView<'a>> {
    let audience = if world.is_admin(by) { Audience::Admin } else { Audience::Other };
    users.into_iter().map(|user| user_view(user, audience, world.version)).collect()
}

fn in_scope(world: &World, user_id: Id, channel_id: Option<Id>, team_id: Option<Id>) -> bool {
    let in_channel =
        |id| world.channels.get(&id).is_some_and(|channel| channel.members.contains_key(&user_id));
    let in_team = |id| world.teams.get(&id).is_some_and(|team| team.members.contains_key(&user_id));
    channel_id.is_none_or(in_channel) && team_id.is_none_or(in_team)
}

/// The users with the term somewhere in a name, by user name.
fn matching<'a>(world: &'a World, term: &str) -> Vec<&'a User> {
    let term = term.trim_start_matches('@').to_lowercase();
    let mut users: Vec<&User> = world
        .users
        .values()
        .filter(|user| names(user).any(|name| name.to_lowercase().contains(&term)))
        .collect();
    users.sort_by(|a, b| a.username.cmp(&b.username));
    users
}

/// A search, unlike an autocompletion, wants the beginning of a name.
fn starts_with(user: &User, term: &str) -> bool {
    let term = term.trim_start_matches('@').to_lowercase();
    names(user).any(|name| name.to_lowercase().starts_with(&term))
}

fn names(user: &User) -> impl Iterator<Item = &str> {
    [&user.username, &user.nickname, &user.first_name, &user.last_name, &user.email]
        .into_iter()
        .map(String::as_str)
}
