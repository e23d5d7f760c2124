//! What an agent may reach. Pure: who asks, and what the server said of the channel, go in.

use crate::config::{AccountConfig, GroupPolicy, canonical_id};
use host_sdk::protocol::{Caller, CurrentConversation, Error, ErrorCode};
use mattermost_client::model::{Channel, ChannelType};

/// Why an agent may not reach a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It works for no conversation.
    NoConversation,
    /// Its conversation is another account's.
    OtherAccount,
    /// Other people's direct and group messages.
    Private,
    /// The policy does not open the channel.
    NotListed,
    /// The policy is `disabled`.
    Disabled,
}

impl Refused {
    /// The error that the host is told; with the channel, where one was named.
    #[must_use]
    pub fn error(self, channel_id: Option<&str>) -> Error {
        let why = match self {
            Self::NoConversation => {
                "the agent works for no conversation; pass `current` of the message that it answers"
            }
            Self::OtherAccount => "the agent's conversation belongs to another account",
            Self::Private => "other people's direct and group messages are closed to agents",
            Self::NotListed => {
                "other channels are open to agents only where groupPolicy is \"open\" or groups names them"
            }
            Self::Disabled => "groupPolicy is \"disabled\"",
        };
        let place = channel_id.map_or_else(|| "this".to_owned(), |id| format!("channel:{id}"));
        Error::new(ErrorCode::Forbidden, format!("the agent may not reach {place}: {why}")).at("target")
    }
}

/// The conversation that an agent works for.
///
/// # Errors
/// There is none, or it is another account's.
pub fn conversation<'a>(
    account: &AccountConfig,
    current: Option<&'a CurrentConversation>,
) -> Result<&'a CurrentConversation, Refused> {
    let current = current.ok_or(Refused::NoConversation)?;
    if canonical_id(&current.account_id) == account.id { Ok(current) } else { Err(Refused::OtherAccount) }
}

/// Whether somebody may reach a channel.
///
/// # Errors
/// Why an agent may not.
pub fn reach(account: &AccountConfig, caller: &Caller, channel: &Channel) -> Result<(), Refused> {
    let Caller::Agent { current } = caller else { return Ok(()) };
    if conversation(account, current.as_ref())?.channel_id == channel.id {
        return Ok(());
    }
    if !matches!(channel.channel_type, ChannelType::Public | ChannelType::Private) {
        return Err(Refused::Private);
    }
    let listed = &account.actions.listed_channels;
    match account.policies.group {
        GroupPolicy::Disabled => Err(Refused::Disabled),
        GroupPolicy::Open => Ok(()),
        GroupPolicy::Allowlist if listed.contains(&channel.id) || listed.contains("*") => Ok(()),
        GroupPolicy::Allowlist => Err(Refused::NotListed),
    }
}

/// Whether a channel is the direct one of these two.
#[must_use]
pub fn is_direct_of(channel: &Channel, one: &str, other: &str) -> bool {
    let Some((a, b)) = channel.name.split_once("__") else { return false };
    channel.channel_type == ChannelType::Direct && ((a, b) == (one, other) || (b, a) == (one, other))
}
