//! The kinds of failure, each with what a caller can act on.

use std::fmt;
use std::time::Duration;

use crate::network::RefusedAddress;

/// What went wrong with a REST call.
///
/// No text in here ever holds the access token, even when the server echoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be built: TLS roots, HTTP client.
    Setup {
        /// What the library found.
        detail: String,
    },
    /// An argument was refused before anything was sent: an empty id, a path that climbs up, a bad MIME type.
    InvalidArgument {
        /// What is wrong with which argument.
        detail: String,
    },
    /// No answer came, or it broke off.
    Network {
        /// What broke.
        kind: NetworkErrorKind,
        /// The address that was asked.
        server: String,
        /// Whether the request may have reached the server, so that its effect is unknown.
        sent: bool,
        /// The underlying library's words.
        detail: String,
    },
    /// The server answered with an error.
    Api {
        /// The HTTP status.
        status: u16,
        /// The server's error id, like `api.context.permissions.app_error`. Ids differ between server
        /// versions: decide by status, show the id.
        id: Option<String>,
        /// The server's message, or the beginning of the body where it has none.
        message: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The connection is not made because of where it would go.
    AddressRefused {
        /// Where, why, and what allows it.
        refused: RefusedAddress,
    },
    /// The server points elsewhere, to where the call cannot go on: to another server, which must not get the token, or in
    /// a circle.
    Redirect {
        /// The HTTP status.
        status: u16,
        /// Where it points to.
        location: Option<String>,
    },
    /// The answer is longer than the limit for its kind.
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The server accepted the request, but the answer cannot be understood.
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What the parser found.
        detail: String,
    },
    /// A post was accepted, but the answer that names it cannot be read. The post is visible: sending it again
    /// blindly would show it twice.
    AcceptedUnreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        detail: String,
    },
}

/// What broke between client and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkErrorKind {
    /// The host name is unknown or the name server does not answer.
    Dns,
    /// Nobody listens on the port.
    Refused,
    /// The TLS handshake failed: an untrusted or expired certificate, or a server that does not speak TLS.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke off.
    Reset,
    /// Anything else.
    Other,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup { detail } => write!(f, "cannot set up the Mattermost client: {detail}"),
            Self::InvalidArgument { detail } => f.write_str(detail),
            Self::Network { kind, server, detail, .. } => match kind {
                NetworkErrorKind::Other => write!(f, "cannot reach {server}: {detail}"),
                NetworkErrorKind::Tls => write!(f, "cannot reach {server}: {kind}: {}", tls(detail)),
                _ => write!(f, "cannot reach {server}: {kind}"),
            },
            Self::AddressRefused { refused } => refused.fmt(f),
            Self::Api { status, message, .. } => {
                write!(f, "Mattermost API {status}{}: {message}", Reason(*status))
            }
            Self::Redirect { status, location } => match location {
                Some(location) => write!(
                    f,
                    "the server answers {status}{} and points to {location}: set baseUrl to {}",
                    Reason(*status),
                    base_of(location)
                ),
                None => write!(
                    f,
                    "the server answers {status}{} and points nowhere: check baseUrl",
                    Reason(*status)
                ),
            },
            Self::TooLarge { limit } => write!(f, "the server's answer is longer than {limit} bytes"),
            Self::Unreadable { status, detail } => {
                write!(f, "cannot read the server's answer ({status}{}): {detail}", Reason(*status))
            }
            Self::AcceptedUnreadable { status, detail } => write!(
                f,
                "the server accepted the post ({status}{}), but its answer cannot be read: {detail}",
                Reason(*status)
            ),
        }
    }
}

impl fmt::Display for NetworkErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host name cannot be resolved",
            Self::Refused => "connection refused",
            Self::Tls => "TLS handshake failed",
            Self::Timeout => "no answer in time",
            Self::Reset => "the connection was closed",
            Self::Other => "network error",
        })
    }
}

/// What a TLS library's words mean for whoever runs the bot.
fn tls(detail: &str) -> String {
    let advice = if detail.contains("InvalidContentType") {
        "the server does not speak TLS on this port; is its URL http:// instead of https://?"
    } else if detail.contains("UnknownIssuer") || detail.contains("CaUsedAsEndEntity") {
        "its certificate is not trusted; add the CA that signed it to the system's trust store, or name it in \
         SSL_CERT_FILE"
    } else if detail.contains("Expired") {
        "its certificate has expired"
    } else if detail.contains("NotValidForName") {
        "its certificate is for another host name"
    } else {
        return detail.to_owned();
    };
    format!("{advice} ({detail})")
}

/// The name of an HTTP status behind a space, or nothing where there is no common name.
struct Reason(u16);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = reqwest::StatusCode::from_u16(self.0).ok().and_then(|status| status.canonical_reason());
        match reason {
            Some(reason) => write!(f, " {reason}"),
            None => Ok(()),
        }
    }
}

/// The base URL that a redirect of an API call suggests.
fn base_of(location: &str) -> &str {
    location.find("/api/v4").and_then(|end| location.get(..end)).unwrap_or(location)
}
