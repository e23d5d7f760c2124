//! Messages that were accepted: queued, written down, delivered one after the other within a conversation.

use super::deliver::{Cancelled, Deliverer, Identity};
use super::echoes::Echoes;
use super::known::Known;
use super::lanes::Lanes;
use super::marks::Marks;
use super::media::Roots;
use super::retry::Bell;
use super::target::Target;
use crate::account::Accounts;
use crate::brake::Brakes;
use crate::intake::Unsettled;
use crate::sequence::Sequence;
use crate::status::{StatusBook, now_ms};
use crate::store::{Change, Delivery, DeliveryState, Journal, Snapshot};
use futures_util::FutureExt as _;
use host_sdk::plugin::{Context, Responder};
use host_sdk::protocol::{Error, ErrorCode, Outbound, Receipt, Reconciliation, Role};
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Job {
    message: Outbound,
    identity: Identity,
    /// It was accepted before under the same id.
    known: bool,
    /// `None` for what an earlier process accepted, and for what the channel says itself.
    responder: Option<Responder>,
}

/// What the outbox works with.
pub(crate) struct Parts {
    /// Whether anything is kept.
    pub role: Role,
    /// Which files of this machine may be sent.
    pub roots: Roots,
    /// Where files of the web are kept while they are sent on.
    pub spool: PathBuf,
    /// The instance.
    pub context: Context,
    /// The accounts that may speak.
    pub accounts: Arc<Accounts>,
    /// Where it is noted when something went out.
    pub book: Arc<StatusBook>,
    /// The events that are being answered.
    pub unsettled: Unsettled,
    /// The servers' brakes.
    pub brakes: Arc<Brakes>,
    /// Orders what is accepted.
    pub sequence: Arc<Sequence>,
    /// Where accepted messages are written down; `None`: nowhere.
    pub journal: Option<Journal>,
}

/// Delivers outbound messages: in order within a conversation, conversations side by side.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

struct Inner {
    deliverer: Deliverer,
    sequence: Arc<Sequence>,
    journal: Option<Journal>,
    lanes: Lanes<Job>,
    known: Mutex<Known>,
    /// Accounts whose deliveries of earlier processes were taken up.
    resumed: Mutex<HashSet<String>>,
    unnamed: AtomicU64,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { role, roots, spool, context, accounts, book, unsettled, brakes, sequence, journal } =
            parts;
        let deliverer = Deliverer {
            role,
            roots,
            spool,
            context,
            accounts,
            book,
            unsettled,
            brakes,
            echoes: Echoes::default(),
            bell: Bell::default(),
            marks: journal.as_ref().map(|journal| Marks::new(*journal.key())),
        };
        Self {
            inner: Arc::new(Inner {
                deliverer,
                sequence,
                journal,
                lanes: Lanes::default(),
                known: Mutex::default(),
                resumed: Mutex::default(),
                unnamed: AtomicU64::new(0),
            }),
        }
    }

    /// Queue a message. The responder gets its receipt.
    pub fn submit(&self, message: Outbound, responder: Responder) {
        let inner = &self.inner;
        let identity = inner.identify(&message);
        let known = !message.dry_run && !inner.known().insert(&identity.account_id, &identity.id);
        if !known && !message.dry_run && inner.deliverer.check(&message).is_ok() {
            inner.note(&message, &identity);
        }
        self.push(Job { message, identity, known, responder: Some(responder) });
    }

    /// Queue a message of the channel's own. Nobody waits for its receipt.
    pub fn submit_own(&self, message: Outbound) {
        let inner = &self.inner;
        let identity = inner.identify(&message);
        let known = !inner.known().insert(&identity.account_id, &identity.id);
        if !known {
            inner.note(&message, &identity);
        }
        self.push(Job { message, identity, known, responder: None });
    }

    fn push(&self, job: Job) {
        let inner = &self.inner;
        inner.count(&job.identity.account_id, |count| count + 1);
        let lane = lane(&job.identity.account_id, &job.message);
        if inner.lanes.push(&lane, job) {
            let worker = inner.clone();
            inner.deliverer.context.spawn(async move { worker.work(&lane).await });
        }
    }

    /// Take up what an earlier process accepted and did not deliver. Once per account; later calls do nothing.
    pub fn resume(&self, account_id: &str, snapshot: &Snapshot) {
        let inner = &self.inner;
        let mut resumed = inner.resumed.lock().unwrap_or_else(PoisonError::into_inner);
        if !resumed.insert(account_id.to_owned()) {
            return;
        }
        for id in &snapshot.sent {
            inner.known().insert(account_id, id);
        }
        for delivery in &snapshot.pending {
            // What this process accepted already is in its queues.
            if !inner.known().insert(account_id, &delivery.id) {
                continue;
            }
            let DeliveryState::Pending { message } = &delivery.state else { continue };
            let identity = Identity {
                account_id: account_id.to_owned(),
                id: delivery.id.clone(),
                doubtful: true,
                answers: answers(message),
                numbered_for: None,
                accepted_at: delivery.accepted_at,
                seq: delivery.seq,
            };
            tracing::info!(account = %account_id, "a message that was accepted before the last end goes out now");
            self.push(Job { message: (**message).clone(), identity, known: false, responder: None });
        }
    }

    /// What became of a delivery.
    ///
    /// # Errors
    /// The journal's.
    pub async fn reconcile(&self, account_id: &str, id: &str) -> Result<Reconciliation, Error> {
        let Some(journal) = &self.inner.journal else { return Ok(Reconciliation::Unknown {}) };
        let found = journal.delivery(account_id, id).await.map_err(|error| unreadable(&error))?;
        Ok(match found.map(|delivery| delivery.state) {
            Some(DeliveryState::Sent { receipt, .. }) => {
                Reconciliation::Sent { receipt: Receipt { repeated: true, ..*receipt } }
            }
            Some(DeliveryState::Pending { .. }) => Reconciliation::Pending {},
            None => Reconciliation::Unknown {},
        })
    }

    /// Our own posts, as the socket tells of them.
    #[must_use]
    pub fn echoes(&self) -> &Echoes {
        &self.inner.deliverer.echoes
    }

    /// The marks of this instance's posts; `None` when it keeps nothing.
    #[must_use]
    pub fn marks(&self) -> Option<Marks> {
        self.inner.deliverer.marks.clone()
    }

    /// The server is there (again): what waits for it is tried at once.
    pub fn wake(&self) {
        self.inner.deliverer.bell.wake();
    }

    /// Wait until everything that was accepted has gone out, failed, or can only go out later: that stays in the
    /// journal.
    pub async fn finish(&self) {
        self.inner.deliverer.bell.close();
        self.inner.lanes.idle().await;
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, account_id: &str, change: impl FnOnce(u64) -> u64) {
        let book = &self.deliverer.book;
        if book.has(account_id) {
            book.update(account_id, |status| status.undelivered = change(status.undelivered));
        }
    }

    /// Which delivery this is. While the event that it answers is not settled it may come again, after a crash also from
    /// a host that knows nothing of the first time; so its answers are counted.
    fn identify(&self, message: &Outbound) -> Identity {
        let account = self.deliverer.accounts.get(message.account_id.as_deref());
        let account_id = account.map(|account| account.config.id.clone()).unwrap_or_default();
        let turn = message.event_id.as_deref().and_then(|event_id| {
            self.deliverer.unsettled.with(event_id, |turn| {
                if !message.dry_run {
                    turn.sends += 1;
                }
                (turn.sends, turn.doubtful, turn.posts.clone(), turn.opened_at)
            })
        });
        let (id, doubtful) = match (&message.delivery_id, &turn, &message.event_id) {
            // A host that names its deliveries may name one that went out before its own crash.
            (Some(id), turn, _) => (id.clone(), turn.as_ref().is_none_or(|turn| turn.1)),
            (None, Some((number, doubtful, ..)), Some(event_id)) => (numbered(event_id, *number), *doubtful),
            _ => (self.fresh_id(), false),
        };
        let numbered_for = match (&message.delivery_id, &turn) {
            (None, Some(_)) => message.event_id.clone(),
            _ => None,
        };
        let since = turn.as_ref().map(|turn| turn.3);
        let answers = turn.map_or_else(|| answers(message), |turn| turn.2);
        let gateway = self.deliverer.role == Role::Gateway;
        Identity {
            account_id,
            id,
            doubtful: doubtful && gateway,
            answers,
            numbered_for,
            accepted_at: since.unwrap_or_else(now_ms),
            seq: self.sequence.next(),
        }
    }

    /// An id that no other delivery of this process or another has.
    fn fresh_id(&self) -> String {
        let number = self.unnamed.fetch_add(1, Ordering::Relaxed);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanos = since.map_or(0, |since| since.as_nanos());
        format!("{}-{nanos}-{number}", std::process::id())
    }

    fn pending(message: &Outbound, identity: &Identity) -> Change {
        Change::Deliver(Box::new(Delivery {
            account_id: identity.account_id.clone(),
            id: identity.id.clone(),
            seq: identity.seq,
            accepted_at: identity.accepted_at,
            state: DeliveryState::Pending { message: Box::new(message.clone()) },
        }))
    }

    /// Write down that a message was accepted.
    fn note(&self, message: &Outbound, identity: &Identity) {
        let Some(journal) = &self.journal else { return };
        if let Err(change) = journal.try_record(Self::pending(message, identity)) {
            // The host's thread must not wait for a writer that is behind.
            let journal = journal.clone();
            self.deliverer.context.spawn(async move { journal.record(change).await });
        }
    }

    async fn work(self: Arc<Self>, lane: &str) {
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
        cancelled: Cancelled<'_>,
    ) -> Result<Receipt, Error> {
        let deliverer = &self.deliverer;
        loop {
            let account = deliverer.accounts.get(message.account_id.as_deref())?;
            tokio::select! {
                result = deliverer.deliver(message, &identity, cancelled) => return result,
                () = deliverer.accounts.changed(&account) => identity.doubtful = deliverer.role == Role::Gateway,
            }
        }
    }

    async fn job(&self, job: Job) -> (Option<Responder>, Result<Receipt, Error>) {
        let Job { message, identity, known, responder } = job;
        let cancelled = || responder.as_ref().is_some_and(Responder::is_cancelled);
        let result = match self.earlier(&identity, known).await {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) if cancelled() => Err(Error::new(ErrorCode::Cancelled, "the delivery was cancelled")),
            Ok(None) => {
                let identity = Identity { doubtful: identity.doubtful || known, ..identity.clone() };
                self.deliver(&message, identity, &cancelled).await
            }
            Err(error) => Err(error),
        };
        if !message.dry_run {
            self.write_down(&identity, known, &result).await;
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

    async fn write_down(&self, identity: &Identity, known: bool, result: &Result<Receipt, Error>) {
        let Some(journal) = &self.journal else { return };
        let Identity { account_id, id, seq, accepted_at, .. } = identity.clone();
        match result {
            // It is written down already.
            Ok(receipt) if receipt.repeated => {}
            Ok(receipt) => {
                // The text is the largest part, and stands on the server.
                let kept = Receipt { text: String::new(), ..receipt.clone() };
                let state = DeliveryState::Sent { receipt: Box::new(kept), sent_at: now_ms() };
                let delivery = Delivery { account_id, id, seq, accepted_at, state };
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

/// The id of the n-th message for an event.
fn numbered(event_id: &str, number: u64) -> String {
    format!("event:{event_id}:{number}")
}

/// One conversation: one account, one target and thread, however they are written.
fn lane(account_id: &str, message: &Outbound) -> String {
    let thread = message.thread_root_id.as_ref().or(message.reply_to_id.as_ref());
    let thread = thread.map(String::as_str).unwrap_or_default();
    match Target::parse(&message.target) {
        Ok(target) => format!("{account_id} {target:?} {thread}"),
        Err(_) => format!("{account_id} {} {thread}", message.target),
    }
}

/// The post that a message answers, as far as its event's id says.
fn answers(message: &Outbound) -> Vec<String> {
    let post = message.event_id.as_deref().and_then(|id| id.rsplit(':').next());
    post.filter(|id| crate::ids::is_id(id)).map(str::to_owned).into_iter().collect()
}

fn unreadable(error: &crate::store::JournalError) -> Error {
    let mut told = Error::new(ErrorCode::Internal, format!("the journal cannot be read: {error}"));
    told.retryable = true;
    told
}
