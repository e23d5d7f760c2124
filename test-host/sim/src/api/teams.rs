//! Teams and their members.

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
    query::Params,
    reply::{created, done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{Team, World},
    views::{team_member_view, team_view},
};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct TeamFields {
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `POST /teams`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: TeamFields = payload.parse("team")?;
    let mut world = app.world();
    let id = world.create_team(caller.user_id, &fields.name, &fields.display_name, &fields.kind)?;
    Ok(created(&team_view(world.team(id)?, world.version)))
}

/// `GET /teams`
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Response {
    let world = app.world();
    let mut teams: Vec<&Team> =
        world.teams.values().filter(|team| world.in_team(caller.user_id, team.id)).collect();
    teams.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    let teams: Vec<_> = params.slice(teams).into_iter().map(|team| team_view(team, world.version)).collect();
    found(&teams)
}

/// `GET /teams/{team_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team = visible(&world, &caller, id_param(&team, "team_id")?)?;
    Ok(found(&team_view(team, world.version)))
}

/// `GET /teams/name/{name}`
pub(super) async fn by_name(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team = named(&world, &caller, &name)?;
    Ok(found(&team_view(team, world.version)))
}

/// `GET /teams/name/{name}/exists`
pub(super) async fn exists(State(app): State<Arc<App>>, _: Caller, Path(name): Path<String>) -> Response {
    found(&json!({ "exists": app.world().team_by_name(&name).is_some() }))
}

/// `GET /users/{user_id}/teams`
pub(super) async fn of_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    let teams: Vec<_> =
        world.teams_of(user_id).into_iter().map(|team| team_view(team, world.version)).collect();
    Ok(found(&teams))
}

/// `GET /users/{user_id}/teams/members`
pub(super) async fn memberships(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let world = app.world();
    if user_id != caller.user_id && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    let teams = world.teams_of(user_id).into_iter();
    let members = teams
        .filter_map(|team| Some(team_member_view(team.id, user_id, team.members.get(&user_id).copied()?)));
    Ok(found(&members.collect::<Vec<_>>()))
}

/// `GET /teams/{team_id}/stats`
pub(super) async fn stats(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team = visible(&world, &caller, id_param(&team, "team_id")?)?;
    let active = team.members.keys().filter(|id| world.user(**id).is_ok_and(|user| user.delete_at == 0));
    Ok(found(&json!({
        "team_id": team.id,
        "total_member_count": team.members.len(),
        "active_member_count": active.count(),
    })))
}

#[derive(Deserialize)]
struct NewMember {
    #[serde(default)]
    user_id: String,
}

/// `POST /teams/{team_id}/members`
pub(super) async fn add_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let NewMember { user_id } = payload.parse("team_member")?;
    let user_id = Id::parse(&user_id).ok_or_else(|| ApiError::body("user_id"))?;
    let mut world = app.world();
    visible(&world, &caller, team_id)?;
    let adder = (user_id != caller.user_id).then_some(caller.user_id);
    world.add_team_member(team_id, user_id, adder)?;
    let is_admin = world.team(team_id)?.members.get(&user_id).copied().unwrap_or(false);
    Ok(created(&team_member_view(team_id, user_id, is_admin)))
}

/// `GET /teams/{team_id}/members`
pub(super) async fn members(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team = visible(&world, &caller, id_param(&team, "team_id")?)?;
    let mut members: Vec<(Id, bool)> = team.members.iter().map(|(id, is_admin)| (*id, *is_admin)).collect();
    members.sort();
    let members: Vec<_> = params
        .slice(members)
        .into_iter()
        .map(|(id, is_admin)| team_member_view(team.id, id, is_admin))
        .collect();
    Ok(found(&members))
}

/// `GET /teams/{team_id}/members/{user_id}`
pub(super) async fn member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((team, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let team = visible(&world, &caller, id_param(&team, "team_id")?)?;
    let user_id = caller.user_param(&user)?;
    let is_admin = team.members.get(&user_id).ok_or(ApiError::missing(
        "app.team.get_member.missing.app_error",
        "No team member found for that user ID and team ID.",
    ))?;
    Ok(found(&team_member_view(team.id, user_id, *is_admin)))
}

/// `DELETE /teams/{team_id}/members/{user_id}`
pub(super) async fn remove_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((team, user)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let user_id = caller.user_param(&user)?;
    let mut world = app.world();
    let manages = world.team(team_id)?.members.get(&caller.user_id).copied().unwrap_or(false);
    if user_id != caller.user_id && !manages && !world.is_admin(caller.user_id) {
        return Err(ApiError::permission());
    }
    world.remove_team_member(team_id, user_id)?;
    Ok(done())
}

/// `PUT /teams/{team_id}/members/{user_id}/roles`
pub(super) async fn set_roles(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((team, user)): Path<(String, String)>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let user_id = caller.user_param(&user)?;
    let Roles { roles } = payload.parse("roles")?;
    let mut world = app.world();
    if !world.may_manage_commands(caller.user_id, team_id) {
        return Err(ApiError::permission());
    }
    world.set_team_admin(team_id, user_id, roles.split_whitespace().any(|role| role == "team_admin"))?;
    Ok(done())
}

/// A team that the caller is in.
pub(super) fn visible<'a>(world: &'a World, caller: &Caller, team_id: Id) -> Result<&'a Team, ApiError> {
    let team = world.team(team_id)?;
    if world.in_team(caller.user_id, team_id) { Ok(team) } else { Err(ApiError::permission()) }
}

/// A team that the caller is in, by its name.
pub(super) fn named<'a>(world: &'a World, caller: &Caller, name: &str) -> Result<&'a Team, ApiError> {
    let team = world.team_by_name(name).ok_or(ApiError::missing(
        "app.team.get_by_name.missing.app_error",
        "Unable to find the existing team.",
    ))?;
    visible(world, caller, team.id)
}
