//! Reactions.

use serde_json::json;

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::Reaction;

impl Client {
    /// Puts an emoji on a post; doing it twice changes nothing. `user_id` must be the token's own account.
    /// `POST /reactions`.
    ///
    /// # Errors
    ///
    /// 404 (400 on old servers) for an emoji that does not exist, 403 for a post that the account may not see.
    pub async fn add_reaction(&self, user_id: &str, post_id: &str, emoji_name: &str) -> Result<(), Error> {
        let body = json!({ "user_id": user_id, "post_id": post_id, "emoji_name": emoji_name });
        self.execute(Route::new(Method::Post, "reactions").json(&body)?).await
    }

    /// Takes an emoji off a post; doing it twice changes nothing.
    /// `DELETE /users/{user}/posts/{post}/reactions/{emoji}`.
    ///
    /// # Errors
    ///
    /// 403 for a post that the account may not see.
    pub async fn remove_reaction(&self, user_id: &str, post_id: &str, emoji_name: &str) -> Result<(), Error> {
        let route = Route::new(Method::Delete, "users").segment("user id", user_id)?;
        let route = route.literal("posts").segment("post id", post_id)?;
        self.execute(route.literal("reactions").segment("emoji name", emoji_name)?).await
    }

    /// Everybody's reactions to a post, oldest first. `GET /posts/{id}/reactions`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn reactions(&self, post_id: &str) -> Result<Vec<Reaction>, Error> {
        let route = Route::new(Method::Get, "posts").segment("post id", post_id)?.literal("reactions");
        // A post without any has `null`.
        Ok(self.json::<Option<Vec<Reaction>>>(route).await?.unwrap_or_default())
    }
}
