//! The error of every REST call.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::{ErrorKind, NetworkErrorKind, classify_request};
use crate::network::RefusedAddress;

/// A failed REST call: a kind, the request it belongs to, and the underlying error where there is one.
///
/// `Display` is one line for a person, like `Mattermost API 403 Forbidden: You do not have the appropriate
/// permissions. (POST /posts)`. Neither `Display` nor `Debug` ever shows the access token.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    request: Option<RequestLine>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Which call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: &'static str,
    /// Behind `/api/v4`, without the query.
    pub(crate) path: String,
}

impl Error {
    /// What went wrong.
    #[must_use = "reading the kind has no effect"]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The HTTP status, where the server answered.
    #[must_use = "reading the status has no effect"]
    pub fn status(&self) -> Option<u16> {
        match self.0.kind {
            ErrorKind::Api { status, .. }
            | ErrorKind::Redirect { status, .. }
            | ErrorKind::Unreadable { status, .. }
            | ErrorKind::AcceptedUnreadable { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The server's error id, like `api.context.permissions.app_error`.
    #[must_use = "reading the id has no effect"]
    pub fn server_error_id(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Api { id, .. } => id.as_deref(),
            _ => None,
        }
    }

    /// The server's message.
    #[must_use = "reading the message has no effect"]
    pub fn server_message(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Api { message, .. } => Some(message),
            _ => None,
        }
    }

    /// The HTTP method of the call, in capitals.
    #[must_use = "reading the method has no effect"]
    pub fn method(&self) -> Option<&str> {
        self.0.request.as_ref().map(|request| request.method)
    }

    /// The path of the call behind `/api/v4`, percent-encoded, without the query.
    #[must_use = "reading the path has no effect"]
    pub fn path(&self) -> Option<&str> {
        self.0.request.as_ref().map(|request| request.path.as_str())
    }

    /// How long the server asks to wait before the next call: `Retry-After`, or for a 429 without it the time
    /// until the server's rate limit is filled up again.
    #[must_use = "reading the time to wait has no effect"]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            ErrorKind::Api { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// Whether the server does not accept the token (401).
    #[must_use = "asking has no effect"]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the server does not have what was asked for, or does not know the call (404).
    #[must_use = "asking has no effect"]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the same call may succeed later: 429, any 5xx, and network failures other than TLS.
    ///
    /// It says nothing about whether repeating is harmless: see [`Error::outcome_is_unknown`].
    #[must_use = "asking has no effect"]
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Api { status, .. } => status == 429 || status >= 500,
            ErrorKind::Network { kind, .. } => kind != NetworkErrorKind::Tls,
            _ => false,
        }
    }

    /// Whether a Mattermost understood the call and will not do it, however often it is asked: an error of its own with
    /// a 4xx status other than 401, 408 and 429, a body that is too large, or what was never sent: a wrong argument, an
    /// address that is not connected to. A
    /// proxy's page, a redirect or a broken certificate is none.
    #[must_use = "asking has no effect"]
    pub fn is_refusal(&self) -> bool {
        match &self.0.kind {
            ErrorKind::InvalidArgument { .. }
            | ErrorKind::Setup { .. }
            | ErrorKind::AddressRefused { .. } => true,
            ErrorKind::Api { status: 413, .. } => true,
            ErrorKind::Api { status, id: Some(_), .. } => {
                (400..500).contains(status) && !matches!(status, 401 | 408 | 429)
            }
            _ => false,
        }
    }

    /// Whether the server may have done what was asked although the call failed. Before repeating a call that
    /// is not idempotent, find out.
    #[must_use = "asking has no effect"]
    pub fn outcome_is_unknown(&self) -> bool {
        match self.0.kind {
            ErrorKind::Network { sent, .. } => sent,
            ErrorKind::Api { status, .. } => status >= 500,
            ErrorKind::Redirect { .. }
            | ErrorKind::Setup { .. }
            | ErrorKind::InvalidArgument { .. }
            | ErrorKind::AddressRefused { .. } => false,
            ErrorKind::TooLarge { .. }
            | ErrorKind::Unreadable { .. }
            | ErrorKind::AcceptedUnreadable { .. } => true,
        }
    }

    /// The kind alone.
    #[must_use = "the error is taken apart"]
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, request: None, source: None }))
    }

    pub(crate) fn invalid_argument(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument { detail: detail.into() })
    }

    pub(crate) fn setup(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(ErrorKind::Setup { detail: error.to_string() }).with_source(error)
    }

    pub(crate) fn network(error: reqwest::Error, server: &str) -> Self {
        if let Some(refused) = refused(&error) {
            return refused.into();
        }
        let (kind, sent) = classify_request(&error);
        let error = error.without_url();
        let detail = innermost(&error);
        Self::new(ErrorKind::Network { kind, server: server.to_owned(), sent, detail }).with_source(error)
    }

    pub(crate) fn at(mut self, request: &RequestLine) -> Self {
        self.0.request = Some(request.clone());
        self
    }

    /// For the answer of a call that made something visible: what was a mere reading problem becomes the
    /// warning not to repeat it.
    pub(crate) fn into_accepted(mut self, status: u16) -> Self {
        let detail = match &self.0.kind {
            ErrorKind::Unreadable { detail, .. } => detail.clone(),
            kind => kind.to_string(),
        };
        self.0.kind = ErrorKind::AcceptedUnreadable { status, detail };
        self
    }

    fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        match &self.0.request {
            Some(request) => write!(f, " ({} {})", request.method, request.path),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("request", &self.0.request)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<RefusedAddress> for Error {
    fn from(refused: RefusedAddress) -> Self {
        Self::new(ErrorKind::AddressRefused { refused })
    }
}

/// The refusal of the policy that stopped a request.
pub(crate) fn refused(error: &(dyn StdError + 'static)) -> Option<RefusedAddress> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(refused) = cause.downcast_ref::<RefusedAddress>() {
            return Some(refused.clone());
        }
        next = cause.source();
    }
    None
}

/// The words of the deepest cause: the outer layers only say that a request failed.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
