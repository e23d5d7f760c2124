//! One WebSocket: reading requests, writing frames, keeping the deadlines.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::{
    Link,
    handshake::WebSocket,
    link::Next,
    requests::{self, Request},
    route::Opening,
};
use crate::api::Server;

/// How long one write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much longer than a ping's interval the client may take to answer it.
const PONG_GRACE: Duration = Duration::from_secs(40);

/// Whether the socket goes on.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    Continue,
    /// Hang up. Nothing is said: dropping the socket closes TCP without a close frame.
    HangUp,
}

/// Serves a socket until either side ends it.
pub(super) async fn run(socket: WebSocket, server: Server, opening: Opening) {
    let mut connection = Connection { socket, server, attached: None };
    match opening {
        Opening::Malformed => return,
        Opening::Unknown => {}
        Opening::Fresh(token) => {
            connection.authenticate(&token, None);
        }
        Opening::Resume(token, id, seq) => {
            connection.authenticate(&token, Some((id, seq)));
        }
    }
    connection.serve().await;
    connection.leave();
}

struct Connection {
    socket: WebSocket,
    server: Server,
    attached: Option<(Arc<Link>, u64)>,
}

impl Connection {
    async fn serve(&mut self) {
        let options = &self.server.app.options;
        let mut stopping = self.server.guard.clone();
        let mut cuts = self.server.app.world().hub.cuts();
        let auth_deadline = Instant::now() + options.auth_timeout;
        let (ping_interval, pong_timeout) = (options.ping_interval, options.ping_interval + PONG_GRACE);
        let mut read_deadline = Instant::now() + pong_timeout;
        let mut pings = interval_at(Instant::now() + ping_interval, ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                () = stopping.stopped() => Flow::HangUp,
                _ = cuts.changed() => Flow::HangUp,
                () = sleep_until(auth_deadline), if self.attached.is_none() => Flow::HangUp,
                () = sleep_until(read_deadline) => Flow::HangUp,
                () = dropped(self.attached.as_ref()) => Flow::HangUp,
                () = woken(self.attached.as_ref()) => {
                    tokio::select! {
                        flow = self.write() => flow,
                        () = stopping.stopped() => Flow::HangUp,
                        _ = cuts.changed() => Flow::HangUp,
                    }
                }
                _ = pings.tick() => {
                    let ping = Message::Ping(Bytes::new());
                    within_deadline(self.socket.send(ping)).await
                }
                received = self.socket.next() => match received {
                    Some(Ok(Message::Text(text))) => self.answer(text.as_str()).await,
                    Some(Ok(Message::Pong(_))) => {
                        read_deadline = Instant::now() + pong_timeout;
                        Flow::Continue
                    }
                    // The closing handshake ends with the next read.
                    Some(Ok(Message::Ping(_) | Message::Close(_) | Message::Frame(_))) => Flow::Continue,
                    Some(Ok(Message::Binary(_)) | Err(_)) | None => Flow::HangUp,
                },
            };
            if flow == Flow::HangUp {
                return;
            }
        }
    }

    /// Writes everything that waits.
    async fn write(&mut self) -> Flow {
        let Some((link, attachment)) = &self.attached else { return Flow::Continue };
        loop {
            match link.next(*attachment) {
                Next::Gone => return Flow::HangUp,
                Next::Idle => return within_deadline(self.socket.flush()).await,
                Next::Write(frame) => {
                    let message = Message::from(frame);
                    let flow = tokio::select! {
                        flow = within_deadline(self.socket.feed(message)) => flow,
                        () = dropped(self.attached.as_ref()) => Flow::HangUp,
                    };
                    if flow == Flow::HangUp {
                        return flow;
                    }
                }
            }
        }
    }

    async fn answer(&mut self, text: &str) -> Flow {
        let Ok(request) = serde_json::from_str::<Request>(text) else { return Flow::HangUp };
        if let Some(refusal) = requests::malformed(&request) {
            return self.reply(refusal).await;
        }
        if request.action == "authentication_challenge" {
            if self.attached.is_some() {
                return Flow::Continue;
            }
            if !self.authenticate(request.text("token"), None) {
                return Flow::HangUp;
            }
            return self.reply(requests::ok(request.seq, None)).await;
        }
        let Some((link, _)) = &self.attached else {
            // Later servers begin to write only when the session is known.
            if self.server.app.version().is_modern() {
                return Flow::Continue;
            }
            return self.reply(requests::not_authenticated(request.seq)).await;
        };
        let reply = {
            let mut world = self.server.app.world();
            match world.token_user(&link.token) {
                Some(user_id) => requests::perform(&mut world, user_id, &request),
                None => requests::not_authenticated(request.seq),
            }
        };
        self.reply(reply).await
    }

    async fn reply(&mut self, reply: String) -> Flow {
        match &self.attached {
            Some((link, _)) => {
                link.push_reply(reply);
                Flow::Continue
            }
            None if self.server.app.version().is_modern() => Flow::Continue,
            None => within_deadline(self.socket.send(Message::from(reply))).await,
        }
    }

    fn authenticate(&mut self, token: &str, resume: Option<(crate::ids::Id, i64)>) -> bool {
        let mut world = self.server.app.world();
        let Some(user_id) = world.token_user(token) else { return false };
        let attached = world.connect(user_id, token, resume);
        drop(world);
        self.attached = Some(attached);
        true
    }

    fn leave(&mut self) {
        if let Some((link, attachment)) = self.attached.take() {
            self.server.app.world().disconnect(&link, attachment);
            // A wake-up meant for the next socket may have ended here.
            link.wake.notify_one();
        }
    }
}

async fn within_deadline<E>(write: impl Future<Output = Result<(), E>>) -> Flow {
    tokio::select! {
        written = write => if written.is_ok() { Flow::Continue } else { Flow::HangUp },
        () = sleep(WRITE_TIMEOUT) => Flow::HangUp,
    }
}

async fn woken(attached: Option<&(Arc<Link>, u64)>) {
    match attached {
        Some((link, _)) => link.wake.notified().await,
        None => std::future::pending().await,
    }
}

/// Returns when the link gave up its socket.
async fn dropped(attached: Option<&(Arc<Link>, u64)>) {
    let Some((link, attachment)) = attached else { return std::future::pending().await };
    while link.attachment() == Some(*attachment) {
        link.dropped.notified().await;
    }
}
