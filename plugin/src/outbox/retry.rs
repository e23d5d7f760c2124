//! Whether and when something that failed is tried again.

use super::deliver::Cancelled;
use crate::error::from_client;
use host_sdk::protocol::{Error, ErrorCode, Role};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

/// The first waits; dense, because most troubles pass quickly.
const FIRST: [u64; 5] = [250, 500, 1_000, 2_000, 3_000];
/// The wait while the trouble is young.
const YOUNG: Duration = Duration::from_secs(3);
/// So long a trouble is young.
const YOUNG_FOR: Duration = Duration::from_secs(120);
/// The wait after that.
const OLD: Duration = Duration::from_secs(20);
/// The wait after a refused token; a connection that comes back ends it.
const REFUSED: Duration = Duration::from_secs(30);
/// A short-lived process waits no longer than this in all.
const CLIENT_LIMIT: Duration = Duration::from_secs(24);
/// A gateway gives up a message that could not be delivered for so long.
const GATEWAY_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What wakes and ends waits: shared by all deliveries.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    awake: Arc<Notify>,
    closing: watch::Sender<bool>,
}

impl Default for Bell {
    fn default() -> Self {
        Self { awake: Arc::default(), closing: watch::channel(false).0 }
    }
}

impl Bell {
    /// The server is there again: nobody needs to wait longer.
    pub(super) fn wake(&self) {
        self.awake.notify_waiters();
    }

    /// The instance shuts down: what waits stays in the journal.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// The attempts of one delivery.
pub(super) struct Retry<'a> {
    role: Role,
    bell: Bell,
    cancelled: Cancelled<'a>,
    began: Instant,
    tries: usize,
}

impl<'a> Retry<'a> {
    pub(super) fn new(role: Role, bell: Bell, cancelled: Cancelled<'a>) -> Self {
        Self { role, bell, cancelled, began: Instant::now(), tries: 0 }
    }

    /// Something went well: the next trouble is a new one.
    pub(super) fn reset(&mut self) {
        (self.began, self.tries) = (Instant::now(), 0);
    }

    /// Wait until it is time for the next attempt at a call that failed.
    ///
    /// A gateway has time: what no Mattermost answered (a page of a proxy, a redirect, a certificate that has run out)
    /// says nothing about the message.
    ///
    /// # Errors
    /// As [`Retry::pause`].
    pub(super) async fn after(&mut self, error: &mattermost_client::Error) -> Result<(), Error> {
        let mut told = from_client(error);
        let gateway = self.role == Role::Gateway;
        told.retryable |= if gateway { !error.is_refusal() } else { error.outcome_is_unknown() };
        self.pause(told).await
    }

    /// Wait until it is time for the next attempt.
    ///
    /// # Errors
    /// `error` when there is none; `CANCELLED` or `CLOSED` when nobody waits for it any more.
    pub(super) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let gateway = self.role == Role::Gateway;
        let refused = error.code == ErrorCode::Auth;
        if !(error.retryable || (gateway && refused)) {
            return Err(error);
        }
        let wait = match FIRST.get(self.tries) {
            _ if refused => REFUSED,
            Some(millis) => Duration::from_millis(*millis),
            None if !gateway => return Err(error),
            None if self.began.elapsed() < YOUNG_FOR => YOUNG,
            None => OLD,
        };
        let wait = wait.max(Duration::from_millis(error.retry_after_ms.unwrap_or_default()));
        let limit = if gateway { GATEWAY_LIMIT } else { CLIENT_LIMIT };
        if self.began.elapsed() + wait > limit {
            return Err(error);
        }
        self.tries += 1;
        tracing::debug!(wait_ms = wait.as_millis() as u64, "not sent, trying again: {error}");
        self.rest(wait, &error).await
    }

    /// Something was tried as often as it may be, quickly: a gateway tries it again after a long wait, for as long as
    /// anything else.
    ///
    /// # Errors
    /// As [`Retry::pause`]; `error` for a short-lived process.
    pub(super) async fn used_up(&mut self, error: Error) -> Result<(), Error> {
        if self.role != Role::Gateway {
            return Err(error);
        }
        self.tries = self.tries.max(FIRST.len());
        self.pause(error).await
    }

    /// Wait, but not longer than anybody waits for the delivery. `error` is why it is not done yet.
    ///
    /// # Errors
    /// `CANCELLED` or `CLOSED`.
    pub(super) async fn rest(&self, wait: Duration, error: &Error) -> Result<(), Error> {
        let mut closing = self.bell.closing.subscribe();
        tokio::select! {
            () = sleep(wait) => {}
            () = self.bell.awake.notified(), if error.code != ErrorCode::RateLimited => {}
            _ = closing.wait_for(|closing| *closing) => {
                return Err(Error::new(ErrorCode::Closed, format!(
                    "the channel shuts down; the message was not delivered yet ({error})"
                )));
            }
        }
        if (self.cancelled)() {
            return Err(Error::new(ErrorCode::Cancelled, "the delivery was cancelled"));
        }
        Ok(())
    }
}
