//! Why a file could not be fetched.

use thiserror::Error;

use crate::error::{NetworkErrorKind, classify_request, refused};
use crate::network::RefusedAddress;

/// Why a file could not be fetched. No text in here repeats the URL, whose query may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It is not a URL that can be fetched.
    #[error("it is not a URL that can be fetched: {detail}")]
    Url {
        /// What is wrong with it.
        detail: String,
    },
    /// It is not on the public internet.
    #[error("{0}")]
    Refused(RefusedAddress),
    /// Its server answers with an error.
    #[error("its server answers {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// Its server points around in a circle, too often, or to no place on the web.
    #[error("its server redirects too often, in a circle, or to nowhere")]
    Redirects,
    /// It is larger than allowed.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// No answer came, or it broke off.
    #[error("its server cannot be reached: {kind}")]
    Network {
        /// What broke.
        kind: NetworkErrorKind,
    },
    /// The HTTP client could not be built.
    #[error("downloads cannot be set up: {detail}")]
    Setup {
        /// What the library found.
        detail: String,
    },
}

impl FetchError {
    #[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
    pub(super) fn of(error: reqwest::Error) -> Self {
        match refused(&error) {
            Some(refused) => Self::Refused(refused),
            None => Self::Network { kind: classify_request(&error).0 },
        }
    }

    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Status { status } => *status == 429 || *status >= 500,
            Self::Network { kind } => !matches!(kind, NetworkErrorKind::Tls),
            _ => false,
        }
    }
}
