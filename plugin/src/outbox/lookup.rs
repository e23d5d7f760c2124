//! What of a delivery stands on the server already.

use super::marks::Mark;
use crate::brake::Brake;
use mattermost_client::model::{Post, PostList};
use mattermost_client::{Client, Error, ErrorKind, PostsQuery};
use std::collections::BTreeMap;

/// Posts of a page; the most that a server gives.
const PER_PAGE: u32 = 200;
/// Pages that are looked through at most.
const MOST_PAGES: u32 = 50;
/// Pages that are looked through whatever the times say: clocks may differ.
const LEAST_PAGES: u32 = 2;
/// The server's clock may be this much behind ours. Milliseconds.
const SKEW: i64 = 10 * 60 * 1000;

/// Looks for the posts of one delivery.
pub(super) struct Lookup<'a> {
    pub client: &'a Client,
    pub brake: &'a Brake,
    pub channel_id: &'a str,
    /// What the marks of its posts call the delivery.
    pub delivery: String,
    /// Who posted it: others may copy a mark that they see. `None`: not known yet.
    pub author: Option<String>,
    /// The post that it answers: its own posts come after it.
    pub question: Option<String>,
    /// Its posts are not older, in milliseconds since 1970.
    pub since: i64,
}

impl Lookup<'_> {
    /// The parts that stand on the server.
    ///
    /// # Errors
    /// The server's: then nothing is known.
    pub(super) async fn parts(&self) -> Result<BTreeMap<usize, Post>, Error> {
        match &self.question {
            Some(question) => {
                // A question that is gone answers like one that is the newest post: then the newest ones are looked at.
                if let Some(found) = self.after(question).await? {
                    return Ok(found);
                }
                self.newest().await
            }
            None => self.newest().await,
        }
    }

    async fn page(&self, query: PostsQuery) -> Result<PostList, Error> {
        self.part_of_a_page(query, PER_PAGE).await
    }

    /// Posts may be so long that a page of them is more than any answer may be: then it is read in smaller pages.
    async fn part_of_a_page(&self, query: PostsQuery, per_page: u32) -> Result<PostList, Error> {
        self.brake.ready().await;
        let query = PostsQuery { per_page: Some(per_page), ..query };
        let error = match self.client.channel_posts(self.channel_id, &query).await {
            Ok(list) => return Ok(list),
            Err(error) => error,
        };
        self.brake.heed(&error);
        let smaller = match per_page {
            PER_PAGE => 25,
            25 => 5,
            _ => 1,
        };
        if per_page == 1 || !matches!(error.kind(), ErrorKind::TooLarge { .. }) {
            return Err(error);
        }
        let (mut whole, parts) = (PostList::default(), per_page / smaller);
        for part in 0..parts {
            let page = query.page.unwrap_or_default() * parts + part;
            let query = PostsQuery { page: Some(page), ..query.clone() };
            let list = Box::pin(self.part_of_a_page(query, smaller)).await?;
            whole.order.extend(list.order);
            whole.posts.extend(list.posts);
        }
        Ok(whole)
    }

    /// Pick out the posts of the delivery. True when it is whole.
    fn ours(&self, list: &PostList, found: &mut BTreeMap<usize, Post>) -> bool {
        for post in list.oldest_first() {
            if self.author.as_ref().is_some_and(|author| *author != post.user_id) {
                continue;
            }
            if let Some(mark) = Mark::of(post).filter(|mark| mark.delivery == self.delivery) {
                found.entry(mark.part).or_insert_with(|| post.clone());
            }
        }
        // It may have been cut again in other places.
        let parts = found.values().filter_map(Mark::of).map(|mark| mark.parts).max();
        parts.is_some_and(|parts| found.len() >= parts)
    }

    /// Upwards from the question, where the answer is near. `None` when nothing came after it.
    async fn after(&self, question: &str) -> Result<Option<BTreeMap<usize, Post>>, Error> {
        let mut found = BTreeMap::new();
        for page in 0..MOST_PAGES {
            let query =
                PostsQuery { after: Some(question.to_owned()), page: Some(page), ..PostsQuery::default() };
            let list = self.page(query).await?;
            if page == 0 && list.order.is_empty() {
                return Ok(None);
            }
            if self.ours(&list, &mut found) || list.order.len() < PER_PAGE as usize {
                break;
            }
        }
        Ok(Some(found))
    }

    /// Downwards from the newest post.
    async fn newest(&self) -> Result<BTreeMap<usize, Post>, Error> {
        let mut found = BTreeMap::new();
        for page in 0..MOST_PAGES {
            let list = self.page(PostsQuery { page: Some(page), ..PostsQuery::default() }).await?;
            let whole = self.ours(&list, &mut found);
            let oldest = list.oldest_first().next().map_or(0, |post| post.create_at);
            let old_enough = page + 1 >= LEAST_PAGES && oldest < self.since - SKEW;
            if whole || old_enough || list.order.len() < PER_PAGE as usize {
                break;
            }
        }
        Ok(found)
    }
}
