//! From a draft to an event for the host: what has to be asked, fetched and read first. One message after the other
//! within a conversation; a conversation that waits holds no other.

use super::deps::Deps;
use super::pairing;
use super::recovery::{Reading, Recovery};
use crate::config::AccountConfig;
use crate::gate::Admission;
use crate::intake::{is_up_to_pairing, needs_work};
use host_sdk::protocol::{Attachment, BotIdentity, InboundMessage};
use mattermost_client::Client;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Drafts that may wait; while there are more, nothing new is taken. Of one conversation only the first count, so that
/// one that waits for the host, or for a file, does not hold up the others.
const MOST: usize = 256;
const COUNTED: usize = 16;
/// Drafts that may wait all in all, and their text in bytes.
const MOST_OF_ALL: usize = 4_096;
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// When a host that cannot tell is asked again.
const LATER: Duration = Duration::from_secs(30);

/// Channel and thread.
type Lane = (String, Option<String>);

/// A message that is being prepared.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub message: InboundMessage,
    /// An earlier process may have prepared it.
    pub doubtful: bool,
}

/// What became of a draft.
#[derive(Debug)]
pub(super) enum Prepared {
    /// It can be given to the host.
    Ready(InboundMessage),
    /// A fault of ours: nobody knows whether its sender was approved. The journal has it for the next start.
    Failed(InboundMessage),
    /// It is not for the agent after all.
    Refused(InboundMessage, &'static str),
}

/// What preparing works with. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tools {
    pub deps: Deps,
    pub client: Client,
    pub account: Arc<AccountConfig>,
    pub bot: BotIdentity,
    pub recovery: Arc<Recovery>,
}

/// The drafts of an account.
#[derive(Default)]
pub(super) struct Preparing {
    lanes: HashMap<Lane, VecDeque<Pending>>,
    work: JoinSet<(Lane, Prepared)>,
    count: usize,
    bytes: usize,
    /// Which lane a task works on, should it panic.
    tasks: HashMap<tokio::task::Id, Lane>,
}

impl Preparing {
    /// Whether one more may come.
    pub(super) fn has_room(&self) -> bool {
        self.count < MOST_OF_ALL && self.bytes < MOST_BYTES && (self.count < MOST || self.counted() < MOST)
    }

    fn counted(&self) -> usize {
        self.lanes.values().map(|waiting| waiting.len().min(COUNTED)).sum()
    }

    /// Whether others of its conversation are being prepared, so that it would wait for them.
    pub(super) fn is_busy(&self, message: &InboundMessage) -> bool {
        self.lanes.contains_key(&lane(message))
    }

    /// Take a draft. It is given back when nothing has to be done for it.
    pub(super) fn push(&mut self, pending: Pending, tools: &Tools) -> Option<InboundMessage> {
        let (lane, size) = (lane(&pending.message), size(&pending.message));
        if let Some(waiting) = self.lanes.get_mut(&lane) {
            waiting.push_back(pending);
            self.count += 1;
            self.bytes += size;
            return None;
        }
        if !needs_work(&pending.message) {
            return Some(pending.message);
        }
        self.lanes.insert(lane.clone(), VecDeque::from([pending.clone()]));
        self.count += 1;
        self.bytes += size;
        self.begin(lane, pending, tools);
        None
    }

    fn begin(&mut self, lane: Lane, pending: Pending, tools: &Tools) {
        let (tools, of) = (tools.clone(), lane.clone());
        let task = self.work.spawn(async move { (of, prepare(&tools, pending).await) });
        self.tasks.insert(task.id(), lane);
    }

    /// What is ready next, in the order of its conversation. Waits while nothing is being prepared.
    pub(super) async fn next(&mut self) -> Prepared {
        loop {
            match self.work.join_next_with_id().await {
                Some(Ok((id, (_, prepared)))) => {
                    self.tasks.remove(&id);
                    return prepared;
                }
                // What cannot be prepared because of a fault of ours is given as it is.
                Some(Err(error)) => {
                    let lane = self.tasks.remove(&error.id());
                    let front = lane.and_then(|lane| self.lanes.get(&lane)?.front().cloned());
                    if let Some(pending) = front {
                        tracing::error!(account = %pending.message.account_id, "a message could not be prepared; this is a fault of the plugin, please report it");
                        return if is_up_to_pairing(&pending.message) {
                            Prepared::Failed(pending.message)
                        } else {
                            Prepared::Ready(pending.message)
                        };
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// A message left its conversation's front. Those that follow it and need no work.
    pub(super) fn done(&mut self, message: &InboundMessage, tools: &Tools) -> Vec<InboundMessage> {
        let lane = lane(message);
        let (mut ready, mut next) = (Vec::new(), None);
        let Some(waiting) = self.lanes.get_mut(&lane) else { return ready };
        let first = waiting.pop_front().map(|pending| pending.message);
        while let Some(pending) = waiting.front() {
            if needs_work(&pending.message) {
                next = Some(pending.clone());
                break;
            }
            ready.extend(waiting.pop_front().map(|pending| pending.message));
        }
        let left = first.iter().chain(&ready);
        self.bytes = self.bytes.saturating_sub(left.clone().map(size).sum());
        self.count = self.count.saturating_sub(left.count());
        match next {
            Some(pending) => self.begin(lane, pending, tools),
            None => drop(self.lanes.remove(&lane)),
        }
        ready
    }

    /// A message was deleted. The draft that it is, or is a part of, and whether something is being done for that.
    pub(super) fn find(&mut self, message_id: &str) -> Option<(&mut Pending, bool)> {
        let is = |pending: &Pending| {
            let message = &pending.message;
            message.message_id == message_id || message.message_ids.iter().any(|id| id == message_id)
        };
        for waiting in self.lanes.values_mut() {
            if let Some(at) = waiting.iter().position(is) {
                // The first one is being worked on.
                return waiting.get_mut(at).map(|pending| (pending, at == 0));
            }
        }
        None
    }

    /// Take a draft out that is not being worked on.
    pub(super) fn remove(&mut self, event_id: &str) {
        for waiting in self.lanes.values_mut() {
            if let Some(at) = waiting.iter().skip(1).position(|pending| pending.message.event_id == event_id)
            {
                let removed = waiting.remove(at + 1).map_or(0, |pending| size(&pending.message));
                self.count = self.count.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(removed);
                return;
            }
        }
    }
}

fn size(message: &InboundMessage) -> usize {
    let history: usize = message.history.iter().map(|entry| entry.text.len()).sum();
    message.text.len() + message.raw_text.len() + history
}

fn lane(message: &InboundMessage) -> Lane {
    let conversation = &message.conversation;
    (conversation.channel_id.clone(), conversation.thread_root_id.clone())
}

async fn prepare(tools: &Tools, pending: Pending) -> Prepared {
    let Tools { deps, client, account, bot, recovery } = tools;
    let Pending { mut message, doubtful } = pending;
    if is_up_to_pairing(&message) {
        // Its conversation waits as long as the host cannot tell, nobody else does.
        loop {
            match pairing::admits(deps, &message, doubtful).await {
                Some(true) => break,
                Some(false) => return Prepared::Refused(message, crate::gate::Refusal::DmNotPaired.code()),
                None => tokio::time::sleep(LATER).await,
            }
        }
        Admission::DmPaired.code().clone_into(&mut message.access);
        // Whoever was approved may give commands in direct messages.
        message.command.authorized = account.commands_text;
    }
    let brake = deps.brakes.of(client.server().as_str());
    let reading = Reading { client, account, bot, brake: &brake };
    for file_id in recovery.complete(&reading, &mut message).await {
        if message.media.iter().all(|file| file.file_id != file_id) {
            message.media.push(Attachment { file_id, ..Attachment::default() });
        }
    }
    deps.media.fetch(client, &mut message, account.media_max_bytes).await;
    Prepared::Ready(message)
}
