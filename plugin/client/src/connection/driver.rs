//! Doing what the machine says: the only part of a connection that touches the network and the clock.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::events::ConnectionEvent;
use super::machine::{Effect, Input, Machine, ProbeOutcome, Received, Refusal};
use super::outgoing;
use super::socket::{self, Socket};
use super::state::State;
use crate::event::Frame;
use crate::rest::Client;
use crate::shown::shown;

/// The longest writing one frame may take. The frames are small: only a dead peer fills the system's buffer.
const WRITE: Duration = Duration::from_secs(10);

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the user of a connection asks for.
#[derive(Debug)]
pub(super) struct TypingRequest {
    pub(super) channel_id: String,
    pub(super) parent_id: String,
}

/// The task behind a connection.
pub(super) struct Driver {
    pub(super) client: Client,
    pub(super) max_frame: usize,
    pub(super) machine: Machine,
    pub(super) origin: Instant,
    pub(super) events: mpsc::Sender<ConnectionEvent>,
    pub(super) typing: mpsc::Receiver<TypingRequest>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) restart: Arc<Notify>,
    pub(super) state: watch::Sender<State>,
    /// What the receiver has no room for yet: what follows from one input, never more.
    pub(super) outbox: VecDeque<ConnectionEvent>,
    /// Whether the machine knows that the outbox is not empty.
    pub(super) blocked: bool,
    pub(super) connecting: Option<BoxFuture<Result<Socket, Refusal>>>,
    pub(super) probing: Option<BoxFuture<ProbeOutcome>>,
    pub(super) socket: Option<Socket>,
}

/// Why the task woke up.
enum Wake {
    Stop,
    Restart,
    Room,
    Typing(TypingRequest),
    Connected(Result<Socket, Refusal>),
    Probed(ProbeOutcome),
    Message(Option<Result<Message, WsError>>),
    Time,
}

impl Driver {
    /// Runs until it is told to stop, or until nobody listens any more.
    pub(super) async fn run(mut self) {
        while self.machine.state() != State::Stopped {
            let wake = self.wake().await;
            self.react(wake).await;
            self.publish_state();
        }
    }

    fn publish_state(&self) {
        let now = self.machine.state();
        self.state.send_if_modified(|state| std::mem::replace(state, now) != now);
    }

    async fn wake(&mut self) -> Wake {
        let deadline = self.machine.deadline().and_then(|deadline| self.origin.checked_add(deadline));
        let full = !self.outbox.is_empty();
        tokio::select! {
            // In this order: a stop goes before everything, and what came over the socket before the clock, so
            // that a process that was suspended sees the pong that waits for it.
            biased;
            () = stopped(&mut self.stop) => Wake::Stop,
            () = self.events.closed() => Wake::Stop,
            () = self.restart.notified() => Wake::Restart,
            permit = self.events.reserve(), if full => match permit {
                Ok(permit) => {
                    if let Some(event) = self.outbox.pop_front() {
                        permit.send(event);
                    }
                    Wake::Room
                }
                Err(_) => Wake::Stop,
            },
            Some(request) = self.typing.recv() => Wake::Typing(request),
            result = some(&mut self.connecting) => Wake::Connected(result),
            outcome = some(&mut self.probing) => Wake::Probed(outcome),
            message = next(&mut self.socket), if !full => Wake::Message(message),
            () = at(deadline) => Wake::Time,
        }
    }

    async fn react(&mut self, wake: Wake) {
        match wake {
            Wake::Stop => self.feed(Some(Input::Stop), None).await,
            Wake::Restart => self.feed(Some(Input::Restart), None).await,
            Wake::Time => self.feed(Some(Input::Tick), None).await,
            Wake::Room => self.feed(None, None).await,
            Wake::Typing(TypingRequest { channel_id, parent_id }) => {
                self.feed(Some(Input::Typing { channel_id, parent_id }), None).await;
            }
            Wake::Connected(result) => {
                self.connecting = None;
                match result {
                    Ok(socket) => {
                        self.socket = Some(socket);
                        self.feed(Some(Input::Opened), None).await;
                    }
                    Err(refusal) => self.feed(Some(Input::Refused(refusal)), None).await,
                }
            }
            Wake::Probed(outcome) => {
                self.probing = None;
                self.feed(Some(Input::Probe(outcome)), None).await;
            }
            Wake::Message(message) => self.message(message).await,
        }
    }

    async fn message(&mut self, message: Option<Result<Message, WsError>>) {
        match message {
            Some(Ok(Message::Text(text))) => match Frame::parse(&text) {
                Ok(frame) => {
                    let received = Received::from(&frame);
                    let event = match frame {
                        Frame::Event(event) => Some(ConnectionEvent::Event(Box::new(event))),
                        Frame::Reply(_) => None,
                    };
                    self.feed(Some(Input::Received(received)), event).await;
                }
                Err(error) => {
                    let error = error.redacted(self.client.token());
                    tracing::debug!(%error, "frame skipped");
                    let received = Received::from(&error);
                    let event = Some(ConnectionEvent::BadFrame { error });
                    self.feed(Some(Input::Received(received)), event).await;
                }
            },
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| frame.code.into());
                let detail = match frame {
                    Some(frame) if !frame.reason.is_empty() => {
                        shown(&self.client.token().redact(&frame.reason))
                    }
                    _ => "by the server".to_owned(),
                };
                if let Some(mut socket) = self.socket.take() {
                    // The library has prepared the answer; without this it would never leave.
                    let _ = timeout(Duration::from_millis(100), socket.flush()).await;
                }
                self.feed(Some(Input::Closed { code, detail, fault: false }), None).await;
            }
            Some(Ok(_)) => self.feed(Some(Input::Received(Received::Control)), None).await,
            Some(Err(error)) => self.lost(Some(&error)).await,
            None => self.lost(None).await,
        }
    }

    async fn lost(&mut self, error: Option<&WsError>) {
        self.socket = None;
        let input = socket::closed(&self.client, error);
        self.feed(Some(input), None).await;
    }

    /// Tells the machine, also about a full or emptied outbox, and does what it answers. `event` is what
    /// [`Effect::Deliver`] is about.
    async fn feed(&mut self, input: Option<Input>, mut event: Option<ConnectionEvent>) {
        let mut inputs = VecDeque::from_iter(input);
        loop {
            // Before the events, so that who reads `Connected` finds the state to match.
            self.publish_state();
            self.flush();
            if self.blocked == self.outbox.is_empty() {
                self.blocked = !self.blocked;
                inputs.push_back(if self.blocked { Input::Blocked } else { Input::Unblocked });
            }
            let Some(input) = inputs.pop_front() else { return };
            let now = self.origin.elapsed();
            for effect in self.machine.handle(now, input) {
                match effect {
                    Effect::Connect { resume } => {
                        tracing::debug!(server = %self.client.server(), resume = resume.is_some(), "connecting");
                        self.probing = None;
                        self.connecting =
                            Some(Box::pin(socket::open(self.client.clone(), resume, self.max_frame)));
                    }
                    Effect::Send(outgoing) => {
                        let Ok(text) = outgoing::encode(&outgoing, self.client.token()) else { continue };
                        inputs.extend(self.write(Message::text(text)).await);
                    }
                    Effect::Ping => inputs.extend(self.write(Message::Ping(Default::default())).await),
                    Effect::Close { code, reason } => {
                        self.connecting = None;
                        if let Some(socket) = self.socket.take() {
                            let stopping = self.machine.state() == State::Stopped;
                            socket::close(socket, code, reason, stopping).await;
                        }
                    }
                    Effect::Probe => self.probing = Some(Box::pin(probe(self.client.clone()))),
                    Effect::Deliver => self.outbox.extend(event.take()),
                    Effect::Emit(event) => {
                        log(&event);
                        self.outbox.push_back(event);
                    }
                    Effect::Stopped => return,
                }
            }
        }
    }

    /// Hands out what there is room for.
    fn flush(&mut self) {
        while !self.outbox.is_empty() {
            let Ok(permit) = self.events.try_reserve() else { return };
            if let Some(event) = self.outbox.pop_front() {
                permit.send(event);
            }
        }
    }

    /// Writes a frame; a failure is an input of its own.
    async fn write(&mut self, message: Message) -> Option<Input> {
        let socket = self.socket.as_mut()?;
        let error = tokio::select! {
            () = stopped(&mut self.stop) => return None,
            result = timeout(WRITE, socket.send(message)) => match result {
                Ok(Ok(())) => return None,
                Ok(Err(error)) => Some(error),
                Err(_) => None,
            },
        };
        self.socket = None;
        Some(match error {
            Some(error) => socket::closed(&self.client, Some(&error)),
            None => Input::Closed { code: None, detail: "nothing can be sent".to_owned(), fault: false },
        })
    }
}

async fn probe(client: Client) -> ProbeOutcome {
    match client.me().await {
        Ok(_) => ProbeOutcome::Valid,
        Err(error) if error.is_unauthorized() => ProbeOutcome::Rejected { detail: error.to_string() },
        Err(error) => {
            tracing::debug!(%error, "the token cannot be checked");
            ProbeOutcome::Unknown { retry_after: error.retry_after() }
        }
    }
}

fn log(event: &ConnectionEvent) {
    match event {
        ConnectionEvent::Connected { how, server_version, .. } => {
            tracing::debug!(?how, server_version, "connected");
        }
        ConnectionEvent::Disconnected { reason, code, retry_in } => {
            tracing::debug!(%reason, code, ?retry_in, "disconnected");
        }
        ConnectionEvent::AuthRejected { detail, retry_in } => {
            tracing::debug!(detail, ?retry_in, "the server refuses the token");
        }
        _ => {}
    }
}

/// Ready when the connection is to stop, or when its handle is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn some<T>(future: &mut Option<BoxFuture<T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn next(socket: &mut Option<Socket>) -> Option<Result<Message, WsError>> {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
