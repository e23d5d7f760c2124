//! Which turns run when: one at a time in a conversation, many conversations at once.

use super::house::House;
use super::notes::Notes;
use super::start::Channel;
use super::turn::{self, Acknowledging};
use host_sdk::protocol::{InboundMessage, SystemEvent, Withdrawn};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Turns that run at the same time.
const AT_ONCE: usize = 64;
/// Messages that run or wait here. When it is full nobody reads events, and the plugins hold the rest.
const HELD: usize = 256;

/// Channel, account, remote channel, thread.
type LaneKey = (String, String, String, Option<String>);

/// A message and its place among those that are held.
struct Waiting {
    channel: Arc<Channel>,
    message: InboundMessage,
    _place: OwnedSemaphorePermit,
}

/// All lanes of the gateway. Cheap to clone.
#[derive(Clone)]
pub struct Lanes {
    inner: Arc<Inner>,
}

struct Inner {
    house: House,
    acknowledge: Acknowledging,
    at_once: Semaphore,
    held: Arc<Semaphore>,
    notes: Notes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: HashMap<LaneKey, VecDeque<Waiting>>,
    tasks: JoinSet<()>,
    closed: bool,
}

impl Lanes {
    /// Lanes whose turns this house takes.
    pub fn new(house: House, acknowledge: Acknowledging) -> Self {
        Self {
            inner: Arc::new(Inner {
                house,
                acknowledge,
                at_once: Semaphore::new(AT_ONCE),
                held: Arc::new(Semaphore::new(HELD)),
                notes: Notes::default(),
                state: Mutex::default(),
            }),
        }
    }

    /// Wait until one more message may be held; `None` when the gateway is stopping.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.inner.held.clone().acquire_owned().await.ok()
    }

    /// Hold a message until its turn has come.
    pub fn push(&self, channel: Arc<Channel>, message: InboundMessage, place: OwnedSemaphorePermit) {
        let conversation = &message.conversation;
        let thread = message.reply.thread_root_id.clone().or_else(|| conversation.thread_root_id.clone());
        let key = (channel.id.clone(), message.account_id.clone(), conversation.channel_id.clone(), thread);
        let waiting = Waiting { channel, message, _place: place };
        let mut state = self.inner.state();
        if state.closed {
            // A reader was faster than its end.
            return left(std::iter::once(&waiting));
        }
        // Finished lanes leave their result; nobody else collects it.
        while state.tasks.try_join_next().is_some() {}
        if let Some(lane) = state.lanes.get_mut(&key) {
            lane.push_back(waiting);
            return;
        }
        state.lanes.insert(key.clone(), VecDeque::from([waiting]));
        let inner = self.inner.clone();
        state.tasks.spawn(async move { inner.drain(key).await });
    }

    /// Keep something that happened for the next turn of its session.
    pub fn note(&self, channel: &Channel, event: SystemEvent) {
        self.inner.notes.add(&channel.id, event);
    }

    /// A message was deleted: if its turn has not begun it does not begin.
    pub fn withdraw(&self, channel: &Channel, withdrawn: &Withdrawn) {
        let is_meant = |waiting: &Waiting| {
            waiting.channel.id == channel.id
                && waiting.message.account_id == withdrawn.account_id
                && waiting.message.event_id == withdrawn.event_id
        };
        let mut state = self.inner.state();
        let found = state.lanes.values_mut().find_map(|lane| {
            let index = lane.iter().position(is_meant)?;
            lane.remove(index)
        });
        // Its turn may be over, or the gateway is stopping: then the plugin does not deliver it again.
        let Some(waiting) = found.filter(|_| !state.closed) else { return };
        tracing::info!(
            "{} {}: message {} was deleted before its turn",
            channel.id,
            withdrawn.account_id,
            withdrawn.message_id
        );
        let how = self.inner.acknowledge;
        state.tasks.spawn(async move { turn::leave_out(&waiting.channel, &waiting.message, how).await });
    }

    /// Begin no turn any more, and give those in work some time. What was not begun is neither answered nor
    /// acknowledged, so the plugin delivers it again at the next start; the log says how much it is.
    pub async fn stop(&self, patience: Duration) {
        let (mut tasks, lanes) = {
            let mut state = self.inner.state();
            state.closed = true;
            self.inner.held.close();
            self.inner.at_once.close();
            (std::mem::take(&mut state.tasks), std::mem::take(&mut state.lanes))
        };
        left(lanes.values().flatten());
        drop(lanes);
        while tasks.try_join_next().is_some() {}
        if tasks.is_empty() {
            return;
        }
        tracing::info!("gateway: waiting for {} in work", counted(tasks.len(), "answer"));
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!(
                "gateway: gave up {} not ready in time; the next start begins anew",
                counted(tasks.len(), "answer")
            );
        }
        tasks.shutdown().await;
    }
}

/// `1 answer`, `2 answers`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Tell how many messages of which accounts get their answer later.
fn left<'a>(messages: impl Iterator<Item = &'a Waiting>) {
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    for waiting in messages {
        *counts.entry((&waiting.channel.id, &waiting.message.account_id)).or_default() += 1;
    }
    for ((channel, account), count) in counts {
        tracing::info!("{channel} {account}: left {} for the next start", counted(count, "message"));
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Take the turns of one conversation, in order, until there is none.
    async fn drain(&self, key: LaneKey) {
        // First the permission, then the message: one that still waits is among those that were not begun. Closed only
        // with the gateway.
        while let Ok(_running) = self.at_once.acquire().await {
            let Some(waiting) = self.next(&key) else { return };
            let Waiting { channel, message, .. } = &waiting;
            let events = self.notes.take(&channel.id, &message.session.key);
            turn::take(&self.house, channel, message, &events, self.acknowledge).await;
        }
    }

    /// The lane's next message. A lane without one goes, under the same lock that a new one would take.
    fn next(&self, key: &LaneKey) -> Option<Waiting> {
        let mut state = self.state();
        let next = if state.closed { None } else { state.lanes.get_mut(key).and_then(VecDeque::pop_front) };
        if next.is_none() {
            state.lanes.remove(key);
        }
        next
    }
}
