//! Why a request failed.

use crate::abi;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a failure. The names are the JSON spelling of the `OC_E_*` status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The call or its JSON is wrong; repeating it changes nothing.
    InvalidArgument,
    /// No ABI minor that both sides know.
    VersionMismatch,
    /// Understood, but this channel or version does not do it.
    NotSupported,
    /// The channel's configuration is wrong or incomplete.
    Config,
    /// The remote server refused the credentials.
    Auth,
    /// The remote server could not be reached, or the connection broke.
    Network,
    /// No answer in time.
    Timeout,
    /// The remote server asks to slow down.
    RateLimited,
    /// The account, target or object does not exist.
    NotFound,
    /// Not allowed, by the remote server or by configuration.
    Forbidden,
    /// Over a documented limit.
    TooLarge,
    /// The instance is shut down.
    Closed,
    /// Ended by a cancel request or by shutdown.
    Cancelled,
    /// A queue is full; nothing was taken.
    Busy,
    /// A fault of the plugin.
    Internal,
    /// A fault of the plugin that was caught at the border.
    Panic,
}

impl ErrorCode {
    const ALL: [(Self, i32); 16] = [
        (Self::InvalidArgument, abi::OC_E_INVALID_ARGUMENT),
        (Self::VersionMismatch, abi::OC_E_VERSION_MISMATCH),
        (Self::NotSupported, abi::OC_E_NOT_SUPPORTED),
        (Self::Config, abi::OC_E_CONFIG),
        (Self::Auth, abi::OC_E_AUTH),
        (Self::Network, abi::OC_E_NETWORK),
        (Self::Timeout, abi::OC_E_TIMEOUT),
        (Self::RateLimited, abi::OC_E_RATE_LIMITED),
        (Self::NotFound, abi::OC_E_NOT_FOUND),
        (Self::Forbidden, abi::OC_E_FORBIDDEN),
        (Self::TooLarge, abi::OC_E_TOO_LARGE),
        (Self::Closed, abi::OC_E_CLOSED),
        (Self::Cancelled, abi::OC_E_CANCELLED),
        (Self::Busy, abi::OC_E_BUSY),
        (Self::Internal, abi::OC_E_INTERNAL),
        (Self::Panic, abi::OC_E_PANIC),
    ];

    /// The negative status code of the C ABI.
    #[must_use]
    pub fn status(self) -> i32 {
        Self::ALL.iter().find(|(code, _)| *code == self).map_or(abi::OC_E_INTERNAL, |(_, status)| *status)
    }

    /// The kind for a negative status code; unknown ones (a newer plugin) count as internal.
    #[must_use]
    pub fn from_status(status: i32) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == status).map_or(Self::Internal, |(code, _)| *code)
    }
}

/// Why a request failed, for a person and for a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    /// The kind.
    pub code: ErrorCode,
    /// One sentence: what is wrong and what to do. Never a secret.
    pub message: String,
    /// The key or argument that is wrong, as a path: `channels.mattermost.baseUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The remote server's HTTP status, when it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The remote server's own error id, when it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
    /// The same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// Milliseconds to wait before a retry, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Error {
    /// An error of a kind with a sentence for a person.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retryable = matches!(
            code,
            ErrorCode::Network | ErrorCode::Timeout | ErrorCode::RateLimited | ErrorCode::Busy
        );
        Self {
            code,
            message: message.into(),
            field: None,
            http_status: None,
            remote_id: None,
            retryable,
            retry_after_ms: None,
        }
    }

    /// The call or its JSON is wrong.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    /// The configuration is wrong at `field`.
    #[must_use]
    pub fn config(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Config, message).at(field)
    }

    /// Understood, but not done.
    #[must_use]
    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotSupported, message)
    }

    /// Name the key or argument that is wrong.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
