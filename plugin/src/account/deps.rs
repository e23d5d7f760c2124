//! What every running account works with.

use super::media::Media;
use super::questions::Questions;
use crate::brake::Brakes;
use crate::callbacks::Urls;
use crate::catchup::Limits;
use crate::gate::Commands;
use crate::interactive::Claims;
use crate::outbox::Outbox;
use crate::slash::Slash;
use crate::status::StatusBook;
use crate::turns::Turns;
use host_sdk::plugin::Context;
use host_sdk::protocol::{AccountStatus, Event};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What a new configuration changes without a restart of any account.
#[derive(Debug, Default)]
pub(crate) struct Tuning {
    values: RwLock<(Limits, Duration)>,
}

impl Tuning {
    /// As the configuration says.
    pub(crate) fn new(limits: Limits, debounce: Duration) -> Self {
        Self { values: RwLock::new((limits, debounce)) }
    }

    /// The configuration says something else now.
    pub(crate) fn set(&self, limits: Limits, debounce: Duration) {
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = (limits, debounce);
    }

    fn get(&self) -> (Limits, Duration) {
        *self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of what was missed is read.
    pub(crate) fn limits(&self) -> Limits {
        self.get().0
    }

    /// Messages of one person that follow each other this closely become one.
    pub(crate) fn debounce(&self) -> Duration {
        self.get().1
    }
}

/// What a running account works with.
#[derive(Clone)]
pub(crate) struct Deps {
    pub context: Context,
    pub book: Arc<StatusBook>,
    pub turns: Turns,
    pub outbox: Outbox,
    pub brakes: Arc<Brakes>,
    pub tuning: Arc<Tuning>,
    pub questions: Questions,
    /// Which messages' buttons were clicked.
    pub claims: Claims,
    /// The server's slash commands.
    pub slash: Slash,
    /// Where the server calls this host.
    pub urls: Urls,
    pub media: Arc<Media>,
    /// The host's text commands.
    pub commands: Arc<Commands>,
    /// When the journal was written last, if it was damaged and begun anew. Milliseconds since 1970.
    pub damaged_at: Option<i64>,
}

impl Deps {
    /// Change an account's state and tell the host if it is another one now.
    pub async fn change(&self, account_id: &str, change: impl FnOnce(&mut AccountStatus)) {
        if !self.book.has(account_id) {
            // It was taken out of the configuration while it ran.
            return;
        }
        let mut before = None;
        let after = self.book.update(account_id, |status| {
            before = Some(status.clone());
            change(status);
        });
        if before.as_ref() != Some(&after) {
            self.tell(after).await;
        }
    }

    async fn tell(&self, mut status: AccountStatus) {
        status.unsettled = self.turns.unsettled.count(&status.account_id);
        // During shutdown the host is told nothing more.
        let _ = self.context.emit(&Event::StatusChanged(Box::new(status))).await;
    }
}
