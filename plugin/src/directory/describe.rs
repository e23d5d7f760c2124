//! What a target is on the server. Nothing is made for it.

use super::find::{active, channel_by_name, teams, user_by_id, user_by_name};
use super::names::Opaque;
use super::server::Server;
use crate::catchup;
use crate::error::from_client;
use crate::outbox::{Target, unknown_channel};
use host_sdk::protocol::{BotIdentity, DirectoryKind, Error, ResolvedTarget};
use mattermost_client::model::{Channel, ChannelType, Team, User};

/// What a target is.
///
/// # Errors
/// At `target` when it is nobody, nothing or more than one; the server's.
pub(crate) async fn resolve(server: &Server, target: &Target) -> Result<ResolvedTarget, Error> {
    match target {
        Target::UserId(id) => person(server, user_by_id(server, id).await?).await,
        Target::Username(name) => person(server, user_by_name(server, name).await?).await,
        Target::ChannelId(id) => channel_with(server, id).await,
        Target::ChannelName(name) => {
            let (channel, team) = channel_by_name(server, name).await?;
            conversation(server, channel, team).await
        }
        Target::Id(id) => match opaque(server, id).await? {
            Opaque::User => person(server, user_by_id(server, id).await?).await,
            Opaque::Channel => channel_with(server, id).await,
        },
    }
}

/// What a bare id is: a user's, when there is a user with it, for people mean people more often.
///
/// # Errors
/// At `target` for a user who is deactivated; the server's, when it may answer later: a message for a user must not go to a
/// channel that there is not.
pub(crate) async fn opaque(server: &Server, id: &str) -> Result<Opaque, Error> {
    let names = &server.account.names;
    if let Some(what) = names.opaque(id) {
        return Ok(what);
    }
    match server.ask(server.client.user(id)).await {
        Ok(user) => {
            active(user)?;
            names.is(id, Opaque::User);
            return Ok(Opaque::User);
        }
        Err(error) if error.is_not_found() => {}
        Err(error) if error.is_retryable() || error.is_unauthorized() => return Err(from_client(&error)),
        Err(_) => return Ok(Opaque::Channel),
    }
    if server.ask(server.client.channel(id)).await.is_ok() {
        names.is(id, Opaque::Channel);
    }
    Ok(Opaque::Channel)
}

async fn channel_with(server: &Server, id: &str) -> Result<ResolvedTarget, Error> {
    match server.ask(server.client.channel(id)).await {
        Ok(channel) => {
            let team = match channel.team_id.as_str() {
                "" => None,
                id => teams(server).await?.into_iter().find(|team| team.id == id),
            };
            conversation(server, channel, team).await
        }
        Err(error) if error.is_not_found() || error.status() == Some(403) => {
            Err(unknown_channel(id, from_client(&error)))
        }
        Err(error) => Err(from_client(&error)),
    }
}

/// A user, and the direct channel if there is one.
async fn person(server: &Server, user: User) -> Result<ResolvedTarget, Error> {
    let bot = server.account.bot().await?;
    not_the_bot(&bot, &user.id)?;
    let channel_id = match server.account.names.direct(&user.id) {
        Some(id) => Some(id),
        None => {
            let listed = server.ask(catchup::list(&server.client)).await;
            let channels = listed.map_err(|error| from_client(&error))?;
            let with = |channel: &Channel| other(channel, &bot.id).is_some_and(|id| id == user.id);
            channels.into_iter().find(with).map(|channel| channel.id)
        }
    };
    Ok(direct(server, &user, channel_id))
}

/// The bot has nothing to say to itself.
pub(crate) fn not_the_bot(bot: &BotIdentity, user_id: &str) -> Result<(), Error> {
    if bot.id != user_id {
        return Ok(());
    }
    Err(Error::invalid(format!("the target is the bot itself, @{}; write to somebody else", bot.username))
        .at("target"))
}

fn direct(server: &Server, user: &User, channel_id: Option<String>) -> ResolvedTarget {
    ResolvedTarget {
        account_id: server.account.config.id.clone(),
        kind: DirectoryKind::User,
        id: format!("user:{}", user.id),
        channel_id,
        name: user.username.clone(),
        handle: shown_name(user),
        team: None,
        words: format!("@{} (direct)", user.username),
    }
}

async fn conversation(
    server: &Server,
    channel: Channel,
    team: Option<Team>,
) -> Result<ResolvedTarget, Error> {
    if channel.channel_type == ChannelType::Direct {
        let bot = server.account.bot().await?;
        if let Some(id) = other(&channel, &bot.id) {
            let user = server.ask(server.client.user(&id)).await.map_err(|error| from_client(&error))?;
            return Ok(direct(server, &user, Some(channel.id)));
        }
    }
    let words = match (&team, &channel.channel_type) {
        (Some(team), _) => format!("#{} in team {}", channel.name, team.name),
        (None, ChannelType::Group) => format!("{} (group message)", channel.display_name),
        (None, _) => format!("#{}", channel.name),
    };
    let kind = match channel.channel_type {
        ChannelType::Private | ChannelType::Group => DirectoryKind::Group,
        _ => DirectoryKind::Channel,
    };
    Ok(ResolvedTarget {
        account_id: server.account.config.id.clone(),
        kind,
        id: format!("channel:{}", channel.id),
        handle: Some(channel.display_name).filter(|shown| !shown.is_empty() && *shown != channel.name),
        channel_id: Some(channel.id),
        name: channel.name,
        team: team.map(|team| team.name),
        words,
    })
}

/// The name that people see, when there is another one than the user name.
pub(super) fn shown_name(user: &User) -> Option<String> {
    let full = format!("{} {}", user.first_name.trim(), user.last_name.trim());
    let names = [full.trim(), user.nickname.trim()];
    names.into_iter().find(|name| !name.is_empty() && *name != user.username).map(str::to_owned)
}

/// With whom a direct channel is: its name is both ids.
fn other(channel: &Channel, bot_id: &str) -> Option<String> {
    if channel.channel_type != ChannelType::Direct {
        return None;
    }
    let (one, two) = channel.name.split_once("__")?;
    match (one == bot_id, two == bot_id) {
        (true, _) => Some(two.to_owned()),
        (_, true) => Some(one.to_owned()),
        _ => None,
    }
}
