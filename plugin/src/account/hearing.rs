//! From a post, however it was heard, to an event for the host.

use super::bursts::Bursts;
use super::deps::Deps;
use super::ignoring::Ignoring;
use super::login::Account;
use super::loops::Loops;
use super::preparing::{Pending, Prepared, Preparing, Tools};
use super::threads::Threads;
use crate::intake::{
    Batch, Debouncer, Draft, Heard, Ignored, Ledger, Passed, Reader, event_id, is_machine, needs_work,
    with_files,
};
use crate::status::now_ms;
use crate::store::{Change, OpenEvent, TookPart};
use crate::turn::{self, History};
use crate::typing::Typing;
use host_sdk::protocol::{BotIdentity, Event, InboundMessage, Withdrawn};
use jiff::tz::TimeZone;
use mattermost_client::Client;
use mattermost_client::connection::Connection;
use mattermost_client::event::Posted;
use mattermost_client::model::{ChannelType, Post, User};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::time::Instant;

/// How long it may take to see whether a draft of an earlier process was deleted meanwhile.
const LOOK: std::time::Duration = std::time::Duration::from_secs(5);
/// Sessions whose last use is remembered.
const SESSIONS: usize = 5_000;

/// Hears for one account.
pub(super) struct Hearing<'a> {
    deps: &'a Deps,
    pub(super) id: String,
    client: Client,
    connection: Arc<Connection>,
    reader: Reader,
    pub(super) ledger: Ledger,
    debouncer: Debouncer,
    preparing: Preparing,
    tools: Tools,
    threads: Threads,
    history: History,
    loops: Loops,
    /// When each session was used last, by the server's clock.
    used: HashMap<String, i64>,
    zone: TimeZone,
    origin: Instant,
    ignoring: Ignoring,
    passed: Passed,
    bursts: Bursts,
    /// Messages that were deleted while they were being prepared, by event.
    withdrawn: HashSet<String>,
    /// Channels that are further than is written down.
    moved: HashSet<String>,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(
        deps: &'a Deps,
        account: &Account,
        client: Client,
        connection: Arc<Connection>,
        bot: BotIdentity,
        ledger: Ledger,
        threads: &[(String, TookPart)],
    ) -> Self {
        let config = account.config.clone();
        let tools = Tools {
            deps: deps.clone(),
            client: client.clone(),
            account: config.clone(),
            bot: bot.clone(),
            recovery: Arc::default(),
        };
        Self {
            deps,
            id: config.id.clone(),
            client,
            connection,
            history: History::new(config.history.limit),
            reader: Reader::new(config, deps.commands.clone(), bot),
            ledger,
            debouncer: Debouncer::new(deps.tuning.debounce()),
            preparing: Preparing::default(),
            tools,
            threads: Threads::new(threads),
            loops: Loops::default(),
            used: HashMap::new(),
            zone: turn::zone(account.config.sessions.time_zone.as_deref()),
            origin: Instant::now(),
            ignoring: Ignoring::default(),
            passed: Passed::default(),
            bursts: Bursts::default(),
            withdrawn: HashSet::new(),
            moved: HashSet::new(),
        }
    }

    /// The server is there again.
    pub(super) fn wake_outbox(&self) {
        self.deps.outbox.wake();
    }

    /// The socket brings nothing: another one is needed.
    pub(super) fn reconnect(&self) {
        self.connection.restart();
    }

    /// Somebody joined a team, or left it.
    pub(super) fn teams_changed(&self, user_id: &str) {
        if self.is_bot(user_id) {
            self.deps.slash.wake(&self.id);
        }
    }

    /// The marks of the bot's own posts.
    pub(super) fn outbox(&self) -> &crate::outbox::Outbox {
        &self.deps.outbox
    }

    /// Whether the bot wrote a post itself.
    pub(super) fn is_own(&self, posted: &Posted) -> bool {
        self.reader.is_own(&posted.post)
    }

    /// Whether this is the bot's id.
    pub(super) fn is_bot(&self, user_id: &str) -> bool {
        self.reader.is_bot(user_id)
    }

    /// Whether the text of an edited post may be for the bot.
    pub(super) fn may_wake(&self, post: &Post) -> bool {
        self.reader.may_wake(post)
    }

    /// Look at the server's clock.
    pub(super) fn clock(&mut self) {
        self.ledger.clock(self.client.server_time().unwrap_or_else(now_ms));
    }

    /// A post came over the socket.
    pub(super) async fn live(&mut self, posted: Posted) {
        self.clock();
        if self.is_own(&posted) {
            self.deps.outbox.echoes().hear(&posted.post);
            self.own(&posted).await;
        }
        if let Some(posted) = self.ledger.live(posted) {
            self.moved.insert(posted.post.channel_id.clone());
            self.offer(posted, false).await;
        }
    }

    /// The bot itself said something: in a thread it need not be named again for a while.
    pub(super) async fn own(&mut self, posted: &Posted) {
        let post = &posted.post;
        let at = post.create_at;
        let in_thread = !post.root_id.is_empty() && !post.type_.starts_with("system_");
        if in_thread && posted.channel_type != ChannelType::Direct && crate::ids::is_id(&post.root_id) {
            // What is read again is known.
            if self.threads.note(&post.root_id, at) {
                let (account_id, root_id) = (self.id.clone(), post.root_id.clone());
                self.record(Change::TookPart { account_id, root_id, at }).await;
            }
        }
    }

    /// A post was heard or read, and its time is now. True when it was given to the host, or is about to be.
    ///
    /// `doubtful`: an earlier process may have given it to its host.
    pub(super) async fn offer(&mut self, posted: Posted, doubtful: bool) -> bool {
        let (post_id, channel_id) = (posted.post.id.clone(), posted.post.channel_id.clone());
        let sender = posted.post.user_id.clone();
        let (edit_at, machine) = (posted.post.edit_at, is_machine(&posted.post));
        if self.ledger.has_taken(&post_id) || self.passed.has(&post_id, edit_at) {
            return false;
        }
        let took_part = self.threads.took_part(&posted.post.root_id, posted.post.create_at);
        match self.reader.read(posted, now_ms(), took_part) {
            Heard::Message(draft)
                if draft.message.sender.is_bot && !self.loops.bot(&channel_id, now_ms()) =>
            {
                self.passed.note(&post_id, edit_at);
                self.ignoring.tell(self.deps, &self.id, [&post_id, &sender, &channel_id], Ignored::BotLoop);
                false
            }
            Heard::Message(mut draft) => {
                if !draft.message.sender.is_bot {
                    self.loops.person(&channel_id);
                }
                draft.message.redelivered = doubtful;
                self.take(*draft).await
            }
            Heard::Ignored(why, aside) => {
                // What an event did not tell, a list of the server may.
                if !matches!(why, Ignored::Malformed | Ignored::UnknownChannelType) {
                    self.passed.note(&post_id, edit_at);
                }
                self.ignoring.tell(self.deps, &self.id, [&post_id, &sender, &channel_id], why);
                if matches!(why, Ignored::NotMentioned | Ignored::NotTriggered) && !machine {
                    self.loops.person(&channel_id);
                }
                if let Some(aside) = aside {
                    self.history.note(aside.key, aside.entry);
                }
                false
            }
        }
    }

    /// One more was not for the agent.
    pub(super) fn count(&self, reason: &str) {
        self.deps.book.count(&self.id, reason);
    }

    async fn take(&mut self, draft: Draft) -> bool {
        let Draft { message, alone } = draft;
        if !self.ledger.take(&message.message_id) {
            return false;
        }
        let window = self.deps.tuning.debounce();
        self.debouncer.set_window(window);
        let waits = (!alone && !window.is_zero()) || needs_work(&message) || self.preparing.is_busy(&message);
        if waits {
            // It is the plugin's now, and nobody else has it while it waits.
            self.deps.turns.keep(&message).await;
        }
        let ready = self.debouncer.push(message, !alone, self.origin.elapsed());
        for batch in ready {
            self.prepare(batch).await;
        }
        true
    }

    /// What an earlier process had not given to its host yet.
    pub(super) async fn resume(&mut self, drafts: Vec<OpenEvent>) {
        // One that does not answer is not waited for again and again: nothing is heard meanwhile.
        let mut answers = true;
        for draft in drafts {
            let mut message = draft.message;
            message.redelivered = true;
            // Rules may be others now, and it may have been deleted.
            if let Err(why) = self.reader.admit_again(&mut message) {
                self.count(why.code());
                self.settle_all(&message);
                continue;
            }
            let look = async {
                match answers {
                    true => tokio::time::timeout(LOOK, self.client.post(&message.message_id)).await.ok(),
                    false => None,
                }
            };
            let found = look.await;
            answers = found.is_some();
            match found {
                Some(Ok(post)) if post.delete_at > 0 => self.settle_all(&message),
                Some(Err(error)) if error.is_not_found() => self.settle_all(&message),
                _ => self.push(message, true).await,
            }
        }
    }

    /// When the next burst is over.
    pub(super) fn burst_due(&self) -> Option<Instant> {
        self.debouncer.deadline().map(|due| self.origin + due)
    }

    /// Hand over the bursts that are over.
    pub(super) async fn bursts(&mut self) {
        for batch in self.debouncer.due(self.origin.elapsed()) {
            self.prepare(batch).await;
        }
    }

    async fn prepare(&mut self, batch: Batch) {
        self.bursts.begin(&self.id, &batch);
        let Some(mut message) = batch.merge() else { return };
        let conversation = &message.conversation;
        let key = (conversation.channel_id.clone(), conversation.thread_root_id.clone());
        message.history = self.history.take(&key, message.timestamp_ms, &posts(&message));
        self.push(message, false).await;
    }

    async fn push(&mut self, message: InboundMessage, doubtful: bool) {
        if let Some(ready) = self.preparing.push(Pending { message, doubtful }, &self.tools) {
            self.hand_over(ready).await;
        }
    }

    /// Whether another post may be taken.
    pub(super) fn has_room(&self) -> bool {
        self.preparing.has_room()
    }

    /// The next message that is prepared. Safe to be dropped while it waits.
    pub(super) async fn prepared(&mut self) -> Prepared {
        self.preparing.next().await
    }

    /// A message was prepared.
    pub(super) async fn deliver(&mut self, prepared: Prepared) {
        let message = match prepared {
            Prepared::Ready(message) => {
                if self.withdrawn.remove(&message.event_id) {
                    self.settle_all(&message);
                } else {
                    self.hand_over(message.clone()).await;
                }
                message
            }
            Prepared::Failed(message) => {
                self.withdrawn.remove(&message.event_id);
                self.bursts.drop(&message.event_id);
                message
            }
            Prepared::Refused(message, why) => {
                self.withdrawn.remove(&message.event_id);
                self.bursts.drop(&message.event_id);
                self.count(why);
                tracing::debug!(account = %self.id, reason = why, "drop post");
                self.settle_all(&message);
                message
            }
        };
        for next in self.preparing.done(&message, &self.tools) {
            self.hand_over(next).await;
        }
    }

    async fn hand_over(&mut self, mut message: InboundMessage) {
        self.bursts.end(&mut message);
        if self.used.len() >= SESSIONS {
            self.used.clear();
        }
        let since = self.used.insert(message.session.key.clone(), message.timestamp_ms);
        message.body = turn::body(&message, since, &self.zone);
        let event_id = message.event_id.clone();
        let channel_id = message.conversation.channel_id.clone();
        let root_id = message.reply.thread_root_id.clone();
        if !self.deps.turns.begin(message).await {
            return;
        }
        let typing = Typing::start(self.client.clone(), self.connection.clone(), channel_id, root_id);
        self.deps.turns.unsettled.with(&event_id, |turn| turn.typing = Some(typing));
        let Tools { account, bot, .. } = &self.tools;
        self.deps.turns.acknowledge_by_reaction(account, &self.client, Some(&bot.id), &event_id);
    }

    /// A post was edited: what the agent is shown of it later is what it says now.
    pub(super) fn edited(&mut self, post: &Post) {
        if post.edit_at > 0 {
            self.history.replace(&post.id, &with_files(&turn::text(post), post.file_ids.len()));
        }
    }

    /// Somebody's account changed: the bot may have another name.
    pub(super) fn renamed(&mut self, user: &User) {
        if user.id == self.tools.bot.id
            && !user.username.is_empty()
            && user.username != self.tools.bot.username
        {
            let bot = BotIdentity { id: user.id.clone(), username: user.username.clone() };
            tracing::info!(account = %self.id, "the bot is called @{} now", bot.username);
            self.deps.book.update(&self.id, |status| status.bot = Some(bot.clone()));
            self.tools.bot = bot.clone();
            self.reader.identify(bot);
        }
    }

    /// A post was deleted: what waits is not begun, what the host has is withdrawn.
    pub(super) async fn deleted(&mut self, post_id: &str) {
        self.history.forget(post_id);
        if self.ledger.holds(post_id) {
            return self.pass_over(post_id.to_owned()).await;
        }
        if let Some(message) = self.debouncer.withdraw(post_id) {
            tracing::debug!(account = %self.id, post = %post_id, "deleted before it was answered");
            return self.settle_all(&message);
        }
        if let Some((pending, worked_on)) = self.preparing.find(post_id) {
            let (event_id, message) = (pending.message.event_id.clone(), pending.message.clone());
            if self.bursts.has_more_than(&event_id, post_id) {
                return;
            }
            // Nobody takes it up again after a crash either.
            self.settle_all(&message);
            if worked_on {
                self.withdrawn.insert(event_id);
            } else {
                self.bursts.drop(&event_id);
                self.preparing.remove(&event_id);
            }
            return;
        }
        let event_id = event_id(&self.id, post_id);
        // Of a burst the host has read the rest, which stays.
        if self.deps.turns.unsettled.with(&event_id, |turn| turn.posts.len() == 1) == Some(true) {
            let (account_id, message_id) = (self.id.clone(), post_id.to_owned());
            // During shutdown the host is told nothing more.
            let _ = self
                .deps
                .context
                .emit(&Event::Withdrawn(Withdrawn { event_id, account_id, message_id }))
                .await;
        }
    }

    fn settle_all(&self, message: &InboundMessage) {
        for post_id in posts(message) {
            self.deps.turns.done(&self.id, &event_id(&self.id, &post_id), vec![post_id]);
        }
    }

    /// A post that need not be given to the host: it was answered already.
    pub(super) async fn pass_over(&mut self, post_id: String) {
        if self.ledger.take(&post_id) {
            let (account_id, posts) = (self.id.clone(), vec![post_id]);
            self.record(Change::Done { account_id, posts, at: now_ms() }).await;
        }
    }

    /// How far the channels are may be written down.
    pub(super) fn has_marks(&self) -> bool {
        !self.moved.is_empty()
    }

    /// A channel was heard of.
    pub(super) fn moved(&mut self, channel_id: &str) {
        self.moved.insert(channel_id.to_owned());
    }

    /// Write down how far the channels are.
    pub(super) async fn write_marks(&mut self) {
        for channel_id in std::mem::take(&mut self.moved) {
            for change in self.ledger.marks(&self.id, &channel_id) {
                self.record(change).await;
            }
        }
    }

    /// Everything is proven.
    pub(super) async fn settle(&mut self) {
        for change in self.ledger.settle(&self.id) {
            self.record(change).await;
        }
    }

    async fn record(&self, change: Change) {
        self.deps.turns.journal.record(change).await;
    }
}

/// The posts that a message is made of.
fn posts(message: &InboundMessage) -> Vec<String> {
    if message.message_ids.is_empty() {
        vec![message.message_id.clone()]
    } else {
        message.message_ids.clone()
    }
}
