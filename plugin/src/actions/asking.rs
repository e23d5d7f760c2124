//! One action at work: its account, who asks, and the calls to the server under its brake.

use super::gates::Gate;
use super::rights::{self, Refused};
use crate::account::{Account, Accounts};
use crate::brake::Brakes;
use crate::config::AccountConfig;
use crate::directory::{self, Server};
use crate::error::from_client;
use crate::ids::is_id;
use crate::outbox::Target;
use host_sdk::protocol::{Caller, Error, ErrorCode};
use mattermost_client::Client;
use mattermost_client::model::{Channel, Post};
use std::sync::Arc;

/// A call that the server has no time for is made so often. Every one of them may be repeated.
const TRIES: u32 = 3;

/// Actions of one caller by one account.
pub(super) struct Asking {
    pub account: Arc<Account>,
    pub client: Client,
    pub caller: Caller,
    server: Server,
}

impl Asking {
    /// Begin: the account is there and usable, and the gate is open.
    pub fn begin(
        accounts: &Accounts,
        brakes: &Brakes,
        account_id: Option<&str>,
        caller: Caller,
        gate: Gate,
    ) -> Result<Self, Error> {
        let account = accounts.get(account_id)?;
        let server = Server::of(account.clone(), brakes)?;
        gate.pass(&account.config)?;
        Ok(Self { account, client: server.client.clone(), caller, server })
    }

    pub fn config(&self) -> &AccountConfig {
        &self.account.config
    }

    pub fn is_agent(&self) -> bool {
        matches!(self.caller, Caller::Agent { .. })
    }

    /// Make a call to the server, again when it asks to slow down.
    pub async fn call<T, F>(&self, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, mattermost_client::Error>>,
    {
        let mut tries = 1;
        loop {
            self.server.brake.ready().await;
            match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.server.brake.heed(&error);
                    if error.status() != Some(429) || tries == TRIES {
                        return Err(from_client(&error));
                    }
                    tries += 1;
                }
            }
        }
    }

    /// A channel as the server knows it.
    pub async fn channel(&self, id: &str) -> Result<Channel, Error> {
        self.call(|| self.client.channel(id)).await.map_err(|error| match error.code {
            ErrorCode::NotFound | ErrorCode::Forbidden => crate::outbox::unknown_channel(id, error),
            _ => error,
        })
    }

    /// The channel of an action about a channel, which the caller may reach.
    pub async fn place(&self, target: Option<&str>) -> Result<Channel, Error> {
        let given = target.map(str::trim).filter(|target| !target.is_empty());
        let channel = match (given, &self.caller) {
            (None, Caller::Agent { current }) => {
                let current = rights::conversation(self.config(), current.as_ref());
                self.channel(&current.map_err(|refused| refused.error(None))?.channel_id).await?
            }
            (None, Caller::Operator {}) => {
                return Err(Error::invalid("the channel is missing; write channel:<id> or #channel-name")
                    .at("target"));
            }
            (Some(text), _) => self.named(text).await?,
        };
        self.may_reach(&channel)?;
        Ok(channel)
    }

    /// The channel that a text means. A bare id is a channel's.
    async fn named(&self, text: &str) -> Result<Channel, Error> {
        let bare =
            text.get(..6).filter(|head| head.eq_ignore_ascii_case("group:")).and_then(|_| text.get(6..));
        let bare = bare.unwrap_or(text).trim();
        if is_id(bare) {
            return self.channel(bare).await;
        }
        match Target::parse(text)? {
            target @ (Target::UserId(_) | Target::Username(_)) if self.is_agent() => {
                self.own_direct(&target).await
            }
            target => {
                let resolved = directory::resolve(&self.server, &target).await?;
                let id = resolved.channel_id.ok_or_else(|| {
                    let words = resolved.words;
                    Error::new(ErrorCode::NotFound, format!("there is no conversation yet: {words}"))
                        .at("target")
                })?;
                self.channel(&id).await
            }
        }
    }

    /// An agent's own direct conversation, named by the person in it. No channel is made for it.
    async fn own_direct(&self, target: &Target) -> Result<Channel, Error> {
        let Caller::Agent { current } = &self.caller else { return Err(Refused::NoConversation.error(None)) };
        let current = rights::conversation(self.config(), current.as_ref());
        let id = &current.map_err(|refused| refused.error(None))?.channel_id;
        let channel = self.channel(id).await?;
        let user_id = match target {
            Target::Username(name) => self.call(|| self.client.user_by_username(name)).await?.id,
            Target::UserId(id) => id.clone(),
            _ => String::new(),
        };
        let bot = self.account.bot().await?;
        if rights::is_direct_of(&channel, &bot.id, &user_id) {
            return Ok(channel);
        }
        let told =
            "an agent names channels only: write channel:<id>, or the person of its own direct conversation";
        Err(Error::new(ErrorCode::Forbidden, told).at("target"))
    }

    /// The caller may reach this channel.
    pub fn may_reach(&self, channel: &Channel) -> Result<(), Error> {
        rights::reach(self.config(), &self.caller, channel)
            .map_err(|refused| refused.error(Some(&channel.id)))
    }

    /// The post of an action about a message, which stands where the caller says and may reach.
    pub async fn post(&self, id: &str, target: Option<&str>) -> Result<Post, Error> {
        let id = id.trim();
        if !is_id(id) {
            return Err(Error::invalid(
                "message_id is not the id of a post: 26 lower-case letters and digits",
            )
            .at("message_id"));
        }
        let given = target.map(str::trim).filter(|target| !target.is_empty());
        if let Caller::Agent { current } = &self.caller {
            // Nothing is asked for somebody who may ask nothing.
            rights::conversation(self.config(), current.as_ref()).map_err(|refused| refused.error(None))?;
        }
        let post = self.call(|| self.client.post(id)).await.map_err(|error| error.at("message_id"))?;
        if post.delete_at > 0 {
            return Err(
                Error::new(ErrorCode::NotFound, format!("the post {id} was deleted")).at("message_id")
            );
        }
        match &self.caller {
            Caller::Operator {} => {
                if let Some(target) = given {
                    let channel = self.named(target).await?;
                    if channel.id != post.channel_id {
                        return Err(elsewhere(&post.id, &channel.id));
                    }
                }
            }
            Caller::Agent { current } => {
                let here = current.as_ref().is_some_and(|current| current.channel_id == post.channel_id);
                match given {
                    // Which channel it is need not be asked.
                    None if here => {}
                    None => {
                        let current = current.as_ref().map(|current| current.channel_id.as_str());
                        return Err(elsewhere(&post.id, current.unwrap_or("?")));
                    }
                    Some(target) => {
                        self.agent_named(&post, target).await?;
                    }
                }
            }
        }
        Ok(post)
    }

    /// An agent says where the post stands: it must be right, and the agent must be allowed there.
    async fn agent_named(&self, post: &Post, target: &str) -> Result<(), Error> {
        let channel = match Target::parse(target)? {
            Target::ChannelId(id) | Target::Id(id) if id == post.channel_id => self.channel(&id).await?,
            Target::ChannelId(id) | Target::Id(id) => return Err(elsewhere(&post.id, &id)),
            Target::UserId(id) => {
                let (channel, bot) = (self.channel(&post.channel_id).await?, self.account.bot().await?);
                if !rights::is_direct_of(&channel, &bot.id, &id) {
                    return Err(Error::new(
                        ErrorCode::Forbidden,
                        format!(
                            "the post {} does not stand in the direct conversation with user:{id}",
                            post.id
                        ),
                    )
                    .at("message_id"));
                }
                channel
            }
            Target::ChannelName(_) | Target::Username(_) => {
                return Err(Error::invalid(
                    "an agent names the place of a message by channel:<id> or user:<id>",
                )
                .at("target"));
            }
        };
        self.may_reach(&channel)
    }

    /// The post is the bot's own, which is all that agents may change.
    pub async fn own(&self, post: &Post, what: &str) -> Result<(), Error> {
        if !self.is_agent() || self.account.bot().await?.id == post.user_id {
            return Ok(());
        }
        let told =
            format!("the post {} is not the bot's own: an agent may {what} only what the bot wrote", post.id);
        Err(Error::new(ErrorCode::Forbidden, told).at("message_id"))
    }
}

fn elsewhere(post_id: &str, channel_id: &str) -> Error {
    Error::new(ErrorCode::Forbidden, format!("the post {post_id} does not stand in channel:{channel_id}"))
        .at("message_id")
}
