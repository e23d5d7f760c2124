//! What every running account works with.

use crate::intake::Unsettled;
use crate::status::StatusBook;
use host_sdk::plugin::Context;
use host_sdk::protocol::{AccountStatus, Event};
use std::sync::Arc;

/// What a running account works with.
#[derive(Clone)]
pub(crate) struct Deps {
    pub context: Context,
    pub book: Arc<StatusBook>,
    pub unsettled: Unsettled,
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
        status.unsettled = self.unsettled.count(&status.account_id);
        // During shutdown the host is told nothing more.
        let _ = self.context.emit(&Event::StatusChanged(Box::new(status))).await;
    }
}
