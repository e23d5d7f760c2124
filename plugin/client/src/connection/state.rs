//! What a connection is doing.

/// What a connection is doing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Establishing a socket, or about to.
    Connecting,
    /// The socket is open, the server has not yet shown that it accepts the token.
    Authenticating,
    /// Events flow.
    Live,
    /// The socket is lost, and the REST API is being asked whether the token is to blame.
    Verifying,
    /// Between two attempts.
    Waiting,
    /// Between two attempts; the server refused the token.
    Rejected,
    /// Stopped for good.
    Stopped,
}
