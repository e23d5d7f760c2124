//! What operators are told of an account's connection.

use super::deps::Deps;
use super::identity::refused;
use crate::status::now_ms;
use host_sdk::protocol::{CatchUp, Disconnect, Lifecycle};
use mattermost_client::connection::ConnectionEvent;
use mattermost_client::event::FrameError;

/// Bad frames that are told one by one; then only each doubling of their number.
const BAD_FRAMES_SHOWN: u64 = 20;

/// Keeps the status of one account.
pub(super) struct Telling<'a> {
    deps: &'a Deps,
    id: String,
    was_connected: bool,
    bad_frames: u64,
}

impl<'a> Telling<'a> {
    pub(super) fn new(deps: &'a Deps, id: String) -> Self {
        Self { deps, id, was_connected: false, bad_frames: 0 }
    }

    /// The connection is lost, refused, or brought something that cannot be read.
    pub(super) async fn connection(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Disconnected { reason, code, retry_in } => {
                tracing::debug!(account = %self.id, ?code, retry_in_ms = retry_in.as_millis() as u64, "mattermost connection failed: {reason}");
                let reason = reason.to_string();
                self.lost(Lifecycle::Recovering, reason.clone(), reason, code).await;
            }
            ConnectionEvent::AuthRejected { detail, retry_in } => {
                tracing::debug!(account = %self.id, retry_in_ms = retry_in.as_millis() as u64, "mattermost authentication refused: {detail}");
                let told = refused(&self.id, &detail);
                self.lost(Lifecycle::Blocked, detail, told, None).await;
            }
            ConnectionEvent::BadFrame { error } => self.bad_frame(&error),
            _ => {}
        }
    }

    async fn lost(&self, lifecycle: Lifecycle, reason: String, told: String, code: Option<u16>) {
        self.deps
            .change(&self.id, |status| {
                status.lifecycle = lifecycle;
                if status.connected {
                    status.connected = false;
                    status.last_disconnect = Some(Disconnect { at_ms: now_ms(), reason, code });
                }
                status.last_error = Some(told);
            })
            .await;
    }

    /// A server that talks nonsense must not fill the log.
    fn bad_frame(&mut self, error: &FrameError) {
        self.bad_frames += 1;
        let count = self.bad_frames;
        if count <= BAD_FRAMES_SHOWN || count.is_power_of_two() {
            tracing::error!(account = %self.id, count, "mattermost ingress rejected invalid event: {error}");
        }
    }

    /// The connection is there.
    pub(super) async fn connected(&mut self, server_version: Option<String>) {
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

    /// How far reading what was missed is.
    pub(super) async fn catching_up(&self, progress: CatchUp) {
        // Small steps are for those who ask; the host is told of the beginning, the end and of trouble.
        let known = self.deps.book.list(Some(&self.id)).pop().and_then(|status| status.catch_up);
        let changed = known
            .is_none_or(|known| (known.running, &known.problem) != (progress.running, &progress.problem));
        if changed {
            self.deps.change(&self.id, |status| status.catch_up = Some(progress)).await;
        } else {
            self.deps.book.update(&self.id, |status| status.catch_up = Some(progress));
        }
    }
}

/// `11.6.0..9b1a88.false` is `11.6.0` for people.
fn short(version: &str) -> String {
    version.split('.').take(3).collect::<Vec<_>>().join(".")
}
