//! Teams and their members.

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::{Channel, Team, TeamMember};

impl Client {
    /// The teams of the token's account. `GET /users/me/teams`.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind).
    pub async fn teams_of_me(&self) -> Result<Vec<Team>, Error> {
        self.json(Route::new(Method::Get, "users").literal("me").literal("teams")).await
    }

    /// The account's channels of one team, with its direct and group messages. Works on every server version.
    /// `GET /users/me/teams/{team}/channels`.
    ///
    /// # Errors
    ///
    /// 403 for a team that the account does not belong to.
    pub async fn my_channels_of_team(&self, team_id: &str) -> Result<Vec<Channel>, Error> {
        let route = Route::new(Method::Get, "users").literal("me").literal("teams");
        self.json(route.segment("team id", team_id)?.literal("channels")).await
    }

    /// One page of a team's members; pages count from 0 and hold at most 200.
    /// `GET /teams/{team}/members`.
    ///
    /// # Errors
    ///
    /// 403 for a team that the account does not belong to.
    pub async fn team_members(
        &self,
        team_id: &str,
        page: u32,
        per_page: u32,
    ) -> Result<Vec<TeamMember>, Error> {
        let route = Route::new(Method::Get, "teams").segment("team id", team_id)?.literal("members");
        self.json(route.query("page", page).query("per_page", per_page)).await
    }

    /// One page of a team's public channels; pages count from 0 and hold at most 200.
    /// `GET /teams/{team}/channels`.
    ///
    /// # Errors
    ///
    /// 403 for a team that the account does not belong to.
    pub async fn team_channels(
        &self,
        team_id: &str,
        page: u32,
        per_page: u32,
    ) -> Result<Vec<Channel>, Error> {
        let route = Route::new(Method::Get, "teams").segment("team id", team_id)?.literal("channels");
        self.json(route.query("page", page).query("per_page", per_page)).await
    }
}
