//! What every running account works with.

use crate::brake::Brakes;
use crate::catchup::Limits;
use crate::outbox::Outbox;
use crate::status::StatusBook;
use crate::turns::Turns;
use host_sdk::plugin::Context;
use host_sdk::protocol::{AccountStatus, Event};
use std::sync::Arc;
use std::time::Duration;

/// What a running account works with.
#[derive(Clone)]
pub(crate) struct Deps {
    pub context: Context,
    pub book: Arc<StatusBook>,
    pub turns: Turns,
    pub outbox: Outbox,
    pub brakes: Arc<Brakes>,
    pub limits: Limits,
    /// Messages of one person that follow each other this closely become one.
    pub debounce: Duration,
    /// When the journal was written last, if it was damaged and begun anew. Milliseconds since 1970.
    pub damaged_at: Option<i64>,
}

impl Deps {
    /// Change an account's state and tell the host if it is another one now.
    pub async fn change(&self, account_id: &str, change: impl FnOnce(&mut AccountStatus)) {
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
