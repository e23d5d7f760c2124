//! What waits for the writer.

use super::error::{Closed, JournalError};
use super::records::{Change, Delivery, Snapshot};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Semaphore, oneshot, watch};

/// Something for the writer to do. Items are done in their order.
pub(super) enum Item {
    Change(Change),
    Flush(oneshot::Sender<()>),
    Load {
        account_id: String,
        answer: oneshot::Sender<Result<Snapshot, JournalError>>,
    },
    Delivery {
        account_id: String,
        id: String,
        answer: oneshot::Sender<Result<Option<Delivery>, JournalError>>,
    },
}

/// What the writer is waiting for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Anything at all.
    Anything,
    /// It gathers changes: it wants to be woken for somebody who waits, not for one more change.
    Somebody,
}

pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    // One permit for each change that may still be recorded. Given back when changes are durable, so that what a
    // crash can take is bounded as well as the memory.
    room: Semaphore,
    ended: watch::Sender<bool>,
}

struct State {
    items: VecDeque<Item>,
    wait: Wait,
    urgent: bool,
    closing: Option<Instant>,
    ended: bool,
}

/// What the writer got.
pub(super) struct Taken {
    pub(super) items: VecDeque<Item>,
    /// When it has to be done, once the journal is being closed.
    pub(super) closing: Option<Instant>,
}

impl Queue {
    pub(super) fn new(room: usize) -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                wait: Wait::Anything,
                urgent: false,
                closing: None,
                ended: false,
            }),
            wake: Condvar::new(),
            room: Semaphore::new(room),
            ended: watch::Sender::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; a poisoned lock is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queue a change when there is room; nothing when the journal is closed.
    pub(super) async fn record(&self, change: Change) {
        if let Ok(permit) = self.room.acquire().await {
            permit.forget();
            let _ = self.push(Item::Change(change));
        }
    }

    /// Queue a change if there is room now.
    pub(super) fn try_record(&self, change: Change) -> Result<(), Change> {
        match self.room.try_acquire() {
            Ok(permit) => {
                permit.forget();
                let _ = self.push(Item::Change(change));
                Ok(())
            }
            Err(tokio::sync::TryAcquireError::NoPermits) => Err(change),
            // As with `record`: who writes to a closed journal has nothing to wait for.
            Err(tokio::sync::TryAcquireError::Closed) => Ok(()),
        }
    }

    /// Queue anything that has no need of a permit, or has one.
    pub(super) fn push(&self, item: Item) -> Result<(), Closed> {
        let urgent = !matches!(item, Item::Change(_)) || self.room.available_permits() == 0;
        let mut state = self.state();
        if state.closing.is_some() || state.ended {
            return Err(Closed);
        }
        state.items.push_back(item);
        state.urgent |= urgent;
        let wake = state.urgent || state.wait == Wait::Anything;
        drop(state);
        if wake {
            self.wake.notify_all();
        }
        Ok(())
    }

    /// For the writer: all that is there. Waits until `until` for what it waits for, not at all when it is known
    /// that the journal is being closed and nothing more can come.
    pub(super) fn take(&self, wait: Wait, until: Instant, closing_known: bool) -> Taken {
        let mut state = self.state();
        state.wait = wait;
        loop {
            let awaited = state.urgent
                || (wait == Wait::Anything && !state.items.is_empty())
                || (state.closing.is_some() && !closing_known);
            let left = until.saturating_duration_since(Instant::now());
            if awaited || left.is_zero() {
                break;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.urgent = false;
        Taken { items: std::mem::take(&mut state.items), closing: state.closing }
    }

    /// For the writer: `changes` changes are durable.
    pub(super) fn release(&self, changes: usize) {
        self.room.add_permits(changes);
    }

    /// No more items; the writer has until `deadline` for those that are there. The first deadline stands.
    pub(super) fn close(&self, deadline: Instant) {
        self.room.close();
        let mut state = self.state();
        state.closing.get_or_insert(deadline);
        drop(state);
        self.wake.notify_all();
    }

    /// For the writer: it is gone. Whoever still waits for an answer is told so.
    pub(super) fn end(&self) {
        self.room.close();
        let mut state = self.state();
        state.ended = true;
        // Dropped after the lock: an item's owner may do anything when it is told.
        let left = std::mem::take(&mut state.items);
        drop(state);
        drop(left);
        self.wake.notify_all();
        self.ended.send_replace(true);
    }

    /// Wait until the writer is gone.
    pub(super) async fn ended(&self) {
        // The sender lives as long as `self`: this cannot fail.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Wait until the writer is gone, but not longer than `deadline`. Blocks.
    pub(super) fn wait_ended(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
