//! Posts: writing, changing, reading a channel or a thread.

use std::time::Duration;

use serde::Serialize;

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::{Post, PostList, Props};

/// A post to be made.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NewPost {
    /// Where.
    pub channel_id: String,
    /// Markdown, at most 16383 characters. May be empty when there are files or attachments.
    pub message: String,
    /// The first post of the thread to reply in; not a reply of it. Empty for a post of its own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub root_id: String,
    /// Uploaded files, at most 10. A file that is already attached elsewhere is silently left out: compare with
    /// [`Post::file_ids`] of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_ids: Vec<String>,
    /// Free-form properties, `attachments` among them.
    #[serde(skip_serializing_if = "Props::is_empty")]
    pub props: Props,
    /// An id of the sender's choice. For 30 seconds the server answers another post with the same id with the
    /// first one, whoever sends it: it must be unguessable. Empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pending_post_id: String,
}

impl NewPost {
    /// A post with nothing but a text.
    #[must_use]
    pub fn new(channel_id: impl Into<String>, message: impl Into<String>) -> Self {
        Self { channel_id: channel_id.into(), message: message.into(), ..Self::default() }
    }
}

/// What to change of a post; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PostPatch {
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// All the new properties: those that are not named are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props: Option<Props>,
    /// The new list of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_ids: Option<Vec<String>>,
    /// Whether it is pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_pinned: Option<bool>,
}

/// Which posts of a channel to read. Without `before`, `after` and `since`: the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostsQuery {
    /// Posts older than this id.
    pub before: Option<String>,
    /// Posts newer than this id. An id that the server does not have gives an empty list, not an error. Wins
    /// over `before`.
    pub after: Option<String>,
    /// Everything made, edited or deleted since this time in milliseconds since 1970, at most 1000. Not for
    /// paging.
    pub since: Option<i64>,
    /// From 0.
    pub page: Option<u32>,
    /// At most 200; the server's default is 60.
    pub per_page: Option<u32>,
}

/// Which part of a thread to read. The default is all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadQuery {
    /// How many replies; `None` for all.
    pub per_page: Option<u32>,
    /// Begin next to this post.
    pub from_post: Option<String>,
    /// The time of that post, in milliseconds since 1970.
    pub from_create_at: Option<i64>,
    /// Which way to go from there.
    pub direction: Option<ThreadDirection>,
}

/// Which way to read a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThreadDirection {
    /// Towards older posts.
    Up,
    /// Towards newer posts.
    Down,
}

impl Client {
    /// Makes a post. `POST /posts`.
    ///
    /// # Errors
    ///
    /// 403 when the account may not post there, also for an unknown channel; 400 for a text that is too long or
    /// a reply given as root. [`ErrorKind::AcceptedUnreadable`](crate::ErrorKind::AcceptedUnreadable) when the
    /// post stands but its id is unknown. After any error with
    /// [`outcome_is_unknown`](Error::outcome_is_unknown) look the post up before sending it again.
    pub async fn create_post(&self, post: &NewPost) -> Result<Post, Error> {
        self.make_post(Route::new(Method::Post, "posts").json(post)?).await
    }

    /// As [`Client::create_post`], given up after `limit`: connecting, sending and reading together.
    ///
    /// # Errors
    ///
    /// As [`Client::create_post`].
    pub async fn create_post_within(&self, post: &NewPost, limit: Duration) -> Result<Post, Error> {
        self.make_post(Route::new(Method::Post, "posts").json(post)?.timeout(limit)).await
    }

    async fn make_post(&self, route: Route) -> Result<Post, Error> {
        let request = route.request_line();
        let response = self.send(route).await?;
        let status = response.status();
        let accepted = |error: Error| error.into_accepted(status.as_u16());
        let post: Post = self.read_json(response, &request).await.map_err(accepted)?;
        if post.id.trim().is_empty() {
            return Err(accepted(self.unreadable(status, "it has no id").at(&request)));
        }
        Ok(post)
    }

    /// A post. `GET /posts/{id}`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn post(&self, id: &str) -> Result<Post, Error> {
        self.json(Route::new(Method::Get, "posts").segment("post id", id)?).await
    }

    /// Changes a post and keeps what the patch does not name. `PUT /posts/{id}/patch`.
    ///
    /// # Errors
    ///
    /// 403 for the post of another user and, on newer servers, for a deleted one; else 404.
    pub async fn patch_post(&self, id: &str, patch: &PostPatch) -> Result<Post, Error> {
        self.json(Route::new(Method::Put, "posts").segment("post id", id)?.literal("patch").json(patch)?)
            .await
    }

    /// Deletes a post, and its whole thread when it is the first of one. `DELETE /posts/{id}`.
    ///
    /// # Errors
    ///
    /// 403 or 404 for a post that is not there or not the account's own.
    pub async fn delete_post(&self, id: &str) -> Result<(), Error> {
        self.execute(Route::new(Method::Delete, "posts").segment("post id", id)?).await
    }

    /// One page of a channel's posts. `GET /channels/{id}/posts`.
    ///
    /// # Errors
    ///
    /// 403 for a channel that the account may not see.
    pub async fn channel_posts(&self, channel_id: &str, query: &PostsQuery) -> Result<PostList, Error> {
        let mut route =
            Route::new(Method::Get, "channels").segment("channel id", channel_id)?.literal("posts");
        if let Some(before) = &query.before {
            route = route.query("before", before);
        }
        if let Some(after) = &query.after {
            route = route.query("after", after);
        }
        if let Some(since) = query.since {
            route = route.query("since", since);
        }
        if let Some(page) = query.page {
            route = route.query("page", page);
        }
        if let Some(per_page) = query.per_page {
            route = route.query("per_page", per_page);
        }
        if query.since.is_none() {
            // Without it a page around a post has the whole threads of all its posts, as long as they may be. Servers
            // that do not know it ignore it.
            route = route.query("skipFetchThreads", true);
        }
        self.json(route).await
    }

    /// A whole thread, by any of its posts. `GET /posts/{id}/thread`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn thread(&self, post_id: &str) -> Result<PostList, Error> {
        self.thread_page(post_id, &ThreadQuery::default()).await
    }

    /// A part of a thread, by any of its posts; its first post is always among the answer's `posts`. Servers
    /// before 5.29 ignore the query and answer with all of it. `GET /posts/{id}/thread`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown or deleted post, 403 for one that the account may not see.
    pub async fn thread_page(&self, post_id: &str, query: &ThreadQuery) -> Result<PostList, Error> {
        let mut route = Route::new(Method::Get, "posts").segment("post id", post_id)?.literal("thread");
        if let Some(per_page) = query.per_page {
            route = route.query("perPage", per_page);
        }
        if let Some(direction) = query.direction {
            let direction = match direction {
                ThreadDirection::Up => "up",
                ThreadDirection::Down => "down",
            };
            route = route.query("direction", direction);
        }
        if let Some(from_post) = &query.from_post {
            route = route.query("fromPost", from_post);
        }
        if let Some(from_create_at) = query.from_create_at {
            route = route.query("fromCreateAt", from_create_at);
        }
        self.json(route).await
    }
}
