//! Messages that were accepted: queued, written down, delivered one after the other within a conversation.

use super::deliver::{Deliverer, Identity};
use super::echoes::Echoes;
use super::known::Known;
use super::lanes::Lanes;
use super::marks::Marks;
use super::media::Roots;
use super::previews::{Block, Part, Previews, Taken};
use super::retry::Bell;
use super::target::Target;
use super::worker::unreadable;
use crate::account::Accounts;
use crate::brake::Brakes;
use crate::buttons::{Button, Card};
use crate::callbacks::Urls;
use crate::ids::fresh_id;
use crate::intake::Unsettled;
use crate::sequence::Sequence;
use crate::status::{StatusBook, now_ms};
use crate::store::{Change, Delivery, DeliveryState, Journal, Snapshot};
use crate::text;
use host_sdk::plugin::{Context, Responder};
use host_sdk::protocol::{DeliveryKind, Error, Outbound, Receipt, Reconciliation, Role};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Job {
    pub(super) message: Outbound,
    pub(super) identity: Identity,
    /// It was accepted before under the same id.
    pub(super) known: bool,
    /// What its turn showed before.
    pub(super) taken: Taken,
    /// It is a part of an answer.
    pub(super) block: Option<Arc<Block>>,
    /// `None` for what an earlier process accepted, and for what the channel says itself.
    pub(super) responder: Option<Responder>,
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
    /// Where clicks on buttons arrive.
    pub urls: Urls,
    /// Where accepted messages are written down; `None`: nowhere.
    pub journal: Option<Journal>,
}

/// Delivers outbound messages: in order within a conversation, conversations side by side.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) deliverer: Arc<Deliverer>,
    pub(super) previews: Previews,
    pub(super) sequence: Arc<Sequence>,
    pub(super) journal: Option<Journal>,
    pub(super) lanes: Lanes<Job>,
    pub(super) known: Mutex<Known>,
    /// Accounts whose deliveries of earlier processes were taken up.
    pub(super) resumed: Mutex<HashSet<String>>,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { role, roots, spool, context, accounts, book, unsettled, brakes, sequence, urls, journal } =
            parts;
        let deliverer = Arc::new(Deliverer {
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
            urls,
            marks: journal.as_ref().map(|journal| Marks::new(*journal.key())),
        });
        let previews = Previews::new(deliverer.clone(), journal.clone(), sequence.clone());
        Self {
            inner: Arc::new(Inner {
                deliverer,
                previews,
                sequence,
                journal,
                lanes: Lanes::default(),
                known: Mutex::default(),
                resumed: Mutex::default(),
            }),
        }
    }

    /// Queue a message. The responder gets its receipt. Signs of life are not queued: what they show is behind already.
    pub fn submit(&self, mut message: Outbound, responder: Responder) {
        let inner = &self.inner;
        if message.kind != DeliveryKind::Final {
            responder.complete(self.sign(&message));
            return;
        }
        let identity = inner.identify(&message);
        let known = !message.dry_run && !inner.known().insert(&identity.account_id, &identity.id);
        let checked = inner.deliverer.check(&message).is_ok();
        Card::settle(&mut message);
        let mut taken = Taken::default();
        if checked && !message.dry_run {
            let part;
            (taken, part) = inner.previews.answer(&identity.account_id, &mut message);
            part.into_iter().for_each(|part| self.push_part(part));
        }
        inner.introduce(&mut message, &mut taken);
        if !known && !message.dry_run && checked && !taken.nothing_left {
            inner.note(&message, &identity);
        }
        self.push(Job { message, identity, known, taken, block: None, responder: Some(responder) });
    }

    fn sign(&self, message: &Outbound) -> Result<Receipt, Error> {
        let signed = self.inner.previews.sign(message)?;
        if let Some(event_id) = &message.event_id {
            let unsettled = &self.inner.deliverer.unsettled;
            match message.kind {
                DeliveryKind::Tool => unsettled.tool(event_id),
                _ => unsettled.thinking(event_id),
            }
        }
        signed.part.into_iter().for_each(|part| self.push_part(part));
        if let Some((at, turn_id)) = signed.look_again {
            let (outbox, account_id) = (self.clone(), signed.receipt.account_id.clone());
            self.inner.deliverer.context.spawn(async move {
                let mut look_at = Some(at);
                while let Some(at) = look_at {
                    tokio::time::sleep_until(at).await;
                    let (part, again) = outbox.inner.previews.idle(&account_id, &turn_id);
                    part.into_iter().for_each(|part| outbox.push_part(part));
                    look_at = again;
                }
            });
        }
        Ok(signed.receipt)
    }

    /// A part of an answer goes out before the rest: as durable, and once.
    fn push_part(&self, part: Part) {
        let inner = &self.inner;
        let Part { message, block, draft } = part;
        let event_id = message.turn_id.clone().unwrap_or_default();
        let turn = inner.deliverer.unsettled.with(&event_id, |turn| (turn.doubtful, turn.opened_at));
        let (doubtful, since) = turn.unwrap_or((false, now_ms()));
        let identity = Identity {
            account_id: message.account_id.clone().unwrap_or_default(),
            id: message.delivery_id.clone().unwrap_or_default(),
            doubtful: doubtful && inner.deliverer.role == Role::Gateway,
            answers: Vec::new(),
            numbered_for: None,
            accepted_at: since,
            seq: inner.sequence.next(),
            buttons: Vec::new(),
        };
        let known = !inner.known().insert(&identity.account_id, &identity.id);
        if !known {
            inner.note(&message, &identity);
        }
        let taken = Taken { draft, ..Taken::default() };
        self.push(Job { message, identity, known, taken, block: Some(block), responder: None });
    }

    /// A turn is over: what is left of its previews is removed. False when there was nothing.
    pub fn end_turn(&self, account_id: &str, turn_id: &str) -> bool {
        let (shown, part) = self.inner.previews.end(account_id, turn_id);
        part.into_iter().for_each(|part| self.push_part(part));
        shown
    }

    /// Queue a message of the channel's own. Nobody waits for its receipt.
    pub fn submit_own(&self, message: Outbound) {
        self.submit_own_with(message, Vec::new());
    }

    /// The same, with buttons that no host can write: a click on them does more than tell the agent.
    pub(crate) fn submit_own_with(&self, mut message: Outbound, buttons: Vec<Button>) {
        let inner = &self.inner;
        Card::settle(&mut message);
        let identity = Identity { buttons, ..inner.identify(&message) };
        let known = !inner.known().insert(&identity.account_id, &identity.id);
        if !known {
            inner.note(&message, &identity);
        }
        self.push(Job { message, identity, known, taken: Taken::default(), block: None, responder: None });
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
            let DeliveryState::Pending { message, buttons } = &delivery.state else { continue };
            if message.kind != DeliveryKind::Final {
                let goes_on = |turn_id: &str| {
                    snapshot.open.iter().any(|open| open.message.event_id == turn_id)
                        || snapshot.pending.iter().any(|other| answers_turn(other, turn_id))
                };
                inner.previews.left_over(delivery, goes_on);
                continue;
            }
            let identity = Identity {
                account_id: account_id.to_owned(),
                id: delivery.id.clone(),
                doubtful: true,
                answers: answers(message),
                numbered_for: None,
                accepted_at: delivery.accepted_at,
                seq: delivery.seq,
                buttons: buttons.clone(),
            };
            tracing::info!(account = %account_id, "a message that was accepted before the last end goes out now");
            self.push(Job {
                message: (**message).clone(),
                identity,
                known: false,
                taken: Taken::default(),
                block: None,
                responder: None,
            });
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
                Reconciliation::Sent { receipt: Box::new(Receipt { repeated: true, ..*receipt }) }
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
    /// The first post of an answer begins as its account wants it. Decided when it is accepted: it stays so, whatever
    /// becomes of the configuration until it has gone out.
    fn introduce(&self, message: &mut Outbound, taken: &mut Taken) {
        let Ok(account) = self.deliverer.accounts.get(message.account_id.as_deref()) else { return };
        if text::is_suppressed(message) {
            return;
        }
        // What is only the rest of an answer has its beginning in an earlier post, unless that was refused.
        let first = taken.whole.as_ref().unwrap_or(&message.text);
        let introduced = text::introduced(message, &account.config, first);
        match &mut taken.whole {
            Some(whole) => *whole = introduced,
            None => message.text = introduced,
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, account_id: &str, change: impl FnOnce(u64) -> u64) {
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
            _ => (fresh_id(), false),
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
            buttons: Vec::new(),
        }
    }

    fn pending(message: &Outbound, identity: &Identity) -> Change {
        Change::Deliver(Box::new(Delivery {
            account_id: identity.account_id.clone(),
            id: identity.id.clone(),
            seq: identity.seq,
            accepted_at: identity.accepted_at,
            state: DeliveryState::Pending {
                message: Box::new(message.clone()),
                buttons: identity.buttons.clone(),
            },
            replaces: None,
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

/// Is this the answer of a turn?
fn answers_turn(delivery: &Delivery, turn_id: &str) -> bool {
    let DeliveryState::Pending { message, .. } = &delivery.state else { return false };
    let turn = message.turn_id.as_deref().or(message.event_id.as_deref());
    message.kind == DeliveryKind::Final && turn == Some(turn_id)
}

/// The post that a message answers, as far as its event's id says.
fn answers(message: &Outbound) -> Vec<String> {
    let post = message.event_id.as_deref().and_then(|id| id.rsplit(':').next());
    post.filter(|id| crate::ids::is_id(id)).map(str::to_owned).into_iter().collect()
}
