//! Personal access tokens.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    App,
    body::Payload,
    caller::Caller,
    reply::{done, found},
};
use crate::{errors::ApiError, ids::Id, state::World, views::token_view};

#[derive(Deserialize)]
struct NewToken {
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct TokenRef {
    #[serde(default)]
    token_id: String,
}

/// `POST /users/{user_id}/tokens`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let new: NewToken = payload.parse("user_access_token")?;
    let mut world = app.world();
    check(&world, &caller, user_id)?;
    if new.description.is_empty() {
        return Err(ApiError::body("description"));
    }
    let token = world.create_token(user_id, &new.description)?;
    Ok(found(&token_view(&token, true)))
}

/// `GET /users/{user_id}/tokens`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let user_id = caller.user_param(&user)?;
    let world = app.world();
    check(&world, &caller, user_id)?;
    let tokens: Vec<_> = world.tokens_of(user_id).into_iter().map(|token| token_view(token, false)).collect();
    Ok(found(&tokens))
}

/// `POST /users/tokens/revoke`
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let mut world = app.world();
    let id = named(&world, &caller, &payload)?;
    world.revoke_token(id);
    Ok(done())
}

/// `POST /users/tokens/disable`
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let mut world = app.world();
    let id = named(&world, &caller, &payload)?;
    world.set_token_active(id, false);
    Ok(done())
}

/// `POST /users/tokens/enable`
pub(super) async fn enable(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let mut world = app.world();
    let id = named(&world, &caller, &payload)?;
    world.set_token_active(id, true);
    Ok(done())
}

/// The token that the body names, if the caller may touch it.
fn named(world: &World, caller: &Caller, payload: &Payload) -> Result<Id, ApiError> {
    let TokenRef { token_id } = payload.parse("token_id")?;
    let id = Id::parse(&token_id).ok_or_else(|| ApiError::body("token_id"))?;
    let token = world.token_by_id(id).ok_or(ApiError::missing(
        "app.user_access_token.get_by_user.app_error",
        "Unable to get the personal access token.",
    ))?;
    check(world, caller, token.user_id)?;
    Ok(id)
}

/// Only system admins deal in tokens: people by default may have none.
fn check(world: &World, caller: &Caller, user_id: Id) -> Result<(), ApiError> {
    world.user(user_id)?;
    if world.is_admin(caller.user_id) { Ok(()) } else { Err(ApiError::permission()) }
}
