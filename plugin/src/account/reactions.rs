//! Reactions, as events for the agent's session. One after the other; nothing is answered because of them.

use super::deps::Deps;
use super::login::Account;
use super::pairing;
use crate::config::{AccountConfig, ReactionNotifications};
use crate::gate::{Access, Refusal, Subject, access};
use crate::ids::is_id;
use crate::intake::kind;
use crate::turn::Place;
use host_sdk::protocol::{BotIdentity, ChatKind, Conversation, Event, SystemEvent};
use mattermost_client::event::ReactionChange;
use mattermost_client::model::{Channel, Post};
use mattermost_client::{Client, Error};
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Reactions that may wait. Those that are too many are left out: messages must not wait for them.
const WAITING: usize = 256;
/// How long what the server said of a channel or a user holds.
const CHANNEL_HOLDS: Duration = Duration::from_secs(5 * 60);
const USER_HOLDS: Duration = Duration::from_secs(10 * 60);
/// Entries of each cache.
const MOST: usize = 1_000;
/// Characters of an emoji's name.
const LONGEST_NAME: usize = 64;

/// Tells the host of reactions, until it is dropped.
pub(super) struct Reactions {
    queue: mpsc::Sender<(ReactionChange, bool)>,
    worker: JoinHandle<()>,
    wanted: bool,
}

impl Drop for Reactions {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

impl Reactions {
    pub(super) fn new(deps: &Deps, account: &Account, client: Client, bot: BotIdentity) -> Self {
        let (queue, mut waiting) = mpsc::channel(WAITING);
        let wanted = account.config.reactions != ReactionNotifications::Off;
        let (channels, users) = (Cache::new(CHANNEL_HOLDS), Cache::new(USER_HOLDS));
        let mut worker =
            Worker { deps: deps.clone(), account: account.config.clone(), client, bot, channels, users };
        let worker = deps.context.spawn(async move {
            while let Some((change, added)) = waiting.recv().await {
                worker.tell(change, added).await;
            }
        });
        Self { queue, worker, wanted }
    }

    /// Somebody reacted, or took it back. False when too many wait, and this one is left out.
    pub(super) fn hear(&self, change: ReactionChange, added: bool) -> bool {
        !self.wanted || self.queue.try_send((change, added)).is_ok()
    }
}

struct Worker {
    deps: Deps,
    account: std::sync::Arc<AccountConfig>,
    client: Client,
    bot: BotIdentity,
    channels: Cache<String, Channel>,
    users: Cache<String, String>,
}

impl Worker {
    async fn tell(&mut self, change: ReactionChange, added: bool) {
        match self.event(&change, added).await {
            Ok(event) => {
                tracing::debug!(account = %self.account.id, "mattermost reaction: {}", event.text);
                // During shutdown the host is told nothing more.
                let _ = self.deps.context.emit(&Event::SystemEvent(Box::new(event))).await;
            }
            Err(reason) => tracing::debug!(account = %self.account.id, reason, "drop reaction"),
        }
    }

    async fn event(&mut self, change: &ReactionChange, added: bool) -> Result<SystemEvent, &'static str> {
        let reaction = &change.reaction;
        if reaction.user_id == self.bot.id {
            return Err("own_reaction");
        }
        let ids = [&reaction.user_id, &reaction.post_id, &change.channel_id];
        if !ids.into_iter().all(|id| is_id(id)) {
            return Err("malformed");
        }
        let channel = self.channel(&change.channel_id).await.map_err(|_| "channel_not_known")?;
        let kind = kind(&channel.channel_type).ok_or("unknown_channel_type")?;
        let name = self.name(&reaction.user_id).await;
        self.admit(kind, &reaction.user_id, name.as_deref()).await?;
        // Where it cannot be read, it is taken for one outside of threads.
        let post = self.client.post(&reaction.post_id).await.ok();
        let own = post.as_ref().is_some_and(|post| post.user_id == self.bot.id);
        if self.account.reactions == ReactionNotifications::Own && !own {
            return Err("not_an_own_post");
        }
        Ok(self.told(change, added, &channel, kind, name, post))
    }

    fn told(
        &self,
        change: &ReactionChange,
        added: bool,
        channel: &Channel,
        kind: ChatKind,
        name: Option<String>,
        post: Option<Post>,
    ) -> SystemEvent {
        let reaction = &change.reaction;
        let what = if added { "added" } else { "removed" };
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
        let emoji: String = reaction.emoji_name.chars().filter(is_plain).take(LONGEST_NAME).collect();
        let who = name.unwrap_or_else(|| reaction.user_id.clone());
        let thread = post.map(|post| self.account.threading.thread(kind, &post)).unwrap_or_default();
        let place = Place {
            account_id: &self.account.id,
            kind,
            channel_id: &channel.id,
            team_id: &channel.team_id,
            sender_id: &reaction.user_id,
            thread: thread.session.as_deref(),
        };
        let key = format!("mattermost:reaction:{}:{emoji}:{}:{what}", reaction.post_id, reaction.user_id);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let direct = kind == ChatKind::Direct;
        SystemEvent {
            event_id: format!("{}:{key}:{}", self.account.id, reaction.create_at),
            account_id: self.account.id.clone(),
            text: format!(
                "Mattermost reaction {what}: :{emoji}: by @{who} on post {} in channel {}",
                reaction.post_id, channel.id
            ),
            context_key: Some(key),
            session: self.account.sessions.session(&place, None),
            conversation: Some(Conversation {
                kind,
                channel_id: channel.id.clone(),
                channel_name: some(&channel.name).filter(|_| !direct),
                display_name: some(&channel.display_name),
                team_id: some(&channel.team_id),
                thread_root_id: thread.session,
                label: if direct { who } else { format!("#{}", channel.name) },
            }),
        }
    }

    /// Whoever is not heard is not heard by reactions either. Nobody is offered a pairing for one.
    async fn admit(&self, kind: ChatKind, user_id: &str, name: Option<&str>) -> Result<(), &'static str> {
        match access(&self.account.policies, kind, Subject { id: user_id, username: name }) {
            Access::Admitted(_) => Ok(()),
            Access::Refused(refusal) => Err(refusal.code()),
            Access::IfPaired => {
                let asked = pairing::ask(&self.deps, &self.account.id, user_id, name, false).await;
                let approved = asked.is_ok_and(|answer| answer.approved);
                if approved { Ok(()) } else { Err(Refusal::DmNotPaired.code()) }
            }
        }
    }

    async fn channel(&mut self, id: &str) -> Result<Channel, Error> {
        if let Some(channel) = self.channels.get(id) {
            return Ok(channel);
        }
        let channel = self.client.channel(id).await?;
        self.channels.put(id.to_owned(), channel.clone());
        Ok(channel)
    }

    async fn name(&mut self, id: &str) -> Option<String> {
        if let Some(name) = self.users.get(id) {
            return Some(name);
        }
        let name = self.client.user(id).await.ok()?.username;
        self.users.put(id.to_owned(), name.clone());
        Some(name)
    }
}

/// What the server said, for a while.
struct Cache<K, V> {
    holds: Duration,
    entries: HashMap<K, (Instant, V)>,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    fn new(holds: Duration) -> Self {
        Self { holds, entries: HashMap::new() }
    }

    fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (at, value) = self.entries.get(key)?;
        (at.elapsed() < self.holds).then(|| value.clone())
    }

    fn put(&mut self, key: K, value: V) {
        if self.entries.len() >= MOST {
            self.entries.retain(|_, (at, _)| at.elapsed() < self.holds);
            if self.entries.len() >= MOST {
                self.entries.clear();
            }
        }
        self.entries.insert(key, (Instant::now(), value));
    }
}
