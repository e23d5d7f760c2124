//! The channel that a target means, asked of the server.

use super::dm_retry::{Failed, Schedule, tries};
use super::retry::Retry;
use super::target::Target;
use crate::directory::{Opaque, Server, channel_by_name, not_the_bot, opaque, user_by_id, user_by_name};
use crate::error::from_client;
use host_sdk::protocol::{Error, ErrorCode};
use std::time::Duration;

/// Where a message goes.
pub(super) struct Place {
    /// The channel.
    pub channel_id: String,
    /// It was remembered from before: it may be wrong by now.
    pub remembered: bool,
}

/// Why there is no place.
pub(super) enum NoPlace {
    /// As any other call that failed.
    Failed(Error),
    /// A direct channel was tried as often as the configuration says.
    UsedUp(Error),
}

impl NoPlace {
    /// Why, for those who do not try again.
    pub(super) fn error(self) -> Error {
        match self {
            Self::Failed(error) | Self::UsedUp(error) => error,
        }
    }
}

impl From<Error> for NoPlace {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The channel that a target means. A direct channel is made when there is none yet.
pub(super) async fn place(server: &Server, target: &Target, retry: &Retry<'_>) -> Result<Place, NoPlace> {
    let names = &server.account.names;
    let user_id = match target {
        Target::ChannelId(id) => return Ok(Place { channel_id: id.clone(), remembered: false }),
        Target::ChannelName(name) => {
            if let Some(channel_id) = names.channel(name) {
                return Ok(Place { channel_id, remembered: true });
            }
            let (channel, _) = channel_by_name(server, name).await?;
            names.channel_is(name, &channel.id);
            return Ok(Place { channel_id: channel.id, remembered: false });
        }
        Target::Id(id) => {
            let remembered = names.opaque(id).is_some();
            match opaque(server, id).await? {
                Opaque::Channel => return Ok(Place { channel_id: id.clone(), remembered }),
                Opaque::User => id.clone(),
            }
        }
        Target::UserId(id) => id.clone(),
        Target::Username(name) => match names.user(name) {
            Some(id) => id,
            None => {
                let user = user_by_name(server, name).await?;
                names.user_is(name, &user.id);
                user.id
            }
        },
    };
    if let Some(channel_id) = names.direct(&user_id) {
        return Ok(Place { channel_id, remembered: true });
    }
    let known = !matches!(target, Target::UserId(_));
    let channel_id = open(server, &user_id, known, retry).await?;
    names.direct_is(&user_id, &channel_id);
    Ok(Place { channel_id, remembered: false })
}

/// The direct channel with a user. `known`: the server has said that there is this user.
async fn open(server: &Server, user_id: &str, known: bool, retry: &Retry<'_>) -> Result<String, NoPlace> {
    let bot = server.account.bot().await?;
    not_the_bot(&bot, user_id)?;
    if !known {
        match user_by_id(server, user_id).await {
            // Who may not look at people may still write to them.
            Err(error) if error.code == ErrorCode::Forbidden => {}
            found => drop(found?),
        }
    }
    let config = &server.account.config.dm_channel_retry;
    let attempt = || {
        let call = server.client.create_direct_channel_within([&bot.id, user_id], config.timeout);
        server.ask(call)
    };
    let pause = |wait: Duration, error: &mattermost_client::Error| {
        let told = from_client(error);
        async move {
            // The server's own wish to be left alone is the brake's; it may be longer.
            tracing::warn!(
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "a direct channel could not be opened, trying again: {told}"
            );
            retry.rest(wait, &told).await
        }
    };
    let opened = tries(Schedule::new(config), attempt, mattermost_client::Error::is_retryable, pause).await;
    match opened {
        Ok(channel) => Ok(channel.id),
        Err(Failed::Stopped(error)) => Err(NoPlace::Failed(error)),
        Err(Failed::UsedUp(error)) => Err(NoPlace::UsedUp(from_client(&error))),
        Err(Failed::Refused(error)) => {
            let refused = error.status() == Some(400) || error.is_not_found();
            let mut told = from_client(&error);
            if refused {
                told.message = format!("no direct channel with the user {user_id} ({})", told.message);
                told = told.at("target");
            }
            Err(NoPlace::Failed(told))
        }
    }
}
