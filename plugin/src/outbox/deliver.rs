//! One outbound message after the other.

use super::chunks::split;
use super::create::create;
use super::lanes::Lanes;
use super::media;
use super::pending::pending_post_id;
use super::resolve::channel_id;
use super::target::Target;
use crate::account::Accounts;
use crate::error::from_client;
use crate::ids::is_id;
use crate::intake::Unsettled;
use crate::status::{StatusBook, now_ms};
use futures_util::FutureExt as _;
use host_sdk::plugin::{Context, Responder};
use host_sdk::protocol::{DeliveryKind, Error, ErrorCode, Outbound, Receipt, Role};
use mattermost_client::{Client, NewPost};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

struct Job {
    message: Outbound,
    responder: Responder,
}

/// Delivers outbound messages: in order within a conversation, conversations side by side.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

struct Inner {
    role: Role,
    context: Context,
    accounts: Arc<Accounts>,
    book: Arc<StatusBook>,
    unsettled: Unsettled,
    lanes: Lanes<Job>,
    delivered: AtomicU64,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new(
        role: Role,
        context: Context,
        accounts: Arc<Accounts>,
        book: Arc<StatusBook>,
        unsettled: Unsettled,
    ) -> Self {
        let delivered = AtomicU64::new(0);
        Self {
            inner: Arc::new(Inner {
                role,
                context,
                accounts,
                book,
                unsettled,
                lanes: Lanes::default(),
                delivered,
            }),
        }
    }

    /// Queue a message. The responder gets its receipt.
    pub fn submit(&self, message: Outbound, responder: Responder) {
        let lane = self.inner.lane(&message);
        if self.inner.lanes.push(&lane, Job { message, responder }) {
            let inner = self.inner.clone();
            self.inner.context.spawn(async move { inner.work(&lane).await });
        }
    }

    /// Wait until everything that was accepted has gone out or failed.
    pub async fn idle(&self) {
        self.inner.lanes.idle().await;
    }
}

impl Inner {
    /// One conversation: one account, one target, however they are written.
    fn lane(&self, message: &Outbound) -> String {
        let account = match self.accounts.get(message.account_id.as_deref()) {
            Ok(account) => account.config.id.clone(),
            Err(_) => String::new(),
        };
        match Target::parse(&message.target) {
            Ok(target) => format!("{account} {target:?}"),
            Err(_) => format!("{account} {}", message.target),
        }
    }

    async fn work(self: Arc<Self>, lane: &str) {
        while let Some(Job { message, responder }) = self.lanes.next(lane) {
            if responder.is_cancelled() {
                continue;
            }
            let delivery = async {
                let responder = responder;
                let result = self.deliver(&message, &|| responder.is_cancelled()).await;
                responder.complete(result);
            };
            // A panic ends this delivery, not the lane; the responder has told the host while it unwound.
            if AssertUnwindSafe(delivery).catch_unwind().await.is_err() {
                tracing::error!("a delivery panicked");
            }
        }
    }

    async fn deliver(&self, message: &Outbound, cancelled: Cancelled<'_>) -> Result<Receipt, Error> {
        refuse_what_is_not_there(message)?;
        media::check(self.role, &message.media)?;
        let target = Target::parse(&message.target)?;
        let account = self.accounts.get(message.account_id.as_deref())?;
        let client = account.client()?;
        let channel_id = channel_id(&account, &client, &target).await?;
        let root_id = root_id(&client, message, &channel_id).await?;
        let mut receipt = Receipt {
            account_id: account.config.id.clone(),
            target: format!("channel:{channel_id}"),
            channel_id,
            thread_root_id: root_id,
            // An agent that was talked into repeating the bot's token must not publish it.
            text: self.context.redactor().clean(&message.text).into_owned(),
            dry_run: message.dry_run,
            ..Receipt::default()
        };
        if message.dry_run {
            media::readable(&message.media).await?;
            visible(&client, &receipt.channel_id).await?;
            return Ok(receipt);
        }
        if let Some(event_id) = &message.event_id {
            self.unsettled.answer(event_id);
        }
        let mut files = media::upload(&client, &receipt.channel_id, &message.media).await?;
        let delivery_id = self.delivery_id(message);
        for (part, text) in split(&receipt.text).into_iter().enumerate() {
            if cancelled() {
                return Err(partly(&receipt, Error::new(ErrorCode::Cancelled, "the delivery was cancelled")));
            }
            let post = NewPost {
                root_id: receipt.thread_root_id.clone().unwrap_or_default(),
                pending_post_id: pending_post_id(client.token(), &delivery_id, part),
                // The files go with the first part.
                file_ids: std::mem::take(&mut files),
                ..NewPost::new(&receipt.channel_id, text)
            };
            let asked = post.file_ids.len();
            let post = create(&client, &post, cancelled).await.map_err(|error| partly(&receipt, error))?;
            if receipt.message_ids.is_empty() {
                receipt.message_id.clone_from(&post.id);
                receipt.sent_at_ms = post.create_at;
            }
            receipt.message_ids.push(post.id);
            if post.file_ids.len() < asked {
                return Err(Error::new(
                    ErrorCode::Internal,
                    format!(
                        "the message was posted, but the server left out {} of its files",
                        asked - post.file_ids.len()
                    ),
                )
                .at("media"));
            }
        }
        self.book.update(&account.config.id, |status| status.last_outbound_at_ms = Some(now_ms()));
        Ok(receipt)
    }

    /// The host's own id, or one that no other delivery of this process or another has.
    fn delivery_id(&self, message: &Outbound) -> String {
        message.delivery_id.clone().unwrap_or_else(|| {
            let number = self.delivered.fetch_add(1, Ordering::Relaxed);
            let nanos = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos());
            format!("{}-{nanos}-{number}", std::process::id())
        })
    }
}

/// Asked between the steps of a delivery: is anybody still waiting for it?
pub(super) type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// The channel exists and the bot may see it.
async fn visible(client: &Client, channel_id: &str) -> Result<(), Error> {
    match client.channel(channel_id).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() || error.status() == Some(403) => {
            Err(unknown_channel(channel_id, from_client(&error)))
        }
        Err(error) => Err(from_client(&error)),
    }
}

/// Servers answer alike for a channel that does not exist and one that the bot is not in.
pub(super) fn unknown_channel(channel_id: &str, mut error: Error) -> Error {
    error.message = format!(
        "the channel {channel_id} does not exist, or the bot is not a member of it: add the bot to the channel ({})",
        error.message
    );
    error.at("target")
}

/// Later versions do these; a silent omission would look like success.
fn refuse_what_is_not_there(message: &Outbound) -> Result<(), Error> {
    let refuse = |field: &str, what: &str| {
        Err(Error::not_supported(format!("this version does not send {what}; leave {field} out")).at(field))
    };
    if message.kind != DeliveryKind::Final {
        return refuse("kind", "parts of a streamed answer");
    }
    if message.buttons.is_some() {
        return refuse("buttons", "buttons");
    }
    if message.presentation.is_some() {
        return refuse("presentation", "presentations");
    }
    if message.text.trim().is_empty() && message.media.is_empty() {
        return Err(Error::invalid("the message is empty: text has nothing to show").at("text"));
    }
    Ok(())
}

/// The first post of the thread to write in.
async fn root_id(client: &Client, message: &Outbound, channel_id: &str) -> Result<Option<String>, Error> {
    let given = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    if let Some(root_id) = given(&message.thread_root_id) {
        return Ok(Some(root_id));
    }
    let Some(reply_to) = given(&message.reply_to_id) else { return Ok(None) };
    if !is_id(&reply_to) {
        return Err(Error::invalid("reply_to_id is not the id of a post: 26 lower-case letters and digits")
            .at("reply_to_id"));
    }
    let post = client.post(&reply_to).await.map_err(|error| from_client(&error).at("reply_to_id"))?;
    if post.channel_id != channel_id {
        return Err(Error::invalid(format!(
            "the post {reply_to} is in channel:{}, not in the target channel:{channel_id}",
            post.channel_id
        ))
        .at("reply_to_id"));
    }
    Ok(Some(if post.root_id.is_empty() { post.id } else { post.root_id }))
}

/// An error after some parts were posted says so: sending everything again would double them.
fn partly(receipt: &Receipt, mut error: Error) -> Error {
    if !receipt.message_ids.is_empty() {
        error.message =
            format!("{} (the first {} parts were posted)", error.message, receipt.message_ids.len());
        if error.code != ErrorCode::Auth {
            error.retryable = false;
        }
    }
    error
}
