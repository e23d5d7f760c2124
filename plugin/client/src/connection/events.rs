//! What comes out of a connection.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc;

use crate::event::{FrameError, ServerEvent};

/// Something that happened on or to the connection, in order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// An attempt to connect begins.
    Connecting {
        /// Counted from 1 since the start or the last stable connection.
        attempt: u32,
    },
    /// The server accepted the token; its events follow. It may come twice on one socket, when a resumption
    /// turns out to have failed after all: the later one holds.
    Connected {
        /// Whether anything was missed.
        how: How,
        /// `version.build.hash.enterprise`, where the server said so.
        server_version: Option<String>,
        /// The server's name for the connection; old servers have none.
        connection_id: Option<String>,
    },
    /// The connection is lost, or could not be made. The next attempt follows by itself.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// The server's close code, where it sent one.
        code: Option<u16>,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// The server does not accept the token: it is wrong, revoked, or its account is disabled. The next attempt
    /// follows by itself, so it recovers when the account is enabled again.
    AuthRejected {
        /// What the server said.
        detail: String,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// An event of the server; every one but `hello`, which is [`ConnectionEvent::Connected`].
    Event(Box<ServerEvent>),
    /// A frame that cannot be read was skipped.
    BadFrame {
        /// What is wrong with it.
        error: FrameError,
    },
}

/// How a connection came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// A new one: events since the last one, if any, are missing.
    Fresh,
    /// It goes on where the last one stopped; what was missed follows.
    Resumed,
}

/// Why a connection was lost or could not be made. `Display` is for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// No socket came about.
    ConnectFailed {
        /// What the system or the server said.
        detail: String,
        /// The HTTP status, where the server answered with one instead of a WebSocket.
        status: Option<u16>,
    },
    /// No socket came about in time.
    HandshakeTimeout,
    /// The server closed the socket before it accepted the token, yet the REST API accepts it or cannot be asked.
    ClosedBeforeAuth,
    /// The server did not say in time that it accepts the token, yet the REST API accepts it or cannot be asked.
    AuthTimeout,
    /// The server or the network closed the socket.
    Closed {
        /// The server's words, or the system's.
        detail: String,
    },
    /// Nothing came after a ping.
    PongTimeout,
    /// The server no longer answers the session's pings, although the socket is open.
    Deaf,
    /// The user of the connection found out that events are missing although everything looks fine; see
    /// [`Connection::restart`](super::Connection::restart).
    Mute,
    /// The server says that the session is not authenticated, yet the REST API accepts the token or cannot be
    /// asked.
    SessionInvalid,
    /// An event is missing in between. The next connection asks for it.
    SequenceGap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        received: u64,
    },
    /// The receiver of the events was full for too long. The next connection goes on with the next event.
    ReceiverFull,
}

/// The receiving end of a connection: bounded, in order, without loss. While it is full the socket is not read,
/// so that the server holds the events; nothing is dropped. Dropping it stops the connection.
#[derive(Debug)]
pub struct Events(pub(super) mpsc::Receiver<ConnectionEvent>);

impl Events {
    /// The next event; `None` after the connection stopped. Cancel-safe.
    pub async fn recv(&mut self) -> Option<ConnectionEvent> {
        self.0.recv().await
    }

    /// The next event, if one is there already.
    pub fn try_recv(&mut self) -> Option<ConnectionEvent> {
        self.0.try_recv().ok()
    }
}

impl Stream for Events {
    type Item = ConnectionEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectFailed { detail, .. } => f.write_str(detail),
            Self::HandshakeTimeout => f.write_str("connecting took too long"),
            Self::ClosedBeforeAuth => f.write_str("closed before authentication"),
            Self::AuthTimeout => f.write_str("authentication timed out"),
            Self::Closed { detail } => write!(f, "connection closed: {detail}"),
            Self::PongTimeout => f.write_str("pong timeout"),
            Self::Deaf => f.write_str("the server does not answer the session's ping"),
            Self::Mute => f.write_str("the socket brought no events although there were some"),
            Self::SessionInvalid => f.write_str("the server lost the session"),
            Self::SequenceGap { expected, received } => {
                write!(f, "event {expected} is missing, {received} came")
            }
            Self::ReceiverFull => f.write_str("events were not taken in time"),
        }
    }
}
