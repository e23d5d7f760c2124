//! Reading a network library's error as one of a few causes that a person can act on.

use std::error::Error as StdError;
use std::io;

use super::NetworkErrorKind;

/// The cause of a failed HTTP request, and whether the request may have reached the server.
pub(crate) fn classify_request(error: &reqwest::Error) -> (NetworkErrorKind, bool) {
    let kind = match classify_chain(error) {
        NetworkErrorKind::Other if error.is_dns() => NetworkErrorKind::Dns,
        NetworkErrorKind::Other if error.is_timeout() => NetworkErrorKind::Timeout,
        kind => kind,
    };
    (kind, !error.is_connect() && !error.is_builder())
}

/// The cause of a failed socket operation.
pub(crate) fn classify_io(error: &io::Error) -> NetworkErrorKind {
    classify_one_io(error).unwrap_or(NetworkErrorKind::Other)
}

fn classify_chain(error: &(dyn StdError + 'static)) -> NetworkErrorKind {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return NetworkErrorKind::Tls;
        }
        if let Some(kind) = error.downcast_ref::<io::Error>().and_then(classify_one_io) {
            return kind;
        }
        // The HTTP library has no public type for a peer that hangs up between request and answer.
        if error.to_string() == "connection closed before message completed" {
            return NetworkErrorKind::Reset;
        }
        next = error.source();
    }
    NetworkErrorKind::Other
}

fn classify_one_io(error: &io::Error) -> Option<NetworkErrorKind> {
    // An error wrapped by an io::Error is not in its chain of sources.
    if let Some(inner) = error.get_ref() {
        if inner.is::<rustls::Error>() {
            return Some(NetworkErrorKind::Tls);
        }
        if let Some(kind) = inner.downcast_ref::<io::Error>().and_then(classify_one_io) {
            return Some(kind);
        }
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(NetworkErrorKind::Refused),
        io::ErrorKind::TimedOut => Some(NetworkErrorKind::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => Some(NetworkErrorKind::Reset),
        // The resolver of the standard library reports failures only as text.
        _ if error.to_string().starts_with("failed to lookup address") => Some(NetworkErrorKind::Dns),
        _ => None,
    }
}
