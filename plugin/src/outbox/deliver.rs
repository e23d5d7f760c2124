//! One outbound message: from its target to its posts.

use super::amend::is_whole;
use super::create::create;
use super::echoes::Echoes;
use super::lookup::Lookup;
use super::marks::Marks;
use super::media::{self, Mending, Outgoing, Roots, Uploads};
use super::previews::{Answer, Preview, seal};
use super::resolve::{NoPlace, place};
use super::retry::{Bell, Retry};
use super::target::Target;
use crate::account::{Account, Accounts};
use crate::brake::{Brake, Brakes};
use crate::buttons::{Binding, Button, Card, Signer, attachments};
use crate::callbacks::Urls;
use crate::directory::Server;
use crate::error::from_client;
use crate::ids::{is_id, post_of};
use crate::intake::Unsettled;
use crate::status::{StatusBook, now_ms};
use crate::text;
use host_sdk::plugin::Context;
use host_sdk::protocol::{ChatKind, Error, ErrorCode, Outbound, Receipt, Role};
use mattermost_client::model::{Post, Props};
use mattermost_client::{Client, NewPost};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
    /// Buttons of the channel's own, behind those of the message.
    pub buttons: Vec<Button>,
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
    /// Where clicks arrive.
    pub urls: Urls,
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
        preview: &mut Preview,
        cancelled: Cancelled<'_>,
    ) -> Result<Receipt, Error> {
        self.check(message)?;
        let target = Target::parse(&message.target)?;
        let account = self.accounts.get(message.account_id.as_deref())?;
        if text::is_suppressed(message) {
            tracing::debug!(account = %account.config.id, "the agent's reasoning is not posted");
            let account_id = account.config.id.clone();
            let (suppressed, dry_run) = (true, message.dry_run);
            return Ok(Receipt { account_id, suppressed, dry_run, ..Receipt::default() });
        }
        let mut card = self.card(message)?;
        card.buttons.extend(identity.buttons.iter().cloned());
        for left_out in &card.left_out {
            tracing::warn!(account = %account.config.id, "{left_out}");
        }
        if let Some(problem) = account.config.interactions.problem().filter(|_| !card.buttons.is_empty()) {
            tracing::warn!(account = %account.config.id, "{problem}; no click on these buttons arrives");
        }
        let server = Server::of(account, &self.brakes)?;
        if message.dry_run {
            return self.rehearse(&server, &target, (message, &card), cancelled).await;
        }
        let mut remembered = false;
        let way = (&server, &target);
        let delivered =
            self.attempt(way, (message, &card), identity, preview, cancelled, &mut remembered).await;
        match delivered {
            // What was remembered of the target is not so any more.
            Err(error) if remembered && matches!(error.http_status, Some(403 | 404)) => {
                tracing::debug!("the target is looked up again: {error}");
                server.account.names.forget(&target);
                self.attempt(way, (message, &card), identity, preview, cancelled, &mut remembered).await
            }
            delivered => delivered,
        }
    }

    /// Deliver a message to where its target is. `remembered` tells whether that was known from before, and nothing was
    /// posted there.
    async fn attempt(
        &self,
        (server, target): (&Server, &Target),
        (message, card): (&Outbound, &Card),
        identity: &Identity,
        preview: &mut Preview,
        cancelled: Cancelled<'_>,
        remembered: &mut bool,
    ) -> Result<Receipt, Error> {
        let Server { account, client, brake } = server;
        let mut retry = Retry::new(self.role, self.bell.clone(), cancelled);
        let channel_id = loop {
            match place(server, target, &retry).await {
                Ok(place) => {
                    *remembered = place.remembered;
                    break place.channel_id;
                }
                Err(NoPlace::Failed(error)) => retry.pause(error).await?,
                Err(NoPlace::UsedUp(error)) => retry.used_up(error).await?,
            }
        };
        let root_id = loop {
            brake.ready().await;
            match root_id(client, message, &channel_id).await {
                Ok(root_id) => break root_id,
                Err(error) => retry.pause(error).await?,
            }
        };
        let mut receipt = Receipt {
            account_id: account.config.id.clone(),
            target: format!("channel:{channel_id}"),
            channel_id,
            thread_root_id: root_id,
            text: self.text(account, message, card),
            buttons: card.names(),
            ..Receipt::default()
        };
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
            account,
            identity,
            author,
            client,
            brake,
            marks: self.marks_for(client),
            message,
            card,
        };
        let posted = sending.posts(&mut receipt, preview, &mut retry).await;
        *remembered &= receipt.message_ids.is_empty();
        posted?;
        self.book.update(&account.config.id, |status| status.last_outbound_at_ms = Some(now_ms()));
        Ok(receipt)
    }

    /// The text of a message as it is posted. An agent that was talked into repeating the bot's token must not publish it.
    pub(super) fn text(&self, account: &Account, message: &Outbound, card: &Card) -> String {
        let text = card.text(&message.text);
        self.context.redactor().clean(&account.look().tables(&text)).into_owned()
    }

    /// What a message shows besides its text, without the bot's token.
    fn card(&self, message: &Outbound) -> Result<Card, Error> {
        let redactor = self.context.redactor();
        Ok(Card::read(message)?.cleaned(|text| redactor.clean(text)))
    }

    /// The marks of what is posted by this client.
    pub(super) fn marks_for(&self, client: &Client) -> Marks {
        self.marks.clone().unwrap_or_else(|| Marks::of_token(client.token()))
    }

    /// What can be checked without the network.
    ///
    /// # Errors
    /// What is wrong with the message.
    pub(super) fn check(&self, message: &Outbound) -> Result<(), Error> {
        refuse_nothing(message)?;
        check_id(message.delivery_id.as_deref())?;
        media::check(&message.media)?;
        Target::parse(&message.target)?;
        self.accounts.get(message.account_id.as_deref())?.client().map(drop)
    }
}

/// A message on its way to a known place.
pub(super) struct Sending<'a> {
    deliverer: &'a Deliverer,
    account: &'a Account,
    identity: &'a Identity,
    author: Option<String>,
    pub(super) client: &'a Client,
    pub(super) brake: &'a Brake,
    marks: Marks,
    message: &'a Outbound,
    card: &'a Card,
}

impl Sending<'_> {
    async fn posts(
        &self,
        receipt: &mut Receipt,
        preview: &mut Preview,
        retry: &mut Retry<'_>,
    ) -> Result<(), Error> {
        let Identity { account_id, id, answers, accepted_at, .. } = self.identity;
        let lookup = Lookup {
            client: self.client,
            brake: self.brake,
            channel_id: &receipt.channel_id.clone(),
            delivery: self.marks.delivery(account_id, id),
            author: self.author.clone(),
            question: answers.first().and_then(|id| post_of(id)).map(str::to_owned),
            since: *accepted_at,
        };
        let mut there =
            if self.identity.doubtful { self.there(&lookup, retry).await? } else { BTreeMap::new() };
        let media = &self.message.media;
        let files: usize = there.values().map(|post| post.file_ids.len()).sum();
        if is_whole(&there) && files >= media.len() {
            for post in there.into_values() {
                note(receipt, &post);
            }
            return Ok(());
        }
        let uploads = Uploads {
            client: self.client,
            brake: self.brake,
            channel_id: &receipt.channel_id.clone(),
            account: &self.account.config,
            roots: &self.deliverer.roots,
            spool: &self.deliverer.spool,
        };
        let look = self.account.look_for(&receipt.text).await;
        let text = std::mem::take(&mut receipt.text);
        let outgoing =
            Outgoing::prepare(&uploads, text, media, &there, |text| look.split(text).len(), retry).await?;
        // An address that is put into the text is as little checked as the text itself.
        let redactor = self.deliverer.context.redactor();
        receipt.text = redactor.clean(&outgoing.text).into_owned();
        let pieces = self.account.look_for(&receipt.text).await.split(&receipt.text);
        let posts = outgoing.parts(pieces);
        let parts = posts.len();
        let long_ids = !self.card.buttons.is_empty() && self.account.wants_long_ids().await;
        for (part, (text, files)) in posts.into_iter().enumerate() {
            let text = redactor.clean(&text).into_owned();
            let shown = match part {
                0 if !there.contains_key(&0) => {
                    self.become_answer(receipt, &text, parts, preview, retry).await?
                }
                _ => None,
            };
            let asked = NewPost {
                root_id: receipt.thread_root_id.clone().unwrap_or_default(),
                pending_post_id: self.marks.pending_post_id(account_id, id, part),
                props: self.props((part, parts), &lookup, long_ids),
                file_ids: files.ids.clone(),
                ..NewPost::new(&receipt.channel_id, &text)
            };
            let echoes = &self.deliverer.echoes;
            let standing = there.remove(&part);
            let standing = match (shown, standing) {
                (Some(post), _) => Some(post),
                (None, Some(post)) => {
                    self.amend(post, &text, retry).await.map_err(|error| partly(receipt, error))?
                }
                (None, None) => None,
            };
            let post = match standing {
                Some(post) => post,
                None => {
                    retry.reset();
                    create(&lookup, echoes, retry, &asked, part, &AtomicBool::new(false))
                        .await
                        .map_err(|error| partly(receipt, error))?
                }
            };
            let mending = Mending { lookup: &lookup, echoes, uploads, part };
            let post =
                mending.whole(post, asked, &files, retry).await.map_err(|error| partly(receipt, error))?;
            note(receipt, &post);
        }
        self.withdraw(there, retry).await.map_err(|error| partly(receipt, error))
    }

    /// The properties of a part: its mark, and on the first one the buttons.
    fn props(&self, (part, parts): (usize, usize), lookup: &Lookup<'_>, long_ids: bool) -> Props {
        let Identity { account_id, id, answers, .. } = self.identity;
        let mut props = self.marks.props(account_id, id, (part, parts), answers);
        if part == 0 && !self.card.buttons.is_empty() {
            let account = &self.account.config;
            let url = self.deliverer.urls.interactions(account);
            let binding = Binding {
                channel_id: Some(lookup.channel_id),
                delivery: Some(&lookup.delivery),
                long_ids,
                expires_at: account.buttons_expire_ms.map(|life| now_ms().saturating_add(life)),
            };
            let signer = Signer::of_token(self.client.token());
            let cards = attachments(&self.card.buttons, &self.card.above, (&url, &signer), binding);
            props.insert("attachments".to_owned(), cards);
        }
        props
    }

    /// Make the first post of the answer of its preview, if it may be.
    async fn become_answer(
        &self,
        receipt: &Receipt,
        text: &str,
        parts: usize,
        preview: &mut Preview,
        retry: &mut Retry<'_>,
    ) -> Result<Option<Post>, Error> {
        let Identity { account_id, id, answers, .. } = self.identity;
        let event_id = self.message.event_id.as_deref().unwrap_or_default();
        let kind = self.deliverer.unsettled.with(event_id, |turn| turn.message.conversation.kind);
        let answer = Answer {
            message: self.message,
            first: text,
            parts,
            channel_id: &receipt.channel_id,
            root_id: receipt.thread_root_id.as_deref().unwrap_or_default(),
            direct: kind == Some(ChatKind::Direct),
        };
        let Some(shown) = preview.fits(&answer) else { return Ok(None) };
        let props = self.marks.props(account_id, id, (0, parts), answers);
        let post = seal(self.client, self.brake, retry, &shown, (text, parts), props).await?;
        if post.is_some() {
            preview.became();
        }
        Ok(post)
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

/// One more post of the message stands.
fn note(receipt: &mut Receipt, post: &Post) {
    if receipt.message_ids.is_empty() {
        receipt.message_id.clone_from(&post.id);
        receipt.sent_at_ms = post.create_at;
    }
    receipt.message_ids.push(post.id.clone());
}

/// Servers answer alike for a channel that does not exist and one that the bot is not in.
pub(crate) fn unknown_channel(channel_id: &str, mut error: Error) -> Error {
    error.message = format!(
        "the channel {channel_id} does not exist, or the bot is not a member of it: add the bot to the channel ({})",
        error.message
    );
    error.at("target")
}

/// A message that shows nothing is a mistake.
fn refuse_nothing(message: &Outbound) -> Result<(), Error> {
    let card = Card::read(message)?;
    if !card.text(&message.text).trim().is_empty() || !message.media.is_empty() || !card.buttons.is_empty() {
        return Ok(());
    }
    let (field, told) = match card.left_out.first() {
        Some(left_out) => {
            let field = if left_out.starts_with("presentation") { "presentation" } else { "buttons" };
            (field, format!("none of the buttons can be shown, and there is no text: {left_out}"))
        }
        None => ("text", "the message is empty: text has nothing to show".to_owned()),
    };
    Err(Error::invalid(told).at(field))
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
pub(super) async fn root_id(
    client: &Client,
    message: &Outbound,
    channel_id: &str,
) -> Result<Option<String>, Error> {
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
