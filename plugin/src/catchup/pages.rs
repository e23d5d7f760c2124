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
    let mut per_page = PER_PAGE;
    loop {
        let query = PostsQuery {
            after: Some(anchor.clone()),
            page: Some(page),
            per_page: Some(per_page),
            ..PostsQuery::default()
        };
        let list = match source.posts(&job.channel.id, &query).await {
            Err(error) if is_too_large(&error) && per_page > 1 => {
                // Page numbers count other pages now: those that were read come again and are known.
                (per_page, page) = (per_page / 4, 0);
                per_page = per_page.max(1);
                continue;
            }
            list => list?,
        };
        let posts = posts(&list);
        if first && posts.is_empty() && !cfg!(feature = "mutate-anchor-proof") {
            return Ok(None);
        }
        first = false;
        let full = posts.len() >= per_page as usize;
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
    let mut per_page = PER_PAGE;
    loop {
        let query = PostsQuery {
            before: before.clone(),
            page: Some(page),
            per_page: Some(per_page),
            ..PostsQuery::default()
        };
        let list = match source.posts(&job.channel.id, &query).await {
            Err(error) if is_too_large(&error) && per_page > 1 => {
                (per_page, page) = (per_page / 4, 0);
                per_page = per_page.max(1);
                continue;
            }
            list => list?,
        };
        let posts = posts(&list);
        let full = posts.len() >= per_page as usize;
        let enough = posts.first().is_none_or(|oldest| oldest.create_at < job.from);
        read += posts.len() as u64;
        let next = boundary(posts.iter());
        pages.push(posts);
        if enough || !full {
            break;
        }
        if read >= limits.posts || pages.len() >= MOST_BACK * (PER_PAGE / per_page) as usize {
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

/// Posts may be so long that a page of them is more than any answer may be: then smaller pages are asked for.
fn is_too_large(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::TooLarge { .. })
}

/// The posts of a page, oldest first.
fn posts(list: &PostList) -> Vec<Post> {
    list.oldest_first().cloned().collect()
}

/// The post to go on from, given the posts from the end that was read last: not the very last, since others may have
/// its time and the server leaves those out, but the one before that has another time.
fn boundary<'a>(mut from_the_end: impl Iterator<Item = &'a Post>) -> Option<String> {
    let last = from_the_end.next()?;
    from_the_end.find(|post| post.create_at != last.create_at).map(|post| post.id.clone())
}
