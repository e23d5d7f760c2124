//! Single users.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;

use super::{
    App,
    body::{Payload, Roles},
    caller::{Caller, bearer_token},
    reply::{created, done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{NewUser, User, UserPatch, World},
    views::{Audience, UserView, user_view},
};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct UserFields {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    position: Option<String>,
    locale: Option<String>,
}

/// A user as the caller sees them.
fn seen<'a>(world: &World, user: &'a User, by: Id) -> UserView<'a> {
    let audience = if user.id == by {
        Audience::Own
    } else if world.is_admin(by) {
        Audience::Admin
    } else {
        Audience::Other
    };
    user_view(user, audience, world.version)
}

/// `POST /users`: open to everybody, as on an open server.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: UserFields = payload.parse("user")?;
    let mut world = app.world();
    if let Some(token) = bearer_token(&headers) {
        world.token_user(&token).ok_or(ApiError::session())?;
    }
    let id = world.create_user(NewUser {
        username: fields.username.unwrap_or_default(),
        email: fields.email.unwrap_or_default(),
        password: fields.password.unwrap_or_default(),
        nickname: fields.nickname.unwrap_or_default(),
        first_name: fields.first_name.unwrap_or_default(),
        last_name: fields.last_name.unwrap_or_default(),
    })?;
    Ok(created(&user_view(world.user(id)?, Audience::Own, world.version)))
}

/// `GET /users/{user_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let world = app.world();
    Ok(found(&seen(&world, world.user(id)?, caller.user_id)))
}

/// `GET /users/username/{username}`
pub(super) async fn by_username(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let user = world.user_by_name(&name).ok_or(ApiError::missing(
        "app.user.get_by_username.app_error",
        "Unable to find an existing account matching your username for this team. \
         This team may require an invite from the team owner to join.",
    ))?;
    Ok(found(&seen(&world, user, caller.user_id)))
}

/// `GET /users/email/{email}`
pub(super) async fn by_email(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    let email = email.to_lowercase();
    let user = world.users.values().find(|user| user.email == email).ok_or(ApiError::no_user())?;
    Ok(found(&seen(&world, user, caller.user_id)))
}

/// `PUT /users/{user_id}/patch` and `PUT /users/{user_id}`
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let fields: UserFields = payload.parse("user")?;
    let mut world = app.world();
    world.user(id)?;
    if id != caller.user_id {
        check_admin(&world, &caller)?;
    }
    world.patch_user(
        id,
        UserPatch {
            username: fields.username,
            email: fields.email,
            nickname: fields.nickname,
            first_name: fields.first_name,
            last_name: fields.last_name,
            position: fields.position,
            locale: fields.locale,
        },
    )?;
    Ok(found(&seen(&world, world.user(id)?, caller.user_id)))
}

/// `PUT /users/{user_id}/roles`
pub(super) async fn set_roles(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let Roles { roles } = payload.parse("roles")?;
    let mut world = app.world();
    check_admin(&world, &caller)?;
    world.set_admin(id, roles.split_whitespace().any(|role| role == "system_admin"))?;
    Ok(done())
}

#[derive(Deserialize)]
struct Active {
    active: bool,
}

/// `PUT /users/{user_id}/active`
pub(super) async fn set_active(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let Active { active } = payload.parse("active")?;
    let mut world = app.world();
    check_admin(&world, &caller)?;
    world.set_active(id, active)?;
    Ok(done())
}

/// `DELETE /users/{user_id}`: deactivates.
pub(super) async fn deactivate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, ApiError> {
    let id = caller.user_param(&user)?;
    let mut world = app.world();
    check_admin(&world, &caller)?;
    world.set_active(id, false)?;
    Ok(done())
}

fn check_admin(world: &World, caller: &Caller) -> Result<(), ApiError> {
    if world.is_admin(caller.user_id) { Ok(()) } else { Err(ApiError::permission()) }
}
