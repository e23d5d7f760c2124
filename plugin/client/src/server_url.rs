//! The address of a Mattermost server.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

/// Where a Mattermost server answers: scheme, host, port and, behind a shared proxy, a sub-path.
///
/// Made from what an administrator writes in a configuration: trailing slashes and a trailing `/api/v4` are
/// removed, the rest stays as written.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// As written, normalised.
    text: String,
    /// The same, parsed; its path has no trailing slash except when it is the root.
    http: Url,
    /// `http` with the WebSocket scheme.
    websocket: Url,
}

impl ServerUrl {
    /// Reads a configured address.
    ///
    /// # Errors
    ///
    /// [`ServerUrlError`] names what is wrong. It never repeats the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let text = normalise(text);
        if text.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        let lower = text.to_ascii_lowercase();
        if !lower.starts_with("http://") && !lower.starts_with("https://") {
            return Err(ServerUrlError::Scheme);
        }
        let mut http = Url::parse(text).map_err(|source| match source {
            url::ParseError::EmptyHost => ServerUrlError::Host,
            source => ServerUrlError::Malformed { source },
        })?;
        if http.host_str().is_none_or(str::is_empty) {
            return Err(ServerUrlError::Host);
        }
        if !http.username().is_empty() || http.password().is_some() {
            return Err(ServerUrlError::Credentials);
        }
        if http.query().is_some() {
            return Err(ServerUrlError::Query);
        }
        if http.fragment().is_some() {
            return Err(ServerUrlError::Fragment);
        }
        let path = http.path().trim_end_matches('/').to_owned();
        http.set_path(&path);
        let mut websocket = http.clone();
        let scheme = if http.scheme() == "https" { "wss" } else { "ws" };
        websocket.set_scheme(scheme).map_err(|()| ServerUrlError::Scheme)?;
        websocket.set_path(&format!("{path}/api/v4/websocket"));
        Ok(Self { text: text.to_owned(), http, websocket })
    }

    /// The normalised address, without a trailing slash: `https://chat.example.com/team`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether connections to this server use TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.http.scheme() == "https"
    }

    /// The host name or address, as the URL standard writes it (lower case, IPv6 in brackets).
    #[must_use]
    pub fn host(&self) -> &str {
        self.http.host_str().unwrap_or_default()
    }

    /// The URL of an API call. `path` begins behind `/api/v4`; a missing leading slash is added. It is taken
    /// as already percent-encoded.
    #[must_use]
    pub fn rest(&self, path: &str) -> Url {
        let base = self.http.path().trim_end_matches('/');
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut url = self.http.clone();
        url.set_path(&format!("{base}/api/v4{slash}{path}"));
        url
    }

    /// The URL of something that the server has beside its API. `path` is taken as for [`ServerUrl::rest`].
    #[must_use]
    pub fn beside(&self, path: &str) -> Url {
        let base = self.http.path().trim_end_matches('/');
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut url = self.http.clone();
        url.set_path(&format!("{base}{slash}{path}"));
        url
    }

    /// The URL of the event stream: `http` becomes `ws`, `https` becomes `wss`.
    #[must_use]
    pub fn websocket(&self) -> Url {
        self.websocket.clone()
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.text)
    }
}

/// Why a text is not the address of a server, and what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ServerUrlError {
    /// Nothing was given.
    #[error("the server URL is empty: write something like https://chat.example.com")]
    Empty,
    /// Neither `http://` nor `https://`.
    #[error("the server URL must begin with http:// or https://, like https://chat.example.com")]
    Scheme,
    /// There is no host behind the scheme.
    #[error("the server URL has no host: write something like https://chat.example.com")]
    Host,
    /// A user name or a password stands before the host.
    #[error("the server URL holds a user name or password: remove it, the access token is configured apart")]
    Credentials,
    /// Something follows a `?`.
    #[error("the server URL has a query (`?...`): write only scheme, host, port and sub-path")]
    Query,
    /// Something follows a `#`.
    #[error("the server URL has a fragment (`#...`): write only scheme, host, port and sub-path")]
    Fragment,
    /// Anything else that the URL standard refuses.
    #[error("the server URL cannot be read ({source}): write something like https://chat.example.com:8065")]
    Malformed {
        /// What the URL parser found.
        source: url::ParseError,
    },
}

/// Trims, then removes trailing slashes and one trailing `/api/v4`, in this order.
fn normalise(text: &str) -> &str {
    const API: &str = "/api/v4";
    let text = text.trim().trim_end_matches('/');
    let cut = text.len().saturating_sub(API.len());
    match text.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case(API) => {
            text.get(..cut).unwrap_or_default().trim_end_matches('/')
        }
        _ => text,
    }
}
