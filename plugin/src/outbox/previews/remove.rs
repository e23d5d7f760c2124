//! Previews that are not needed any more.

use super::super::alone::delete_alone;
use super::super::deliver::Deliverer;
use super::super::lookup::Lookup;
use super::super::retry::Retry;
use super::draft::{Draft, Ended};
use crate::store::{Change, Delivery, DeliveryState, Journal};
use host_sdk::protocol::Error;
use mattermost_client::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Calls that are made for removals at once.
const AT_ONCE: usize = 4;
/// So long an answer waits for the removal of its preview; after that it goes on by itself.
const BRIEFLY: Duration = Duration::from_secs(3);
/// A post whose request was given up may still appear: it is looked for after these pauses.
const LATER: [Duration; 3] = [Duration::ZERO, Duration::from_secs(4), Duration::from_secs(15)];

/// Removes previews.
#[derive(Clone)]
pub(in super::super) struct Remover {
    deliverer: Arc<Deliverer>,
    journal: Option<Journal>,
    room: Arc<Semaphore>,
}

/// A preview to remove.
struct Doomed {
    account_id: String,
    /// What the journal and its mark call it.
    id: String,
    channel_id: Option<String>,
    post_id: Option<String>,
    /// It is a reply: deleting it deletes nothing else.
    reply: bool,
    /// It was made not before, in milliseconds since 1970.
    since: i64,
}

impl Remover {
    pub(super) fn new(deliverer: Arc<Deliverer>, journal: Option<Journal>) -> Self {
        Self { deliverer, journal, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Remove a preview that has ended. Usually done when this returns; otherwise it goes on.
    pub(in super::super) async fn remove(&self, draft: &Draft, ended: Ended) {
        let (channel_id, post_id, reply) = match ended {
            Ended::Absent => {
                self.forget(&draft.account_id, &draft.id).await;
                return;
            }
            Ended::Posted { post, .. } => {
                (Some(post.channel_id.clone()), Some(post.id), !post.root_id.is_empty())
            }
            Ended::Doubtful { channel_id, post_id } => (channel_id, post_id, false),
        };
        let account_id = draft.account_id.clone();
        let since = crate::status::now_ms();
        let doomed = Doomed { account_id, id: draft.id.clone(), channel_id, post_id, reply, since };
        let remover = self.clone();
        let found = doomed.post_id.is_some();
        let removing = self.deliverer.context.spawn(async move { remover.see_to(doomed).await });
        if found {
            let _ = timeout(BRIEFLY, removing).await;
        }
    }

    /// Remove a preview that an earlier process left.
    pub(super) fn remove_orphan(&self, delivery: &Delivery) {
        let DeliveryState::Pending { message, .. } = &delivery.state else { return };
        let doomed = Doomed {
            account_id: delivery.account_id.clone(),
            id: delivery.id.clone(),
            channel_id: message.target.strip_prefix("channel:").map(str::to_owned),
            post_id: None,
            reply: false,
            since: delivery.accepted_at,
        };
        let remover = self.clone();
        self.deliverer.context.spawn(async move { remover.see_to(doomed).await });
    }

    /// A preview is no more.
    pub(super) async fn forget(&self, account_id: &str, id: &str) {
        if let Some(journal) = &self.journal {
            let (account_id, id) = (account_id.to_owned(), id.to_owned());
            journal.record(Change::Forget { account_id, id }).await;
        }
    }

    async fn see_to(&self, doomed: Doomed) {
        match self.try_to(&doomed).await {
            Ok(()) => self.forget(&doomed.account_id, &doomed.id).await,
            // The journal remembers it for the next start.
            Err(error) => tracing::debug!(account = %doomed.account_id, "preview cleanup failed: {error}"),
        }
    }

    async fn try_to(&self, doomed: &Doomed) -> Result<(), Error> {
        let never = || false;
        let mut retry = Retry::new(self.deliverer.role, self.deliverer.bell.clone(), &never);
        let account = self.deliverer.accounts.get(Some(&doomed.account_id))?;
        let client = account.client()?;
        if let Some(post_id) = &doomed.post_id {
            return self.delete(&client, post_id, doomed.reply, &mut retry).await;
        }
        let Some(channel_id) = &doomed.channel_id else { return Ok(()) };
        let bot = loop {
            match account.bot().await {
                Ok(bot) => break bot,
                Err(error) => retry.pause(error).await?,
            }
        };
        let brake = self.deliverer.brakes.of(client.server().as_str());
        let lookup = Lookup {
            client: &client,
            brake: &brake,
            channel_id,
            delivery: self.deliverer.marks_for(&client).delivery(&doomed.account_id, &doomed.id),
            // Others may copy the marks that they see.
            author: Some(bot.id),
            question: None,
            since: doomed.since,
        };
        for pause in LATER {
            sleep(pause).await;
            let found = loop {
                let found = {
                    let _room = self.room.acquire().await;
                    lookup.parts().await
                };
                match found {
                    Ok(found) => break found,
                    Err(error) => retry.after(&error).await?,
                }
            };
            for post in found.values() {
                self.delete(&client, &post.id, !post.root_id.is_empty(), &mut retry).await?;
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(())
    }

    async fn delete(
        &self,
        client: &Client,
        post_id: &str,
        reply: bool,
        retry: &mut Retry<'_>,
    ) -> Result<(), Error> {
        let brake = self.deliverer.brakes.of(client.server().as_str());
        loop {
            brake.ready().await;
            let deleted = {
                // It is never closed. Only calls take room: what waits for its server or its token holds up no other.
                let _room = self.room.acquire().await;
                delete_alone(client, post_id, reply).await
            };
            let error = match deleted {
                Ok(()) => return Ok(()),
                // Somebody else deleted it.
                Err(error) if matches!(error.status(), Some(403 | 404)) => return Ok(()),
                Err(error) => error,
            };
            brake.heed(&error);
            retry.after(&error).await?;
        }
    }
}
