//! The work on one accepted message: delivered, written down, and what its turn showed before taken away.

use super::deliver::{Cancelled, Identity};
use super::previews::Preview;
use super::queue::{Inner, Job};
use crate::status::now_ms;
use crate::store::{Change, Delivery, DeliveryState};
use futures_util::FutureExt as _;
use host_sdk::plugin::Responder;
use host_sdk::protocol::{Error, ErrorCode, Outbound, Receipt, Role};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

impl Inner {
    /// Deliver what is queued in a lane, until nothing is.
    pub(super) async fn work(self: Arc<Self>, lane: &str) {
        while let Some(job) = self.lanes.next(lane) {
            let account_id = job.identity.account_id.clone();
            // A panic ends this delivery, not the lane; the responder has told the host while it unwound.
            let done = AssertUnwindSafe(self.job(job)).catch_unwind().await;
            self.count(&account_id, |count| count.saturating_sub(1));
            match done {
                Ok((Some(responder), result)) => responder.complete(result),
                Ok((None, _)) => {}
                Err(_) => tracing::error!("a delivery panicked"),
            }
        }
    }

    /// Deliver a message. When its account gets another token or server meanwhile, it goes on with those: what may have
    /// gone out before is looked for.
    async fn deliver(
        &self,
        message: &Outbound,
        mut identity: Identity,
        preview: &mut Preview,
        cancelled: Cancelled<'_>,
    ) -> Result<Receipt, Error> {
        let deliverer = &self.deliverer;
        loop {
            let account = deliverer.accounts.get(message.account_id.as_deref())?;
            tokio::select! {
                result = deliverer.deliver(message, &identity, preview, cancelled) => return result,
                () = deliverer.accounts.changed(&account) => {
                    identity.doubtful = deliverer.role == Role::Gateway;
                    preview.distrust();
                }
            }
        }
    }

    async fn job(&self, job: Job) -> (Option<Responder>, Result<Receipt, Error>) {
        let Job { mut message, identity, known, taken, block, responder } = job;
        let cancelled = || responder.as_ref().is_some_and(Responder::is_cancelled);
        let posted = taken.posted();
        if let (None, Some(whole)) = (&posted, &taken.whole) {
            // A part of it was refused: the answer does not count on it.
            message.text.clone_from(whole);
        }
        let mut preview = match &taken.draft {
            Some(draft) => Preview::of(draft.ended().await),
            None => Preview::default(),
        };
        let result = match self.earlier(&identity, known).await {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) if cancelled() => Err(Error::new(ErrorCode::Cancelled, "the delivery was cancelled")),
            Ok(None) => match posted.filter(|_| taken.nothing_left) {
                Some(ids) => Ok(said_already(&message, &identity, ids)),
                None => {
                    let identity = Identity { doubtful: identity.doubtful || known, ..identity.clone() };
                    self.deliver(&message, identity, &mut preview, &cancelled).await
                }
            },
            Err(error) => Err(error),
        };
        if let Some(block) = &block {
            block.ended(result.as_ref().ok().map(|receipt| receipt.message_ids.clone()));
        }
        if !message.dry_run {
            let became = taken.draft.as_ref().filter(|_| preview.became_the_answer());
            self.write_down(&identity, known, &result, became.map(|draft| draft.id.clone())).await;
            if let Some(draft) = taken.draft.as_ref().filter(|_| !preview.became_the_answer())
                && result.as_ref().err().is_none_or(|error| error.code != ErrorCode::Closed)
            {
                self.previews.remover().remove(draft, preview.into_ended()).await;
            }
            if result.is_ok() && block.is_none() {
                self.previews.answered(&identity.account_id, &message);
                if let Some(event_id) = &message.event_id {
                    self.deliverer.unsettled.answered(event_id, message.failure);
                }
            }
        }
        if let (false, Err(error)) = (message.dry_run, &result) {
            self.deliverer.tell_asker(&message, error);
        }
        if let (None, Err(error)) = (&responder, &result)
            && error.code != ErrorCode::Closed
        {
            tracing::error!(account = %identity.account_id, "a message that nobody waits for cannot be delivered: {error}");
        }
        (responder, result)
    }

    /// The receipt of a delivery that comes again.
    async fn earlier(&self, identity: &Identity, known: bool) -> Result<Option<Receipt>, Error> {
        let (true, Some(journal)) = (known || identity.doubtful, &self.journal) else { return Ok(None) };
        let found = journal.delivery(&identity.account_id, &identity.id).await;
        let found = found.map_err(|error| unreadable(&error))?;
        Ok(match found.map(|delivery| delivery.state) {
            Some(DeliveryState::Sent { receipt, .. }) => Some(Receipt { repeated: true, ..*receipt }),
            _ => None,
        })
    }

    /// `replaces` is the preview that became this message.
    async fn write_down(
        &self,
        identity: &Identity,
        known: bool,
        result: &Result<Receipt, Error>,
        replaces: Option<String>,
    ) {
        let Some(journal) = &self.journal else { return };
        let Identity { account_id, id, seq, accepted_at, .. } = identity.clone();
        match result {
            // It is written down already.
            Ok(receipt) if receipt.repeated => {}
            Ok(receipt) => {
                // The text is the largest part, and stands on the server.
                let kept = Receipt { text: String::new(), ..receipt.clone() };
                let state = DeliveryState::Sent { receipt: Box::new(kept), sent_at: now_ms() };
                let delivery = Delivery { account_id, id, seq, accepted_at, state, replaces };
                journal.record(Change::Deliver(Box::new(delivery))).await;
            }
            // The next process takes it up.
            Err(error) if error.code == ErrorCode::Closed => {}
            // What is written down belongs to whoever was first with this id.
            Err(_) if known => {}
            Err(_) => {
                if let Some(event_id) = &identity.numbered_for {
                    // A message that was refused is not the answer: the next one takes its place.
                    self.deliverer.unsettled.with(event_id, |turn| turn.give_back(&identity.id));
                }
                self.known().remove(&account_id, &id);
                journal.record(Change::Forget { account_id, id }).await;
            }
        }
    }
}

/// The receipt of an answer all of whose parts were posted before it.
fn said_already(message: &Outbound, identity: &Identity, ids: Vec<String>) -> Receipt {
    Receipt {
        account_id: identity.account_id.clone(),
        target: message.target.clone(),
        channel_id: message.target.strip_prefix("channel:").unwrap_or_default().to_owned(),
        thread_root_id: message.thread_root_id.clone(),
        message_id: ids.first().cloned().unwrap_or_default(),
        message_ids: ids,
        sent_at_ms: now_ms(),
        ..Receipt::default()
    }
}

/// The journal does not answer.
pub(super) fn unreadable(error: &crate::store::JournalError) -> Error {
    let mut told = Error::new(ErrorCode::Internal, format!("the journal cannot be read: {error}"));
    told.retryable = true;
    told
}
