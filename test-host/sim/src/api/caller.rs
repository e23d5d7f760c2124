//! Who asks.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
};

use super::App;
use crate::{errors::ApiError, ids::Id};

/// The user whose token the request carries.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) user_id: Id,
    pub(super) token: String,
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<App>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = Arc::<App>::from_ref(state);
        let token = bearer_token(&parts.headers).ok_or(ApiError::session())?;
        let mut world = app.world();
        let user_id = world.token_user(&token).ok_or(ApiError::session())?;
        world.touch(user_id);
        Ok(Self { user_id, token })
    }
}

impl Caller {
    /// The user that a URL names, where `me` is the caller.
    pub(super) fn user_param(&self, text: &str) -> Result<Id, ApiError> {
        if text == "me" { Ok(self.user_id) } else { id_param(text, "user_id") }
    }
}

/// The token of a request: a header or a browser's cookie.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<String> {
    if let Some(value) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        let (scheme, token) = value.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
        return known.then(|| token.trim().to_owned());
    }
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| Some(cookie.trim().strip_prefix("MMAUTHTOKEN=")?.to_owned()))
}

/// An id in a URL. What no route would take is an unknown page, what is no id a wrong parameter.
pub(super) fn id_param(text: &str, name: &str) -> Result<Id, ApiError> {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ApiError::no_route());
    }
    Id::parse(text).ok_or_else(|| ApiError::url(name))
}
