//! One account, from its start to its stop.

use super::deps::Deps;
use super::identity::{identify, refused};
use super::login::Account;
use super::supervise::supervise;
use crate::intake::{Heard, Ignored, Reader};
use crate::status::now_ms;
use crate::typing::Typing;
use host_sdk::protocol::{Disconnect, Event, InboundMessage, Lifecycle};
use mattermost_client::connection::{self, Connection, ConnectionEvent};
use mattermost_client::event::{FrameError, Posted};
use mattermost_client::{Client, ServerEvent};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Bad frames that are told one by one; then only each doubling of their number.
const BAD_FRAMES_SHOWN: u64 = 20;
/// Senders that are named when they are not admitted.
const REFUSED_SHOWN: usize = 1000;

/// Run an account until it is told to stop.
pub(super) async fn run(deps: Deps, account: Arc<Account>, client: Client, mut stop: watch::Receiver<bool>) {
    let id = account.config.id.clone();
    deps.change(&id, |status| {
        status.running = true;
        status.lifecycle = Lifecycle::Starting;
        status.last_start_at_ms = Some(now_ms());
        status.last_error = None;
    })
    .await;
    let work = || listen(&deps, &account, client.clone());
    let fault = |panicked: bool, pause: Duration| {
        let what = if panicked {
            "panicked; this is a fault of the plugin, please report it"
        } else {
            "ended by itself"
        };
        tracing::error!(account = %id, "the account's connection {what}; it begins again in {} s", pause.as_secs());
        deps.change(&id, |status| {
            status.connected = false;
            status.lifecycle = Lifecycle::Recovering;
            status.last_error = Some("a fault of the plugin ended the connection; see the log".to_owned());
        })
    };
    // The sender lives as long as the account is listed as running; its end means stop as well.
    tokio::select! {
        () = supervise(work, fault) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    deps.unsettled.forget(&id);
    deps.change(&id, |status| {
        status.running = false;
        status.connected = false;
        status.lifecycle = Lifecycle::Stopped;
    })
    .await;
}

async fn listen(deps: &Deps, account: &Account, client: Client) {
    let bot = identify(deps, account, &client).await;
    let id = account.config.id.clone();
    deps.book.update(&id, |status| status.bot = Some(bot.clone()));
    let reader = Reader::new(account.config.clone(), bot);
    let (connection, mut events) = connection::spawn(client.clone(), options());
    let mut session = Session {
        deps,
        id,
        client,
        connection: Arc::new(connection),
        reader,
        was_connected: false,
        bad_frames: 0,
        refused: HashSet::new(),
    };
    while let Some(event) = events.recv().await {
        session.take(event).await;
    }
}

/// A short queue: what waits there has not been looked at, so nothing but the frame limit bounds its size.
fn options() -> connection::Options {
    let mut options = connection::Options::default();
    options.queue = 32;
    options
}

struct Session<'a> {
    deps: &'a Deps,
    id: String,
    client: Client,
    connection: Arc<Connection>,
    reader: Reader,
    was_connected: bool,
    bad_frames: u64,
    refused: HashSet<String>,
}

impl Session<'_> {
    async fn take(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Event(event) => match *event {
                ServerEvent::Posted(posted) => self.posted(posted).await,
                other => tracing::trace!(account = %self.id, event = other.name(), "not used"),
            },
            ConnectionEvent::Connected { server_version, .. } => self.connected(server_version).await,
            ConnectionEvent::Disconnected { reason, code, retry_in } => {
                tracing::debug!(account = %self.id, ?code, retry_in_ms = retry_in.as_millis() as u64, "mattermost connection failed: {reason}");
                let reason = reason.to_string();
                self.deps
                    .change(&self.id, |status| {
                        status.lifecycle = Lifecycle::Recovering;
                        if status.connected {
                            status.connected = false;
                            status.last_disconnect =
                                Some(Disconnect { at_ms: now_ms(), reason: reason.clone(), code });
                        }
                        status.last_error = Some(reason);
                    })
                    .await;
            }
            ConnectionEvent::AuthRejected { detail, retry_in } => {
                tracing::debug!(account = %self.id, retry_in_ms = retry_in.as_millis() as u64, "mattermost authentication refused: {detail}");
                let told = refused(&self.id, &detail);
                self.deps
                    .change(&self.id, |status| {
                        status.lifecycle = Lifecycle::Blocked;
                        if status.connected {
                            status.connected = false;
                            status.last_disconnect =
                                Some(Disconnect { at_ms: now_ms(), reason: detail.clone(), code: None });
                        }
                        status.last_error = Some(told);
                    })
                    .await;
            }
            ConnectionEvent::BadFrame { error } => self.bad_frame(&error),
            _ => {}
        }
    }

    /// A server that talks nonsense must not fill the log.
    fn bad_frame(&mut self, error: &FrameError) {
        self.bad_frames += 1;
        let count = self.bad_frames;
        if count <= BAD_FRAMES_SHOWN || count.is_power_of_two() {
            tracing::error!(account = %self.id, count, "mattermost ingress rejected invalid event: {error}");
        }
    }

    /// Somebody is not heard: an operator wants to know once who it was, and which key says so.
    fn refused(&mut self, sender: &str, why: Ignored) {
        let first = self.refused.len() < REFUSED_SHOWN && self.refused.insert(sender.to_owned());
        if first {
            tracing::info!(account = %self.id, reason = why.code(), "not heard: user {sender} is not admitted by dmPolicy/allowFrom or groupPolicy/groupAllowFrom");
        }
    }

    async fn connected(&mut self, server_version: Option<String>) {
        let again = std::mem::replace(&mut self.was_connected, true);
        self.deps
            .change(&self.id, |status| {
                if again && !status.connected {
                    status.reconnects += 1;
                }
                if !status.connected {
                    status.last_connected_at_ms = Some(now_ms());
                }
                status.connected = true;
                status.lifecycle = Lifecycle::Ready;
                status.last_error = None;
                if let Some(version) = server_version {
                    status.server_version = Some(short(&version));
                }
            })
            .await;
    }

    async fn posted(&mut self, posted: Posted) {
        let (post_id, sender) = (posted.post.id.clone(), posted.post.user_id.clone());
        match self.reader.read(posted, now_ms()) {
            Heard::Message(message) => self.hand_over(*message).await,
            Heard::Ignored(why) => {
                if matches!(why, Ignored::UnknownChannelType) {
                    tracing::warn!(account = %self.id, post = %post_id, "cannot resolve channel type, post dropped");
                } else {
                    if matches!(why, Ignored::Access(_)) {
                        self.refused(&sender, why);
                    }
                    tracing::debug!(account = %self.id, reason = why.code(), "drop post");
                }
            }
        }
    }

    async fn hand_over(&mut self, message: InboundMessage) {
        let deps = self.deps;
        let event_id = message.event_id.clone();
        let channel_id = message.conversation.channel_id.clone();
        let root_id = message.reply.thread_root_id.clone();
        deps.unsettled.begin(&event_id, &self.id).await;
        deps.book.update(&self.id, |status| status.last_inbound_at_ms = Some(now_ms()));
        if deps.context.emit(&Event::InboundMessage(Box::new(message))).await.is_err() {
            deps.unsettled.settle(&event_id);
            return;
        }
        let typing = Typing::start(self.client.clone(), self.connection.clone(), channel_id, root_id);
        deps.unsettled.show_typing(&event_id, typing);
    }
}

/// `11.6.0..9b1a88.false` is `11.6.0` for people.
fn short(version: &str) -> String {
    version.split('.').take(3).collect::<Vec<_>>().join(".")
}
