//! The life of an event: handed to the host, settled or refused, delivered again.

use crate::acks::{Acks, Stage};
use crate::config::AccountConfig;
use crate::intake::{Expected, Turn, Unsettled, event_id};
use crate::sequence::Sequence;
use crate::status::{StatusBook, now_ms};
use crate::store::{Change, Journal, OpenEvent};
use host_sdk::plugin::Context;
use host_sdk::protocol::{Event, InboundMessage};
use mattermost_client::Client;
use std::sync::Arc;
use std::time::Duration;

/// The pauses before a refused event is delivered again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(180));
/// An event is given up when it was refused so often and is so old. Milliseconds.
const MOST_REFUSALS: u32 = 8;
const OLDEST: i64 = 24 * 60 * 60 * 1000;

/// How long something that is refused otherwise may take to be durable.
const WRITTEN: Duration = Duration::from_secs(5);

/// An event that is durable and that the host was not told of yet.
pub(crate) struct Written {
    turn: Turn,
    expected: Expected,
}

impl Written {
    /// If its answer cannot be posted where it belongs, whoever asked is told so here: the id of a `response_url`.
    pub(crate) fn tell_failure_at(&mut self, hook: &str) {
        self.turn.hook = Some(hook.to_owned());
    }
}

/// Something could not be made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotWritten;

/// Hands events to the host and keeps the journal of it.
#[derive(Clone)]
pub(crate) struct Turns {
    pub context: Context,
    pub journal: Journal,
    pub unsettled: Unsettled,
    pub sequence: Arc<Sequence>,
    pub book: Arc<StatusBook>,
    pub acks: Acks,
}

impl Turns {
    /// Write down a message that is not ready yet: it waits for more of its burst, for its files, for an answer.
    pub(crate) async fn keep(&self, message: &InboundMessage) {
        let turn = self.turn(message.clone());
        self.journal.record(Change::Open(Box::new(OpenEvent { draft: true, ..row(&turn) }))).await;
    }

    fn turn(&self, message: InboundMessage) -> Turn {
        let posts = match message.message_ids.is_empty() {
            true => vec![message.message_id.clone()],
            false => message.message_ids.clone(),
        };
        let doubtful = message.redelivered;
        let mut turn = Turn::new(message, posts, self.sequence.next(), now_ms());
        turn.doubtful = doubtful;
        turn
    }

    /// Hand an event to the host: written down, then told. Waits while the host or the journal is behind. False when
    /// the instance shuts down.
    pub(crate) async fn begin(&self, message: InboundMessage) -> bool {
        let turn = self.turn(message);
        let (account_id, parts) = (turn.message.account_id.clone(), turn.posts.clone());
        let last = turn.message.message_id.clone();
        if !self.give(turn).await {
            return false;
        }
        // The parts of a burst were kept one by one until now.
        for part in parts.into_iter().filter(|part| *part != last) {
            self.done(&account_id, &event_id(&account_id, &part), vec![part]);
        }
        true
    }

    /// Write down an event that exists nowhere else, and wait until it is durable. `posts` are what it is known by when
    /// it is done.
    ///
    /// # Errors
    /// It is not durable, and nothing will come of it.
    pub(crate) async fn admit(
        &self,
        message: InboundMessage,
        posts: Vec<String>,
    ) -> Result<Written, NotWritten> {
        let turn = Turn::new(message, posts, self.sequence.next(), now_ms());
        let (account_id, event_id) = (turn.message.account_id.clone(), turn.message.event_id.clone());
        // An account that begins again in the meantime finds it in the journal.
        let expected = self.unsettled.reserve(&event_id);
        let writing = async {
            self.journal.record(Change::Open(Box::new(row(&turn)))).await;
            self.journal.flush().await
        };
        if matches!(tokio::time::timeout(WRITTEN, writing).await, Ok(Ok(()))) {
            return Ok(Written { turn, expected });
        }
        tracing::error!(account = %account_id, "what somebody clicked or commanded cannot be written down, so it is refused");
        // It may be written later all the same: then it goes at once.
        self.done(&account_id, &event_id, Vec::new());
        Err(NotWritten)
    }

    /// Hand an event that is written down to the host. Waits while the host is behind; what it is not told in this
    /// process it is told in the next.
    pub(crate) async fn tell(&self, written: Written) {
        let Written { turn, expected } = written;
        self.give(turn).await;
        drop(expected);
    }

    /// Hand an event of an earlier process to the host again.
    pub(crate) async fn resume(&self, open: OpenEvent) -> bool {
        let OpenEvent { seq, posts, refusals, opened_at, mut message, .. } = open;
        message.redelivered = true;
        let mut turn = Turn::new(message, posts, seq, opened_at);
        (turn.refusals, turn.doubtful) = (refusals, true);
        self.give(turn).await
    }

    /// Show by reactions how far an event is that the host was given, unless it is settled already. `bot_id`: the bot, if
    /// it is known already.
    pub(crate) fn acknowledge_by_reaction(
        &self,
        account: &AccountConfig,
        client: &Client,
        bot_id: Option<&str>,
        event_id: &str,
    ) {
        self.unsettled.with(event_id, |turn| {
            // A click has no post that could carry a reaction.
            if turn.message.interaction.is_some() {
                return;
            }
            turn.ack = self.acks.begin(account, client, bot_id, &turn.message);
            turn.show(Stage::Thinking);
        });
    }

    async fn give(&self, turn: Turn) -> bool {
        let (row, message) = (Change::Open(Box::new(row(&turn))), turn.message.clone());
        let (event_id, account_id) = (message.event_id.clone(), message.account_id.clone());
        self.unsettled.begin(turn).await;
        // An account may be stopped while the host is behind: what it was not told is given to it by the next start.
        let mut telling = Telling { unsettled: &self.unsettled, event_id: &event_id, told: false };
        self.journal.record(row).await;
        self.book.update(&account_id, |status| status.last_inbound_at_ms = Some(now_ms()));
        if let Some(beside) = crate::turn::beside(&message) {
            // During shutdown the host is told nothing more; it is told both again.
            let _ = self.context.emit(&Event::SystemEvent(Box::new(beside))).await;
        }
        let event = Event::InboundMessage(Box::new(Arc::unwrap_or_clone(message)));
        telling.told = self.context.emit(&event).await.is_ok();
        telling.told
    }

    /// The host is done with an event. False when it was not waiting: it may have been settled before.
    pub(crate) fn acknowledge(&self, event_id: &str) -> bool {
        let Some(turn) = self.unsettled.settle(event_id) else {
            self.late(event_id);
            return false;
        };
        turn.show(Stage::Done);
        self.done(&turn.message.account_id, event_id, turn.posts);
        true
    }

    /// Settled by a host that had it from an earlier process, before its account was started in this one.
    fn late(&self, event_id: &str) {
        let Some((account_id, post_id)) = event_id.rsplit_once(':') else { return };
        if (crate::ids::is_id(post_id) || crate::ids::is_deed(post_id)) && self.book.has(account_id) {
            self.done(account_id, event_id, vec![post_id.to_owned()]);
        }
    }

    /// An event needs nothing more.
    pub(crate) fn done(&self, account_id: &str, event_id: &str, posts: Vec<String>) {
        let (account_id, event_id) = (account_id.to_owned(), event_id.to_owned());
        self.record(Change::Settle { account_id, event_id, posts, at: now_ms() });
    }

    /// Without waiting: the host's threads are not kept.
    fn record(&self, change: Change) {
        if let Err(change) = self.journal.try_record(change) {
            let journal = self.journal.clone();
            self.context.spawn(async move { journal.record(change).await });
        }
    }

    /// The host could not take or finish an event. False when it was not waiting.
    pub(crate) fn refuse(&self, event_id: &str, reason: &str, give_up: bool) -> bool {
        let refused = self.unsettled.with(event_id, |turn| {
            turn.refusals = turn.refusals.saturating_add(1);
            turn.typing = None;
            turn.show(Stage::Queued);
            // Its answers are counted anew.
            turn.sends = 0;
            let old = now_ms().saturating_sub(turn.opened_at) >= OLDEST;
            (turn.refusals, old && turn.refusals >= MOST_REFUSALS, row(turn))
        });
        let Some((refusals, hopeless, row)) = refused else { return false };
        let account = row.message.account_id.clone();
        if give_up || hopeless {
            self.unsettled.answered(event_id, true);
            if hopeless {
                tracing::error!(account = %account, event = %event_id, refusals, "an event is given up after a day: {reason}");
            } else {
                tracing::debug!(account = %account, event = %event_id, "the host gave up an event: {reason}");
            }
            return self.acknowledge(event_id);
        }
        let pause = AGAIN.0.saturating_mul(1 << (refusals - 1).min(16)).min(AGAIN.1);
        tracing::warn!(account = %account, event = %event_id, refusals, "the host could not finish an event, it comes again in {} s: {reason}", pause.as_secs());
        self.record(Change::Open(Box::new(row)));
        let (turns, event_id) = (self.clone(), event_id.to_owned());
        self.context.spawn(async move {
            tokio::time::sleep(pause).await;
            turns.again(&event_id, refusals).await;
        });
        true
    }

    /// Deliver an event again, unless it was settled, or refused once more, meanwhile.
    async fn again(&self, event_id: &str, refusals: u32) {
        let message = self.unsettled.with(event_id, |turn| {
            turn.doubtful = true;
            turn.sends = 0;
            turn.show(Stage::Thinking);
            (turn.refusals == refusals).then(|| turn.message.clone())
        });
        let Some(message) = message.flatten() else { return };
        let mut message = Arc::unwrap_or_clone(message);
        message.redelivered = true;
        // During shutdown the host is told nothing more; the journal has it.
        let _ = self.context.emit(&Event::InboundMessage(Box::new(message))).await;
    }
}

/// An event that the host is being told of. If that does not come to its end, the host has nothing; the journal has it.
struct Telling<'a> {
    unsettled: &'a Unsettled,
    event_id: &'a str,
    told: bool,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if !self.told {
            drop(self.unsettled.settle(self.event_id));
        }
    }
}

fn row(turn: &Turn) -> OpenEvent {
    OpenEvent {
        seq: turn.seq,
        posts: turn.posts.clone(),
        refusals: turn.refusals,
        opened_at: turn.opened_at,
        draft: false,
        message: (*turn.message).clone(),
    }
}
