//! Errors of the client, as the host is told of them.

use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::ErrorKind;

/// What a person or a program at the host needs to know of a failed call to the server.
pub(crate) fn from_client(error: &mattermost_client::Error) -> Error {
    let code = match (error.status(), error.kind()) {
        (Some(401), _) => ErrorCode::Auth,
        (Some(403), _) => ErrorCode::Forbidden,
        (Some(404), _) => ErrorCode::NotFound,
        (Some(408), _) => ErrorCode::Timeout,
        (Some(413), _) => ErrorCode::TooLarge,
        (Some(429), _) => ErrorCode::RateLimited,
        (Some(status), _) if status >= 500 => ErrorCode::Network,
        (_, ErrorKind::Network { kind: mattermost_client::NetworkErrorKind::Timeout, .. }) => {
            ErrorCode::Timeout
        }
        (
            _,
            ErrorKind::Network { .. } | ErrorKind::Unreadable { .. } | ErrorKind::AcceptedUnreadable { .. },
        ) => ErrorCode::Network,
        (_, ErrorKind::TooLarge { .. }) => ErrorCode::TooLarge,
        (_, ErrorKind::Redirect { .. } | ErrorKind::Setup { .. } | ErrorKind::AddressRefused { .. }) => {
            ErrorCode::Config
        }
        (_, ErrorKind::InvalidArgument { .. }) | (Some(400), _) => ErrorCode::InvalidArgument,
        _ => ErrorCode::Internal,
    };
    let message = match code {
        // Nobody "logs in" a bot, whatever the server says.
        ErrorCode::Auth => format!(
            "the server refused the bot token: check it, and in Mattermost that it was not revoked and that the bot is \
             enabled ({error})"
        ),
        _ => error.to_string(),
    };
    let mut told = Error::new(code, message);
    if let ErrorKind::AddressRefused { refused } = error.kind() {
        told.field.clone_from(&refused.option);
    }
    told.http_status = error.status();
    told.remote_id = error.server_error_id().map(str::to_owned);
    told.retryable = error.is_retryable();
    told.retry_after_ms =
        error.retry_after().map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    told
}
