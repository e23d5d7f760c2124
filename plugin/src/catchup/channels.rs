//! The channels of the account.

use mattermost_client::model::Channel;
use mattermost_client::{Client, Error};
use std::collections::HashMap;

/// Every channel that the account is in, direct and group messages included. `GET /users/me/channels`; servers before
/// 5.36 have no such route and are asked team by team.
///
/// # Errors
/// The server's.
pub async fn list(client: &Client) -> Result<Vec<Channel>, Error> {
    match client.my_channels().await {
        Err(error) if error.is_not_found() => {}
        listed => return listed,
    }
    let mut channels = HashMap::new();
    for team in client.teams_of_me().await? {
        for channel in client.my_channels_of_team(&team.id).await? {
            channels.insert(channel.id.clone(), channel);
        }
    }
    Ok(channels.into_values().collect())
}
