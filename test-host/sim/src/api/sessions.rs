//! Logging in and out.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::Response,
};
use serde::Deserialize;

use super::{
    App,
    body::Payload,
    caller::Caller,
    reply::{done, found},
};
use crate::{
    errors::ApiError,
    views::{Audience, user_view},
};

const TOKEN: HeaderName = HeaderName::from_static("token");

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    login_id: String,
    #[serde(default)]
    password: String,
}

/// `POST /users/login`
pub(super) async fn login(State(app): State<Arc<App>>, payload: Payload) -> Result<Response, ApiError> {
    let login: Login = payload.parse("login_id")?;
    let mut world = app.world();
    let (user_id, token) = world.login(&login.login_id, &login.password)?;
    let mut response = found(&user_view(world.user(user_id)?, Audience::Own, world.version));
    if let Ok(value) = HeaderValue::from_str(&token) {
        response.headers_mut().insert(TOKEN, value);
    }
    Ok(response)
}

/// `POST /users/logout`
pub(super) async fn logout(State(app): State<Arc<App>>, caller: Caller) -> Response {
    app.world().revoke_secret(&caller.token);
    done()
}
