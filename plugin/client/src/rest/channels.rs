//! Channels.

use std::time::Duration;

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::{Channel, ChannelMember, ChannelStats};

impl Client {
    /// A channel. `GET /channels/{id}`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown id, 403 for a channel that the account may not see.
    pub async fn channel(&self, id: &str) -> Result<Channel, Error> {
        self.json(Route::new(Method::Get, "channels").segment("channel id", id)?).await
    }

    /// A channel by its name in URLs. `GET /teams/{team}/channels/name/{name}`.
    ///
    /// # Errors
    ///
    /// 404 when the team has no such channel, also for a private one that the account does not belong to.
    pub async fn channel_by_name(&self, team_id: &str, name: &str) -> Result<Channel, Error> {
        let route = Route::new(Method::Get, "teams").segment("team id", team_id)?;
        self.json(route.literal("channels").literal("name").segment("channel name", name)?).await
    }

    /// All channels of the account, of all teams, direct and group messages included. `GET /users/me/channels`.
    ///
    /// # Errors
    ///
    /// 404 on old servers, which have only [`Client::my_channels_of_team`].
    pub async fn my_channels(&self) -> Result<Vec<Channel>, Error> {
        self.json(Route::new(Method::Get, "users").literal("me").literal("channels")).await
    }

    /// The direct channel of two users, made if need be; asking again returns the same channel.
    /// `POST /channels/direct`.
    ///
    /// # Errors
    ///
    /// 400 for an unknown user.
    pub async fn create_direct_channel(&self, user_ids: [&str; 2]) -> Result<Channel, Error> {
        self.json(direct(user_ids)?).await
    }

    /// As [`Client::create_direct_channel`], with a time limit of its own.
    ///
    /// # Errors
    ///
    /// 400 for an unknown user.
    pub async fn create_direct_channel_within(
        &self,
        user_ids: [&str; 2],
        limit: Duration,
    ) -> Result<Channel, Error> {
        self.json(direct(user_ids)?.timeout(limit)).await
    }

    /// One page of a channel's members; pages count from 0 and hold at most 200.
    /// `GET /channels/{channel}/members`.
    ///
    /// # Errors
    ///
    /// 403 for a channel that the account may not see.
    pub async fn channel_members(
        &self,
        channel_id: &str,
        page: u32,
        per_page: u32,
    ) -> Result<Vec<ChannelMember>, Error> {
        let route = Route::new(Method::Get, "channels").segment("channel id", channel_id)?.literal("members");
        self.json(route.query("page", page).query("per_page", per_page)).await
    }

    /// A member of a channel. `GET /channels/{channel}/members/{user}`.
    ///
    /// # Errors
    ///
    /// 404 for somebody who is not in it, 403 for a channel that the account may not see.
    pub async fn channel_member(&self, channel_id: &str, user_id: &str) -> Result<ChannelMember, Error> {
        let route = Route::new(Method::Get, "channels").segment("channel id", channel_id)?.literal("members");
        self.json(route.segment("user id", user_id)?).await
    }

    /// How many people a channel has, and what is pinned. `GET /channels/{id}/stats`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown channel, 403 for one that the account may not see.
    pub async fn channel_stats(&self, id: &str) -> Result<ChannelStats, Error> {
        self.json(Route::new(Method::Get, "channels").segment("channel id", id)?.literal("stats")).await
    }
}

fn direct(user_ids: [&str; 2]) -> Result<Route, Error> {
    Route::new(Method::Post, "channels").literal("direct").json(&user_ids)
}
