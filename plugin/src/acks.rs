//! Reactions that show how far a turn is: the message was heard, the agent works on it, it is done.
//!
//! They are a courtesy: nothing waits for them, and what fails is logged and forgotten.

use crate::actions::emoji;
use crate::brake::{Brake, Brakes};
use crate::config::{AccountConfig, StatusEmojis};
use crate::turn::acknowledged;
use host_sdk::plugin::Context;
use host_sdk::protocol::InboundMessage;
use mattermost_client::{Client, Error};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// Reactions that are being changed at once; the others wait.
const AT_ONCE: usize = 8;
/// A change is tried so often, with this pause, and given up after the limit.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(30);
/// What is shown where the configured emoji cannot be one of a server.
const EYES: &str = "eyes";

/// How far a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The host has the message.
    Queued,
    /// The agent works on it.
    Thinking,
    /// It uses a tool.
    Tool,
    /// It is over.
    Done,
    /// It is over, and failed.
    Failed,
}

impl Stage {
    fn is_last(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// The reactions of one turn. When it is dropped before the end, they stay as they are: the turn goes on elsewhere.
#[derive(Debug)]
pub struct Ack {
    stage: watch::Sender<Stage>,
}

impl Ack {
    /// The turn is that far now. What comes after the end changes nothing.
    pub fn show(&self, stage: Stage) {
        self.stage.send_if_modified(|known| {
            let new = !known.is_last() && *known != stage;
            if new {
                *known = stage;
            }
            new
        });
    }
}

/// Shows how far turns are.
#[derive(Clone)]
pub(crate) struct Acks {
    context: Context,
    brakes: Arc<Brakes>,
    at_once: Arc<Semaphore>,
}

impl Acks {
    pub(crate) fn new(context: Context, brakes: Arc<Brakes>) -> Self {
        Self { context, brakes, at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The host was given a message. `None`: it is none that is acknowledged. `bot_id`: the bot, if it is known already.
    pub(crate) fn begin(
        &self,
        account: &AccountConfig,
        client: &Client,
        bot_id: Option<&str>,
        message: &InboundMessage,
    ) -> Option<Ack> {
        let conversation = &message.conversation;
        let required = account.mention.demanded(&conversation.channel_id);
        if !acknowledged(account.acks.scope, conversation.kind, required, message.mention) {
            return None;
        }
        let written = account.acks.emoji(&message.session.agent_id);
        if written.is_empty() {
            return None;
        }
        let signs = Signs::new(&usable(written), account.acks.status.as_ref(), account.acks.remove);
        let (stage, stages) = watch::channel(Stage::Queued);
        let worker = Worker {
            client: client.clone(),
            brake: self.brakes.of(client.server().as_str()),
            at_once: self.at_once.clone(),
            account_id: account.id.clone(),
            bot_id: bot_id.map(str::to_owned),
            post_id: message.message_id.clone(),
            again: message.redelivered,
            signs,
            shown: None,
        };
        self.context.spawn(worker.run(stages));
        Some(Ack { stage })
    }
}

/// The emoji's name, or one that every server has.
fn usable(written: &str) -> String {
    let name = emoji::name(written);
    if emoji::is_name(&name) { name } else { EYES.to_owned() }
}

/// What is shown when. Pure.
#[derive(Clone, Debug)]
struct Signs {
    heard: String,
    remove: bool,
    status: Option<StatusEmojis>,
}

impl Signs {
    fn new(heard: &str, status: Option<&StatusEmojis>, remove: bool) -> Self {
        let status = status.map(|status| StatusEmojis {
            thinking: usable(&status.thinking),
            tool: usable(&status.tool),
            done: usable(&status.done),
            error: usable(&status.error),
            ..status.clone()
        });
        Self { heard: heard.to_owned(), remove, status }
    }

    /// The emoji of a stage.
    fn at(&self, stage: Stage) -> &str {
        let Some(status) = &self.status else { return &self.heard };
        match stage {
            Stage::Queued => &self.heard,
            Stage::Thinking => &status.thinking,
            Stage::Tool => &status.tool,
            Stage::Done => &status.done,
            Stage::Failed => &status.error,
        }
    }

    /// What stays in the end.
    fn left(&self) -> Option<&str> {
        (!self.remove).then_some(&self.heard)
    }

    /// A stage that is followed by another one so soon is not shown.
    fn settle(&self) -> Duration {
        self.status.as_ref().map_or(Duration::ZERO, |status| status.debounce)
    }

    /// How long the end is shown.
    fn hold(&self, end: Stage) -> Duration {
        self.status.as_ref().map_or(Duration::ZERO, |status| match end {
            Stage::Failed => status.error_hold,
            _ => status.done_hold,
        })
    }

    /// Everything that an earlier process may have left, apart from `shown`.
    fn others(&self, shown: &str) -> Vec<String> {
        let Some(status) = &self.status else { return Vec::new() };
        let all = [&self.heard, &status.thinking, &status.tool, &status.done, &status.error];
        all.into_iter().filter(|name| *name != shown).cloned().collect()
    }
}

struct Worker {
    client: Client,
    brake: Arc<Brake>,
    at_once: Arc<Semaphore>,
    account_id: String,
    bot_id: Option<String>,
    post_id: String,
    /// An earlier process may have shown something.
    again: bool,
    signs: Signs,
    shown: Option<String>,
}

impl Worker {
    async fn run(mut self, mut stages: watch::Receiver<Stage>) {
        let heard = self.signs.heard.clone();
        self.show(Some(&heard)).await;
        if self.again {
            self.clear(&heard).await;
        }
        let end = loop {
            let stage = *stages.borrow_and_update();
            if stage.is_last() {
                break stage;
            }
            match tokio::time::timeout(self.signs.settle(), stages.changed()).await {
                // Another one followed at once.
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => {}
            }
            let sign = self.signs.at(stage).to_owned();
            self.show(Some(&sign)).await;
            if stages.changed().await.is_err() {
                return;
            }
        };
        // Where nothing is shown, nobody misses the end.
        if self.shown.is_none() {
            return;
        }
        let hold = self.signs.hold(end);
        if !hold.is_zero() {
            let sign = self.signs.at(end).to_owned();
            self.show(Some(&sign)).await;
            tokio::time::sleep(hold).await;
        }
        let left = self.signs.left().map(str::to_owned);
        self.show(left.as_deref()).await;
        if self.shown != left {
            // A sign of work must not stay.
            self.show(None).await;
        }
    }

    /// Show this emoji instead of the one that is shown. The new one comes first, so that something is always there.
    async fn show(&mut self, name: Option<&str>) {
        if self.shown.as_deref() == name {
            return;
        }
        let before = match name {
            Some(name) if !self.change(name, true).await => return,
            name => std::mem::replace(&mut self.shown, name.map(str::to_owned)),
        };
        if let Some(before) = before {
            self.change(&before, false).await;
        }
    }

    /// Take off what an earlier process showed.
    async fn clear(&mut self, shown: &str) {
        let others = self.signs.others(shown);
        if others.is_empty() {
            return;
        }
        self.brake.ready().await;
        let Ok(reactions) = self.client.reactions(&self.post_id).await else { return };
        for name in others {
            let own = |user: &str| self.bot_id.as_deref() == Some(user);
            if reactions.iter().any(|one| one.emoji_name == name && own(&one.user_id)) {
                self.change(&name, false).await;
            }
        }
    }

    /// Put an emoji on the post or take it off. False when that failed, and when the server has more to do than it can.
    async fn change(&mut self, name: &str, add: bool) -> bool {
        if add && !self.brake.is_at_ease() {
            tracing::debug!(account = %self.account_id, post = %self.post_id, "no ack reaction: the server asked to slow down");
            return false;
        }
        let at_once = self.at_once.clone();
        let work = async {
            // The semaphore is never closed.
            let _permit = at_once.acquire().await.ok();
            let mut tries = 1;
            loop {
                self.brake.ready().await;
                match self.once(name, add).await {
                    Ok(()) => return Ok(()),
                    Err(error) => {
                        self.brake.heed(&error);
                        if !error.is_retryable() || tries == TRIES {
                            return Err(error.to_string());
                        }
                    }
                }
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
        };
        let done =
            tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| Err("it took too long".to_owned()));
        if let Err(error) = &done {
            let what = if add { "add" } else { "remove" };
            tracing::debug!(account = %self.account_id, post = %self.post_id, "mattermost {what} ack reaction :{name}: failed: {error}");
        }
        done.is_ok()
    }

    async fn once(&mut self, name: &str, add: bool) -> Result<(), Error> {
        let bot_id = match &self.bot_id {
            Some(bot_id) => bot_id.clone(),
            None => self.bot_id.insert(self.client.me().await?.id).clone(),
        };
        match add {
            true => self.client.add_reaction(&bot_id, &self.post_id, name).await,
            false => self.client.remove_reaction(&bot_id, &self.post_id, name).await,
        }
    }
}
