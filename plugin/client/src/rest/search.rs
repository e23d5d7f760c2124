//! Looking for posts by their text.

use serde_json::json;

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::PostList;

impl Client {
    /// One page of the posts of a team, and of the account's direct and group messages, that fit `terms` as people write
    /// them into the search box (`in:`, `from:` and quotes included), newest first; only channels that the account is a
    /// member of. Pages count from 0 and hold at most 100; servers that search in their database have one page only.
    /// `POST /teams/{team}/posts/search`.
    ///
    /// # Errors
    ///
    /// 400 for terms without a word, 403 for a team that the account does not belong to, 501 where searching is switched
    /// off.
    pub async fn search_posts(
        &self,
        team_id: &str,
        terms: &str,
        page: u32,
        per_page: u32,
    ) -> Result<PostList, Error> {
        let body = json!({ "terms": terms, "is_or_search": false, "page": page, "per_page": per_page });
        let route = Route::new(Method::Post, "teams").segment("team id", team_id)?;
        self.json(route.literal("posts").literal("search").json(&body)?).await
    }
}
