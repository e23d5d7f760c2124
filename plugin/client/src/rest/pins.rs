//! Posts that are pinned to their channel.

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::PostList;

impl Client {
    /// Pins a post to its channel; doing it twice changes nothing. `POST /posts/{id}/pin`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn pin_post(&self, post_id: &str) -> Result<(), Error> {
        self.execute(Route::new(Method::Post, "posts").segment("post id", post_id)?.literal("pin")).await
    }

    /// Takes the pin off a post; doing it twice changes nothing. `POST /posts/{id}/unpin`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn unpin_post(&self, post_id: &str) -> Result<(), Error> {
        self.execute(Route::new(Method::Post, "posts").segment("post id", post_id)?.literal("unpin")).await
    }

    /// All pinned posts of a channel. `GET /channels/{id}/pinned`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown channel, 403 for one that the account may not see.
    pub async fn pinned_posts(&self, channel_id: &str) -> Result<PostList, Error> {
        let route = Route::new(Method::Get, "channels").segment("channel id", channel_id)?;
        self.json(route.literal("pinned")).await
    }
}
