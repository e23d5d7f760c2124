//! The channel that a target means, asked of the server.

use super::target::Target;
use crate::account::Account;
use crate::error::from_client;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::Client;

/// The id of the channel that a target means. A direct channel is made when there is none yet.
pub(crate) async fn channel_id(account: &Account, client: &Client, target: &Target) -> Result<String, Error> {
    match target {
        Target::ChannelId(id) => Ok(id.clone()),
        Target::UserId(id) => direct(account, client, id).await,
        Target::Username(name) => match client.user_by_username(name).await {
            Ok(user) => direct(account, client, &user.id).await,
            Err(error) if error.is_not_found() => Err(nobody(&format!("there is no user @{name}"))),
            Err(error) => Err(from_client(&error)),
        },
        Target::ChannelName(name) => by_name(client, name).await,
        // A user's and a channel's id look the same; people mean people more often.
        Target::Id(id) => match client.user(id).await {
            Ok(user) => direct(account, client, &user.id).await,
            Err(error) if error.is_not_found() => Ok(id.clone()),
            Err(error) => Err(from_client(&error)),
        },
    }
}

fn nobody(message: &str) -> Error {
    Error::new(ErrorCode::NotFound, message).at("target")
}

async fn direct(account: &Account, client: &Client, user_id: &str) -> Result<String, Error> {
    let bot = account.bot().await?;
    let channel = client.create_direct_channel([&bot.id, user_id]).await.map_err(|error| {
        let mut told = from_client(&error);
        if error.status() == Some(400) || error.is_not_found() {
            told = nobody(&format!("there is no user with the id {user_id} ({})", told.message));
        }
        told
    })?;
    Ok(channel.id)
}

/// Channel names are unique in a team only; the bot's teams are tried in turn.
async fn by_name(client: &Client, name: &str) -> Result<String, Error> {
    let name = name.to_lowercase();
    let teams = client.teams_of_me().await.map_err(|error| from_client(&error))?;
    for team in &teams {
        match client.channel_by_name(&team.id, &name).await {
            Ok(channel) => return Ok(channel.id),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(from_client(&error)),
        }
    }
    let teams: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
    let teams = if teams.is_empty() { "the bot is in no team".to_owned() } else { teams.join(", ") };
    Err(nobody(&format!(
        "there is no channel #{name} that the bot can see in its teams ({teams}); \
         use the name from the channel's URL, and add the bot to private channels"
    )))
}
