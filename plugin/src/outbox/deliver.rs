//! One outbound message: from its target to its posts.

use super::chunks::split;
use super::create::create;
use super::echoes::Echoes;
use super::lookup::Lookup;
use super::marks::Marks;
use super::media::{self, Mending, Outgoing, Roots, Uploads};
use super::resolve::channel_id;
use super::retry::{Bell, Retry};
use super::target::Target;
use crate::account::{Account, Accounts};
use crate::brake::{Brake, Brakes};
use crate::error::from_client;
use crate::ids::is_id;
use crate::intake::Unsettled;
use crate::status::{StatusBook, now_ms};
use host_sdk::plugin::Context;
use host_sdk::protocol::{DeliveryKind, Error, ErrorCode, Outbound, Receipt, Role};
use mattermost_client::model::Post;
use mattermost_client::{Client, NewPost};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Asked between the steps of a delivery: is anybody still waiting for it?
pub(super) type Cancelled<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// What is known of a delivery besides its message.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The account that speaks; empty when the message names none that there is.
    pub account_id: String,
    /// Unique per account.
    pub id: String,
    /// Parts of it may stand on the server already.
    pub doubtful: bool,
    /// The posts that it answers.
    pub answers: Vec<String>,
    /// The event whose messages are counted, when its number is in the id.
    pub numbered_for: Option<String>,
    /// Its posts are not older than this, in milliseconds since 1970.
    pub accepted_at: i64,
    /// Orders the deliveries.
    pub seq: u64,
}

/// Delivers messages.
pub(super) struct Deliverer {
    pub role: Role,
    pub roots: Roots,
    pub spool: PathBuf,
    pub context: Context,
    pub accounts: Arc<Accounts>,
    pub book: Arc<StatusBook>,
    pub unsettled: Unsettled,
    pub brakes: Arc<Brakes>,
    pub echoes: Echoes,
    pub bell: Bell,
    /// Marks under the key of the state directory; `None` without one.
    pub marks: Option<Marks>,
}

impl Deliverer {
    /// Deliver a message. It is tried until it stands on the server or never will.
    ///
    /// # Errors
    /// Final ones; `CLOSED` at shutdown.
    pub(super) async fn deliver(
        &self,
        message: &Outbound,
        identity: &Identity,
        cancelled: Cancelled<'_>,
    ) -> Result<Receipt, Error> {
        self.check(message)?;
        let target = Target::parse(&message.target)?;
        let account = self.accounts.get(message.account_id.as_deref())?;
        let client = account.client()?;
        let brake = self.brakes.of(client.server().as_str());
        let mut retry = Retry::new(self.role, self.bell.clone(), cancelled);
        let (channel_id, root_id) = loop {
            brake.ready().await;
            match place(&account, &client, &target, message).await {
                Ok(place) => break place,
                Err(error) => retry.pause(error).await?,
            }
        };
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
            media::readable(&self.roots, &account.config, &message.media).await?;
            visible(&client, &receipt.channel_id).await?;
            return Ok(receipt);
        }
        if let Some(event_id) = &message.event_id {
            // An answer goes out: the bot is typing no more.
            self.unsettled.with(event_id, |turn| turn.typing = None);
        }
        let author = match account.known_bot() {
            Some(bot) => Some(bot.id),
            None if !identity.doubtful => None,
            // Others may copy the marks that they see: only the bot's own count.
            None => loop {
                match account.bot().await {
                    Ok(bot) => break Some(bot.id),
                    Err(error) => retry.pause(error).await?,
                }
            },
        };
        let sending = Sending {
            deliverer: self,
            account: &account,
            identity,
            author,
            client: &client,
            brake: &brake,
            marks: self.marks.clone().unwrap_or_else(|| Marks::of_token(client.token())),
        };
        sending.posts(&mut receipt, &message.media, &mut retry).await?;
        self.book.update(&account.config.id, |status| status.last_outbound_at_ms = Some(now_ms()));
        Ok(receipt)
    }

    /// What can be checked without the network.
    ///
    /// # Errors
    /// What is wrong with the message.
    pub(super) fn check(&self, message: &Outbound) -> Result<(), Error> {
        refuse_what_is_not_there(message)?;
        check_id(message.delivery_id.as_deref())?;
        media::check(&message.media)?;
        Target::parse(&message.target)?;
        self.accounts.get(message.account_id.as_deref())?.client().map(drop)
    }
}

/// Where a message goes: the channel, and the first post of the thread.
async fn place(
    account: &Account,
    client: &Client,
    target: &Target,
    message: &Outbound,
) -> Result<(String, Option<String>), Error> {
    let channel_id = channel_id(account, client, target).await?;
    let root_id = root_id(client, message, &channel_id).await?;
    Ok((channel_id, root_id))
}

/// A message on its way to a known place.
struct Sending<'a> {
    deliverer: &'a Deliverer,
    account: &'a Account,
    identity: &'a Identity,
    author: Option<String>,
    client: &'a Client,
    brake: &'a Brake,
    marks: Marks,
}

impl Sending<'_> {
    async fn posts(
        &self,
        receipt: &mut Receipt,
        media: &[String],
        retry: &mut Retry<'_>,
    ) -> Result<(), Error> {
        let Identity { account_id, id, answers, accepted_at, .. } = self.identity;
        let lookup = Lookup {
            client: self.client,
            brake: self.brake,
            channel_id: &receipt.channel_id.clone(),
            delivery: self.marks.delivery(account_id, id),
            author: self.author.clone(),
            question: answers.first().cloned(),
            since: *accepted_at,
        };
        let mut there =
            if self.identity.doubtful { self.there(&lookup, retry).await? } else { BTreeMap::new() };
        let uploads = Uploads {
            client: self.client,
            brake: self.brake,
            channel_id: &receipt.channel_id.clone(),
            account: &self.account.config,
            roots: &self.deliverer.roots,
            spool: &self.deliverer.spool,
        };
        let text = std::mem::take(&mut receipt.text);
        let outgoing =
            Outgoing::prepare(&uploads, text, media, &there, |text| split(text).len(), retry).await?;
        // An address that is put into the text is as little checked as the text itself.
        receipt.text = self.deliverer.context.redactor().clean(&outgoing.text).into_owned();
        let posts = outgoing.parts(split(&receipt.text));
        let parts = posts.len();
        for (part, (text, files)) in posts.into_iter().enumerate() {
            let asked = NewPost {
                root_id: receipt.thread_root_id.clone().unwrap_or_default(),
                pending_post_id: self.marks.pending_post_id(account_id, id, part),
                props: self.marks.props(account_id, id, (part, parts), answers),
                file_ids: files.ids.clone(),
                ..NewPost::new(&receipt.channel_id, self.deliverer.context.redactor().clean(&text))
            };
            let echoes = &self.deliverer.echoes;
            let post = match there.remove(&part) {
                Some(post) => post,
                None => {
                    retry.reset();
                    create(&lookup, echoes, retry, &asked, part)
                        .await
                        .map_err(|error| partly(receipt, error))?
                }
            };
            let mending = Mending { lookup: &lookup, echoes, uploads, part };
            let post =
                mending.whole(post, asked, &files, retry).await.map_err(|error| partly(receipt, error))?;
            if receipt.message_ids.is_empty() {
                receipt.message_id.clone_from(&post.id);
                receipt.sent_at_ms = post.create_at;
            }
            receipt.message_ids.push(post.id);
        }
        Ok(())
    }

    /// The parts that stand on the server already.
    async fn there(
        &self,
        lookup: &Lookup<'_>,
        retry: &mut Retry<'_>,
    ) -> Result<BTreeMap<usize, Post>, Error> {
        loop {
            match lookup.parts().await {
                Ok(parts) => return Ok(parts),
                Err(error) => retry.after(&error).await?,
            }
        }
    }
}

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

/// Ids are kept; what is longer is no id.
const LONGEST_ID: usize = 256;

fn check_id(delivery_id: Option<&str>) -> Result<(), Error> {
    match delivery_id {
        Some(id) if id.is_empty() || id.len() > LONGEST_ID => Err(Error::invalid(format!(
            "delivery_id has {} bytes; it must have 1 to {LONGEST_ID}, or be left out",
            id.len()
        ))
        .at("delivery_id")),
        _ => Ok(()),
    }
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
