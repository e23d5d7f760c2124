//! Reading request bodies in the lenient way of the real server.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::errors::ApiError;

/// A request's body. One that is too large or cut short reads as empty, which then fails as malformed.
#[derive(Debug)]
pub(super) struct Payload(Bytes);

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Bytes::from_request(request, state).await.unwrap_or_default()))
    }
}

impl Payload {
    /// The body as it is.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The body as a `T`; `name` is what the error says is missing. A null field counts as absent.
    pub(super) fn parse<T: DeserializeOwned>(&self, name: &str) -> Result<T, ApiError> {
        if let Ok(parsed) = serde_json::from_slice(&self.0) {
            return Ok(parsed);
        }
        let mut value: Value = serde_json::from_slice(&self.0).map_err(|_| ApiError::body(name))?;
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|_, field| !field.is_null());
        }
        serde_json::from_value(value).map_err(|_| ApiError::body(name))
    }
}

/// What somebody may do in a place, names separated by blanks.
#[derive(Deserialize)]
pub(super) struct Roles {
    #[serde(default)]
    pub(super) roles: String,
}
