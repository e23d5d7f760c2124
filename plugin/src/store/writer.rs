//! The thread that writes.

use super::backend::Store;
use super::error::JournalError;
use super::group::{coalesce, delivery_after};
use super::queue::{Item, Queue, Wait};
use super::records::{Change, Delivery, DeliveryState, Retention, Snapshot};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{oneshot, watch};

/// How long the writer waits for more changes before it writes those it has. A commit costs about as much for many
/// changes as for one; nobody who waits for durability waits for this, a flush ends it.
pub const LINGER: Duration = Duration::from_millis(20);
/// So long after a change the writer looks for the next one by itself: waking it would cost the thread that records, which
/// is on the way of a message, more than all the rest.
const ATTENTIVE: Duration = Duration::from_secs(1);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

type LoadAnswer = oneshot::Sender<Result<Snapshot, JournalError>>;

/// What the thread has.
pub(super) struct Writer {
    pub(super) store: Box<dyn Store>,
    pub(super) queue: Arc<Queue>,
    pub(super) problem: watch::Sender<Option<String>>,
    pub(super) retention: Retention,
    /// What the problem names: the directory, for people.
    pub(super) place: String,
    /// How many changes make a group that is not waited with.
    pub(super) full: usize,
}

/// What the writer has in hand.
struct Hand {
    group: Vec<Change>,
    // Changes of the queue that are in the group or were made needless by others in it.
    held: usize,
    flushes: Vec<oneshot::Sender<()>>,
    loads: Vec<(String, LoadAnswer)>,
    /// When the group is written.
    due: Instant,
    /// The pause after the last failure; `None` when there was none.
    pause: Option<Duration>,
}

/// Tells the queue that the writer is gone, also when it went by a panic.
struct End(Arc<Queue>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Writer {
    /// Write until the journal is closed.
    pub(super) fn run(mut self) {
        // Declared before the store is moved: dropped after it, when the file is closed and its lock released.
        let _end = End(self.queue.clone());
        self.work();
        drop(self);
    }

    fn work(&mut self) {
        let mut hand = Hand {
            group: Vec::new(),
            held: 0,
            flushes: Vec::new(),
            loads: Vec::new(),
            due: Instant::now(),
            pause: None,
        };
        let (mut closing, mut next_prune) = (None::<Instant>, Instant::now() + PRUNE_EVERY);
        let mut attentive_until = Instant::now();
        loop {
            let idle = hand.group.is_empty();
            let attentive = Instant::now() < attentive_until;
            let (wait, until) = match (idle, attentive) {
                (true, false) => (Wait::Anything, next_prune),
                (true, true) => (Wait::Somebody, Instant::now() + LINGER),
                (false, _) => (Wait::Somebody, hand.due),
            };
            let until = closing.map_or(until, |deadline| until.min(deadline));
            let taken = self.queue.take(wait, until, closing.is_some());
            if !taken.items.is_empty() {
                attentive_until = Instant::now() + ATTENTIVE;
            }
            if closing.is_none() && taken.closing.is_some() {
                closing = taken.closing;
                // One try at once, whatever the pause.
                hand.due = Instant::now();
            }
            for item in taken.items {
                self.accept(&mut hand, item, closing.is_some());
            }
            if hand.group.is_empty() {
                self.answer(&mut hand);
                if closing.is_some() {
                    return;
                }
            } else if Instant::now() >= hand.due {
                self.write(&mut hand);
                // Nothing more is taken while it is being closed.
                if closing.is_some() && hand.group.is_empty() {
                    return;
                }
            }
            if closing.is_some_and(|deadline| Instant::now() >= deadline) && !hand.group.is_empty() {
                tracing::error!(
                    changes = hand.group.len(),
                    "the journal is closed without the last changes, which could not be written"
                );
                return;
            }
            if hand.pause.is_none() && Instant::now() >= next_prune {
                next_prune = Instant::now() + PRUNE_EVERY;
                self.prune();
            }
        }
    }

    fn accept(&mut self, hand: &mut Hand, item: Item, closing: bool) {
        let cut = match item {
            Item::Change(change) => {
                if hand.group.is_empty() && !closing {
                    hand.due = Instant::now() + LINGER;
                }
                hand.group.push(change);
                hand.held += 1;
                hand.held >= self.full
            }
            Item::Flush(waiting) => {
                hand.flushes.push(waiting);
                true
            }
            Item::Load { account_id, answer } => {
                // Somebody who starts an account would rather know now than wait for a disk.
                match self.trouble(hand) {
                    Some(problem) => drop(answer.send(Err(JournalError::Unwritten(problem)))),
                    None => hand.loads.push((account_id, answer)),
                }
                true
            }
            Item::Delivery { account_id, id, answer } => {
                let _ = answer.send(self.delivery(&hand.group, &account_id, &id));
                false
            }
        };
        // A pause after a failure is never cut: the disk is not less full because somebody waits.
        if cut && hand.pause.is_none() {
            hand.due = Instant::now();
        }
    }

    fn trouble(&self, hand: &Hand) -> Option<String> {
        hand.pause.and_then(|_| self.problem.borrow().clone())
    }

    /// Tell those who wait for what is now written.
    fn answer(&mut self, hand: &mut Hand) {
        for waiting in hand.flushes.drain(..) {
            let _ = waiting.send(());
        }
        for (account_id, answer) in hand.loads.drain(..) {
            let _ = answer.send(self.store.load(&account_id).map_err(JournalError::Store));
        }
    }

    fn delivery(
        &mut self,
        group: &[Change],
        account_id: &str,
        id: &str,
    ) -> Result<Option<Delivery>, JournalError> {
        match self.store.delivery(account_id, id) {
            Ok(stored) => Ok(delivery_after(stored, group, account_id, id)),
            // What the store holds does not matter for one that was sent since.
            Err(error) => match delivery_after(None, group, account_id, id) {
                Some(sent) if matches!(sent.state, DeliveryState::Sent { .. }) => Ok(Some(sent)),
                _ => Err(JournalError::Store(error)),
            },
        }
    }

    fn write(&mut self, hand: &mut Hand) {
        coalesce(&mut hand.group);
        match self.store.apply(&hand.group) {
            Ok(()) => {
                hand.group.clear();
                self.queue.release(std::mem::take(&mut hand.held));
                if hand.pause.take().is_some() {
                    tracing::info!("the journal is written again");
                }
                self.problem.send_if_modified(|problem| problem.take().is_some());
                self.answer(hand);
            }
            Err(error) => {
                let problem = format!("the journal in {} cannot be written: {error}", self.place);
                if hand.pause.is_none() {
                    tracing::error!("{problem}; nothing is lost while this process lives, trying again");
                }
                for (_, answer) in hand.loads.drain(..) {
                    let _ = answer.send(Err(JournalError::Unwritten(problem.clone())));
                }
                self.problem.send_if_modified(|known| {
                    let changed = known.as_ref() != Some(&problem);
                    *known = Some(problem);
                    changed
                });
                let pause = hand.pause.map_or(FIRST_PAUSE, |last| (last * 2).min(LONGEST_PAUSE));
                hand.pause = Some(pause);
                hand.due = Instant::now() + pause;
            }
        }
    }

    pub(super) fn prune(&mut self) {
        match self.store.prune(self.retention, now_ms()) {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "dropped old rows of the journal"),
            // Nothing depends on it; the next change will show whether the store works.
            Err(error) => tracing::warn!(%error, "old rows of the journal could not be dropped"),
        }
    }
}

/// Milliseconds since 1970 UTC by the local clock.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
