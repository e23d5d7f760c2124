//! One channel's posts, page by page, oldest first.

use super::task::Limits;
use crate::intake::Job;
use mattermost_client::model::{Post, PostList};
use mattermost_client::{Error, ErrorKind, PostsQuery};

/// Posts of a page; the most that a server gives.
const PER_PAGE: u32 = 200;
/// Pages that are read beyond the newest when nothing says where to begin.
const MOST_BACK: usize = 50;

/// Where pages of posts come from.
pub trait Source: Sync {
    /// A page of a channel's posts.
    fn posts(
        &self,
        channel_id: &str,
        query: &PostsQuery,
    ) -> impl Future<Output = Result<PostList, Error>> + Send;
}

/// Where the posts of a page go.
pub trait Sink: Send {
    /// Take posts, oldest first. False: nobody wants more.
    fn take(&mut self, posts: Vec<Post>) -> impl Future<Output = bool> + Send;
}

/// Read a channel from where its job says to its end. The number of posts that were left out because of the limits.
///
/// # Errors
/// What repeating does not change: the channel may not be read any more.
pub async fn read(
    source: &impl Source,
    job: &Job,
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<u64, Error> {
    if !job.anchor.is_empty()
        && let Some(skipped) = forward(source, job, limits, sink).await?
    {
        return Ok(skipped);
    }
    backward(source, job, limits, sink).await
}

/// Upwards from the anchor. `None` when the answer proves nothing: a server says the same of an anchor that it does not
/// have (any more) as of one that is the newest post, so an empty first page counts for nothing.
async fn forward(
    source: &impl Source,
    job: &Job,
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<Option<u64>, Error> {
    let (mut anchor, mut page, mut read, mut first) = (job.anchor.clone(), 0, 0, true);
    let mut size = PER_PAGE;
    loop {
        let query = PostsQuery { after: Some(anchor.clone()), page: Some(page), ..PostsQuery::default() };
        let Some(posts) = one(source, job, query, &mut size).await? else {
            page = 0;
            continue;
        };
        if first && posts.is_empty() && !cfg!(feature = "mutate-anchor-proof") {
            return Ok(None);
        }
        first = false;
        let full = posts.len() >= size as usize;
        read += posts.len() as u64;
        let next = boundary(posts.iter().rev());
        if !sink.take(posts).await || !full {
            return Ok(Some(0));
        }
        if read >= limits.posts {
            tracing::warn!(channel = %job.channel.id, read, "more was missed than catchUp.maxPosts allows to read; the rest is left out");
            return Ok(Some(1));
        }
        match next {
            Some(post) if post != anchor => (anchor, page) = (post, 0),
            // A whole page of the same moment: only its number leads on.
            _ => page += 1,
        }
    }
}

/// Downwards from the newest to the time that the job names; given on oldest first.
async fn backward(
    source: &impl Source,
    job: &Job,
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<u64, Error> {
    let mut pages: Vec<Vec<Post>> = Vec::new();
    let (mut before, mut page, mut read, mut skipped) = (None, 0, 0, 0);
    let mut size = PER_PAGE;
    loop {
        let query = PostsQuery { before: before.clone(), page: Some(page), ..PostsQuery::default() };
        let Some(posts) = one(source, job, query, &mut size).await? else {
            page = 0;
            continue;
        };
        let full = posts.len() >= size as usize;
        let enough = posts.first().is_none_or(|oldest| oldest.create_at < job.from);
        read += posts.len() as u64;
        let next = boundary(posts.iter());
        pages.push(posts);
        if enough || !full {
            break;
        }
        if read >= limits.posts || pages.len() >= MOST_BACK * (PER_PAGE / size) as usize {
            tracing::warn!(channel = %job.channel.id, read, "more was missed than catchUp.maxPosts allows to read; the oldest are left out");
            skipped = 1;
            break;
        }
        match next {
            Some(post) if before.as_ref() != Some(&post) => (before, page) = (Some(post), 0),
            _ => page += 1,
        }
    }
    if job.newcomer {
        // The remark that the account came may stand on any page, and ends what is before it.
        pages = vec![pages.into_iter().rev().flatten().collect()];
    }
    for posts in pages.into_iter().rev() {
        if !sink.take(posts).await {
            break;
        }
    }
    Ok(skipped)
}

/// One page, oldest first. Posts may be so long that a page of them is more than any answer may be: then `None`, and the
/// next page is smaller. Page numbers count other pages then, so the caller begins with the first; posts that come again
/// are known.
async fn one(
    source: &impl Source,
    job: &Job,
    query: PostsQuery,
    size: &mut u32,
) -> Result<Option<Vec<Post>>, Error> {
    let query = PostsQuery { per_page: Some(*size), ..query };
    match source.posts(&job.channel.id, &query).await {
        Ok(list) => Ok(Some(list.oldest_first().cloned().collect())),
        Err(error) if *size > 1 && matches!(error.kind(), ErrorKind::TooLarge { .. }) => {
            *size = (*size / 4).max(1);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The post to go on from, given the posts from the end that was read last: not the very last, since others may have
/// its time and the server leaves those out, but the one before that has another time.
fn boundary<'a>(mut from_the_end: impl Iterator<Item = &'a Post>) -> Option<String> {
    let last = from_the_end.next()?;
    from_the_end.find(|post| post.create_at != last.create_at).map(|post| post.id.clone())
}
