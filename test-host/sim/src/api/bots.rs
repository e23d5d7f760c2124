//! Bots.

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
    query::Params,
    reply::{created, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{User, World},
    views::bot_view,
};

const NO_BOT: ApiError = ApiError::missing("store.sql_bot.get.missing.app_error", "Bot does not exist.");

#[derive(Deserialize)]
struct BotFields {
    username: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
}

/// `POST /bots`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: BotFields = payload.parse("bot")?;
    let mut world = app.world();
    check(&world, &caller)?;
    let id = world.create_bot(
        caller.user_id,
        &fields.username.unwrap_or_default(),
        &fields.display_name.unwrap_or_default(),
        &fields.description.unwrap_or_default(),
    )?;
    Ok(created(&bot_view(world.user(id)?)))
}

/// `GET /bots`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<Response, ApiError> {
    let world = app.world();
    check(&world, &caller)?;
    let with_deleted = params.text("include_deleted") == "true";
    let mut bots: Vec<&User> = world
        .users
        .values()
        .filter(|user| user.bot.is_some() && (with_deleted || user.delete_at == 0))
        .collect();
    bots.sort_by_key(|user| user.create_at);
    let bots: Vec<_> = params.slice(bots).into_iter().filter_map(bot_view).collect();
    Ok(found(&bots))
}

/// `GET /bots/{bot_user_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(bot): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let id = known(&world, &caller, &bot)?;
    Ok(found(&bot_view(world.user(id)?)))
}

/// `PUT /bots/{bot_user_id}`
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(bot): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: BotFields = payload.parse("bot")?;
    let mut world = app.world();
    let id = known(&world, &caller, &bot)?;
    world.patch_bot(id, fields.username, fields.display_name, fields.description)?;
    Ok(found(&bot_view(world.user(id)?)))
}

/// `POST /bots/{bot_user_id}/disable`
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(bot): Path<String>,
) -> Result<Response, ApiError> {
    set_active(&app, &caller, &bot, false)
}

/// `POST /bots/{bot_user_id}/enable`
pub(super) async fn enable(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(bot): Path<String>,
) -> Result<Response, ApiError> {
    set_active(&app, &caller, &bot, true)
}

fn set_active(app: &App, caller: &Caller, bot: &str, active: bool) -> Result<Response, ApiError> {
    let mut world = app.world();
    let id = known(&world, caller, bot)?;
    world.set_active(id, active)?;
    Ok(found(&bot_view(world.user(id)?)))
}

fn known(world: &World, caller: &Caller, bot: &str) -> Result<Id, ApiError> {
    let id = id_param(bot, "bot_user_id")?;
    let user = world.users.get(&id).filter(|user| user.bot.is_some());
    // Who may not manage bots learns no more than that there is none.
    let allowed = user.filter(|user| user.id == caller.user_id || world.is_admin(caller.user_id));
    allowed.map(|user| user.id).ok_or(NO_BOT)
}

fn check(world: &World, caller: &Caller) -> Result<(), ApiError> {
    if world.is_admin(caller.user_id) { Ok(()) } else { Err(ApiError::permission()) }
}
