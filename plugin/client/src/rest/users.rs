//! Users.

use serde_json::json;

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::User;

impl Client {
    /// The account of the token. `GET /users/me`.
    ///
    /// # Errors
    ///
    /// 401 for a token that is wrong, revoked, or of a disabled account.
    pub async fn me(&self) -> Result<User, Error> {
        self.json(Route::new(Method::Get, "users").literal("me")).await
    }

    /// A user. `GET /users/{id}`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown id.
    pub async fn user(&self, id: &str) -> Result<User, Error> {
        self.json(Route::new(Method::Get, "users").segment("user id", id)?).await
    }

    /// A user by name, without the `@`. `GET /users/username/{name}`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown name.
    pub async fn user_by_username(&self, name: &str) -> Result<User, Error> {
        self.json(Route::new(Method::Get, "users").literal("username").segment("user name", name)?).await
    }

    /// Several users at once; unknown ids are left out. `POST /users/ids`.
    ///
    /// # Errors
    ///
    /// 400 for an empty list.
    pub async fn users_by_ids(&self, ids: &[impl AsRef<str>]) -> Result<Vec<User>, Error> {
        let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
        self.json(Route::new(Method::Post, "users").literal("ids").json(&ids)?).await
    }

    /// Users whose names begin with or contain `term`, within a team when one is given. `POST /users/search`.
    ///
    /// # Errors
    ///
    /// 400 for an empty term.
    pub async fn search_users(&self, term: &str, team_id: Option<&str>) -> Result<Vec<User>, Error> {
        let body = match team_id {
            Some(team_id) => json!({ "term": term, "team_id": team_id }),
            None => json!({ "term": term }),
        };
        self.json(Route::new(Method::Post, "users").literal("search").json(&body)?).await
    }

    /// Shows "is typing" in a channel, or in a thread when `parent_id` names its root, for about five seconds.
    /// `POST /users/me/typing`.
    ///
    /// # Errors
    ///
    /// 404 on servers before 5.26: there only the WebSocket can do it.
    pub async fn typing(&self, channel_id: &str, parent_id: Option<&str>) -> Result<(), Error> {
        let body = match parent_id {
            Some(parent_id) => json!({ "channel_id": channel_id, "parent_id": parent_id }),
            None => json!({ "channel_id": channel_id }),
        };
        self.execute(Route::new(Method::Post, "users").literal("me").literal("typing").json(&body)?).await
    }
}
