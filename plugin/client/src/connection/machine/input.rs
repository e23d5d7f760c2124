//! What a machine is told and what it answers.

use std::time::Duration;

use crate::connection::events::ConnectionEvent;
use crate::event::{Frame, FrameError, ServerEvent};

/// The server's error id for a session that it does not accept or no longer accepts.
const NOT_AUTHENTICATED: &str = "api.web_socket_router.not_authenticated.app_error";

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Time passed.
    Tick,
    /// The socket asked for is open.
    Opened,
    /// The socket asked for did not come about.
    Refused(Refusal),
    /// Something came over the socket.
    Received(Received),
    /// The socket closed, by the server or by the network.
    Closed {
        /// The server's close code, where it sent one.
        code: Option<u16>,
        /// The server's words, or the system's.
        detail: String,
        /// Whether the server sent what no client could go on with, so that asking for the same again is
        /// pointless: a frame that is too long or breaks the protocol.
        fault: bool,
    },
    /// What the REST API says about the token.
    Probe(ProbeOutcome),
    /// The receiver of the events is full; the socket is not read.
    Blocked,
    /// The receiver took everything; the socket is read again.
    Unblocked,
    /// The user of the connection wants to show "is typing".
    Typing {
        /// In which channel.
        channel_id: String,
        /// In which thread; empty outside threads.
        parent_id: String,
    },
    /// The user of the connection found that an open socket brings nothing.
    Restart,
    /// Stop for good.
    Stop,
}

/// Why a socket did not come about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// What the system or the server said.
    pub detail: String,
    /// The HTTP status, where the server answered with one.
    pub status: Option<u16>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

/// What the machine needs to know about something received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The server's greeting.
    Hello {
        /// The name of the connection; old servers have none.
        connection_id: Option<String>,
        /// The server's version.
        server_version: Option<String>,
        /// The number of the frame.
        seq: Option<u64>,
    },
    /// Any other event. It is to be handed out when [`Effect::Deliver`] says so.
    Event {
        /// The number of the frame.
        seq: Option<u64>,
    },
    /// A frame that cannot be read. What is handed out for it, when [`Effect::Deliver`] says so, is the error.
    Unreadable {
        /// The number of the frame, where that much could be read.
        seq: Option<u64>,
    },
    /// An answer.
    Reply {
        /// The number of the request that it answers.
        seq_reply: Option<u64>,
        /// Whether it was done.
        ok: bool,
        /// Whether it was refused because the session is not authenticated.
        unauthenticated: bool,
    },
    /// A sign of life without content: a ping, a pong.
    Control,
}

/// What the REST API says about the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// It is accepted.
    Valid,
    /// It is refused.
    Rejected {
        /// What the server said.
        detail: String,
    },
    /// The REST API could not be asked.
    Unknown {
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open a socket and report [`Input::Opened`] or [`Input::Refused`].
    Connect {
        /// What to go on with.
        resume: Option<Resume>,
    },
    /// Send a text frame.
    Send(Outgoing),
    /// Send a WebSocket ping.
    Ping,
    /// Close the socket, or give up opening it. Nothing is to be reported about it any more.
    Close {
        /// The close code.
        code: u16,
        /// The close reason.
        reason: &'static str,
    },
    /// Ask the REST API who the token belongs to and report [`Input::Probe`].
    Probe,
    /// Hand out what was just reported as received.
    Deliver,
    /// Hand out this.
    Emit(ConnectionEvent),
    /// All is over. Nothing follows.
    Stopped,
}

/// What to go on with after a lost socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The server's name for the connection.
    pub connection_id: String,
    /// The number of the next event, at least 1.
    pub sequence_number: u64,
}

/// A request over the WebSocket. `seq` counts the requests of a socket from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Shows the token. Always the first.
    Challenge {
        /// Always 1.
        seq: u64,
    },
    /// Asks whether the session is good.
    Ping {
        /// The number of the request.
        seq: u64,
    },
    /// Shows "is typing".
    Typing {
        /// The number of the request.
        seq: u64,
        /// In which channel.
        channel_id: String,
        /// In which thread; empty outside threads.
        parent_id: String,
    },
}

impl From<&Frame> for Received {
    fn from(frame: &Frame) -> Self {
        match frame {
            Frame::Event(ServerEvent::Hello(hello)) => Self::Hello {
                connection_id: hello.connection_id.clone(),
                server_version: hello.server_version.clone(),
                seq: hello.seq,
            },
            Frame::Event(event) => Self::Event { seq: event.seq() },
            Frame::Reply(reply) => Self::Reply {
                seq_reply: reply.seq_reply,
                ok: reply.ok,
                unauthenticated: reply.error.as_ref().is_some_and(|error| error.id == NOT_AUTHENTICATED),
            },
        }
    }
}

impl From<&FrameError> for Received {
    fn from(error: &FrameError) -> Self {
        Self::Unreadable { seq: error.seq() }
    }
}
