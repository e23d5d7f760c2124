//! From a post, however it was heard, to an event for the host.

use super::deps::Deps;
use super::login::Account;
use crate::intake::{Batch, Debouncer, Heard, Ignored, Ledger, Reader};
use crate::status::now_ms;
use crate::store::Change;
use crate::typing::Typing;
use host_sdk::protocol::{BotIdentity, InboundMessage};
use mattermost_client::Client;
use mattermost_client::connection::Connection;
use mattermost_client::event::Posted;
use mattermost_client::model::Post;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::Instant;

/// Senders that are named when they are not admitted.
const REFUSED_SHOWN: usize = 1000;

/// Hears for one account.
pub(super) struct Hearing<'a> {
    deps: &'a Deps,
    pub(super) id: String,
    client: Client,
    connection: Arc<Connection>,
    reader: Reader,
    pub(super) ledger: Ledger,
    debouncer: Debouncer,
    origin: Instant,
    refused: HashSet<String>,
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
    ) -> Self {
        Self {
            deps,
            id: account.config.id.clone(),
            client,
            connection,
            reader: Reader::new(account.config.clone(), bot),
            ledger,
            debouncer: Debouncer::new(deps.debounce),
            origin: Instant::now(),
            refused: HashSet::new(),
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
        }
        if let Some(posted) = self.ledger.live(posted) {
            self.moved.insert(posted.post.channel_id.clone());
            self.offer(posted, false).await;
        }
    }

    /// A post was heard or read, and its time is now. True when it was given to the host, or is about to be.
    ///
    /// `doubtful`: an earlier process may have given it to its host.
    pub(super) async fn offer(&mut self, posted: Posted, doubtful: bool) -> bool {
        let (post_id, sender) = (posted.post.id.clone(), posted.post.user_id.clone());
        if self.ledger.has_taken(&post_id) {
            return false;
        }
        let alone = !posted.post.file_ids.is_empty() || !posted.post.type_.is_empty();
        match self.reader.read(posted, now_ms()) {
            Heard::Message(mut message) => {
                message.redelivered = doubtful;
                self.take(*message, !alone).await
            }
            Heard::Ignored(why) => {
                self.ignored(&post_id, &sender, why);
                false
            }
        }
    }

    fn ignored(&mut self, post_id: &str, sender: &str, why: Ignored) {
        if matches!(why, Ignored::UnknownChannelType) {
            tracing::warn!(account = %self.id, post = %post_id, "cannot resolve channel type, post dropped");
            return;
        }
        if matches!(why, Ignored::Access(_)) {
            self.not_admitted(sender, why);
        }
        tracing::debug!(account = %self.id, reason = why.code(), "drop post");
    }

    /// Somebody is not heard: an operator wants to know once who it was, and which key says so.
    fn not_admitted(&mut self, sender: &str, why: Ignored) {
        let first = self.refused.len() < REFUSED_SHOWN && self.refused.insert(sender.to_owned());
        if first {
            tracing::info!(account = %self.id, reason = why.code(), "not heard: user {sender} is not admitted by dmPolicy/allowFrom or groupPolicy/groupAllowFrom");
        }
    }

    async fn take(&mut self, message: InboundMessage, mergeable: bool) -> bool {
        if !self.ledger.take(&message.message_id) {
            return false;
        }
        let text = message.raw_text.trim();
        let mergeable = mergeable && !text.is_empty() && !text.starts_with('/');
        let waits = mergeable && !self.deps.debounce.is_zero();
        if waits {
            // It is the plugin's now, and nobody else has it while it waits.
            self.deps.turns.keep(&message).await;
        }
        let ready = self.debouncer.push(message, mergeable, self.origin.elapsed());
        for batch in ready {
            self.hand_over(batch).await;
        }
        true
    }

    /// When the next burst is over.
    pub(super) fn burst_due(&self) -> Option<Instant> {
        self.debouncer.deadline().map(|due| self.origin + due)
    }

    /// Hand over the bursts that are over.
    pub(super) async fn bursts(&mut self) {
        for batch in self.debouncer.due(self.origin.elapsed()) {
            self.hand_over(batch).await;
        }
    }

    async fn hand_over(&self, batch: Batch) {
        let Some(message) = batch.merge() else { return };
        let event_id = message.event_id.clone();
        let channel_id = message.conversation.channel_id.clone();
        let root_id = message.reply.thread_root_id.clone();
        if !self.deps.turns.begin(message).await {
            return;
        }
        let typing = Typing::start(self.client.clone(), self.connection.clone(), channel_id, root_id);
        self.deps.turns.unsettled.with(&event_id, |turn| turn.typing = Some(typing));
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
