//! Errors: those of the Rust API and those that callers of the REST API see.

use std::borrow::Cow;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::options::Version;

/// Why a server could not be started or a helper could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server refused what a helper asked, with the error that the REST API would have shown.
    #[error("refused with {status} {id}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error id.
        id: String,
        /// The message.
        message: String,
    },
    /// Nothing that fits came in time.
    #[error("nothing that fits came within {0:?}")]
    Timeout(std::time::Duration),
}

/// An error of the REST API. Its body is written by the outermost layer, which knows the request's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) id: &'static str,
    pub(crate) message: Cow<'static, str>,
}

/// What [`ApiError`] looks like on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody<'a> {
    id: &'a str,
    message: &'a str,
    detailed_error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    status_code: u16,
}

/// The id of the router's own "no such page".
pub(crate) const NO_ROUTE: &str = "api.context.404.app_error";

impl ApiError {
    /// An error with a fixed message.
    pub(crate) const fn new(status: StatusCode, id: &'static str, message: &'static str) -> Self {
        Self { status, id, message: Cow::Borrowed(message) }
    }

    /// A caller's mistake (400).
    pub(crate) const fn bad(id: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, id, message)
    }

    /// Something that does not exist (404).
    pub(crate) const fn missing(id: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, id, message)
    }

    /// The caller may not do this.
    pub(crate) const fn permission() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "api.context.permissions.app_error",
            "You do not have the appropriate permissions.",
        )
    }

    /// The caller's token is missing, unknown or revoked.
    pub(crate) const fn session() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "api.context.session_expired.app_error",
            "Invalid or expired session, please login again.",
        )
    }

    /// No route has this path.
    pub(crate) const fn no_route() -> Self {
        Self::missing(NO_ROUTE, "Sorry, we could not find the page.")
    }

    /// A field of the body is missing or wrong.
    pub(crate) fn body(name: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "api.context.invalid_body_param.app_error",
            message: Cow::Owned(format!("Invalid or missing {name} in request body.")),
        }
    }

    /// A part of the URL is missing or wrong.
    pub(crate) fn url(name: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            id: "api.context.invalid_url_param.app_error",
            message: Cow::Owned(format!("Invalid or missing {name} parameter in request URL.")),
        }
    }

    /// No such user.
    pub(crate) const fn no_user() -> Self {
        Self::missing("app.user.missing_account.const", "Unable to find the user.")
    }

    /// No such post.
    pub(crate) const fn no_post() -> Self {
        Self::missing("app.post.get.app_error", "Unable to get the post.")
    }

    /// No such channel.
    pub(crate) fn no_channel(id: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            id: "app.channel.get.existing.app_error",
            message: Cow::Owned(format!("Unable to find the existing channel {id}.")),
        }
    }

    /// No such team.
    pub(crate) const fn no_team() -> Self {
        Self::missing("app.team.get.find.app_error", "Unable to find the existing team.")
    }

    /// The body for `version`.
    pub(crate) fn body_bytes(&self, version: Version, request_id: Option<&str>, path: &str) -> Vec<u8> {
        let detail = if self.id == NO_ROUTE {
            format!(
                "There doesn't appear to be an api call for the url='{path}'.  \
                 Typo? are you missing a team_id or user_id as part of the url?"
            )
        } else {
            String::new()
        };
        let (id, message) = self.wording(version);
        let body =
            ErrorBody { id, message, detailed_error: &detail, request_id, status_code: self.status.as_u16() };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// Id and message as `version` words them.
    pub(crate) fn wording(&self, version: Version) -> (&str, &str) {
        if version.is_modern() {
            return (self.id, &self.message);
        }
        match self.id {
            "app.user.missing_account.const" => ("store.sql_user.missing_account.const", &self.message),
            "app.user.get_by_username.app_error" => {
                ("store.sql_user.get_by_username.app_error", &self.message)
            }
            "app.channel.get.existing.app_error" => {
                ("store.sql_channel.get.existing.app_error", "Unable to find the existing channel")
            }
            "app.channel.get_by_name.missing.app_error" => {
                ("store.sql_channel.get_by_name.missing.app_error", "Channel does not exist")
            }
            "app.post.get.app_error" => ("store.sql_post.get.app_error", "Unable to get the post"),
            "app.team.get.find.app_error" => {
                ("store.sql_team.get.find.app_error", "Unable to find the existing team")
            }
            "model.post.is_valid.message_length.app_error" => {
                ("model.post.is_valid.msg.app_error", "Invalid message")
            }
            "api.file.get_file_info.app_error" | "app.file_info.get.app_error" => {
                ("store.sql_file_info.get.app_error", "Unable to get the file info")
            }
            "api.context.session_expired.app_error"
            | "api.command.duplicate_trigger.app_error"
            | "api.command.execute_command.not_found.app_error"
            | NO_ROUTE => (self.id, &self.message),
            id => (id, self.message.strip_suffix('.').unwrap_or(&self.message)),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ApiError> for SimError {
    fn from(error: ApiError) -> Self {
        Self::Refused {
            status: error.status.as_u16(),
            id: error.id.to_owned(),
            message: error.message.into_owned(),
        }
    }
}
