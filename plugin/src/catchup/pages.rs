//! One channel's posts, page by page, oldest first.

use super::task::Limits;
use crate::intake::Job;
use mattermost_client::model::{Post, PostList};
use mattermost_client::{Error, ErrorKind, PostsQuery};

/// Posts of a page; the most that a server gives.
const PER_PAGE: u32 = 200;
/// Pages that are read beyond the newest when nothing says where to begin.
const MOST_BACK: usize = 50;
/// Pages of those that are kept at the same time; what was let go on the way down is read again on the way up.
const KEPT: usize = 3;

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
        && let Some(skipped) = forward(source, job, job.anchor.clone(), limits.posts, sink).await?
    {
        return Ok(skipped);
    }
    // The remark that the account came may stand on any page, and ends what is before it: all are needed at once.
    let kept = if job.newcomer { usize::MAX } else { KEPT };
    let Below { pages, skipped, top } = backward(source, job, limits, kept).await?;
    if !give(pages, job, sink).await {
        return Ok(skipped);
    }
    let Some(top) = top else { return Ok(skipped) };
    // Of what was read already as much again, and what came meanwhile.
    if forward(source, job, top, limits.posts.saturating_mul(2), sink).await?.is_some() {
        return Ok(skipped);
    }
    // The post to go on from is gone since.
    let Below { pages, skipped, .. } = backward(source, job, limits, usize::MAX).await?;
    give(pages, job, sink).await;
    Ok(skipped)
}

/// Give on what was read from above, oldest first. False: nobody wants more.
async fn give(mut pages: Vec<Vec<Post>>, job: &Job, sink: &mut impl Sink) -> bool {
    if job.newcomer {
        pages = vec![pages.into_iter().rev().flatten().collect()];
    }
    for posts in pages.into_iter().rev() {
        if !sink.take(posts).await {
            return false;
        }
    }
    true
}

/// Upwards from the anchor. `None` when the answer proves nothing: a server says the same of an anchor that it does not
/// have (any more) as of one that is the newest post, so an empty first page counts for nothing.
async fn forward(
    source: &impl Source,
    job: &Job,
    mut anchor: String,
    most: u64,
    sink: &mut impl Sink,
) -> Result<Option<u64>, Error> {
    let (mut page, mut read, mut first) = (0, 0, true);
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
        if read >= most {
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

/// What was found below the newest post.
struct Below {
    /// The oldest pages, newest page first.
    pages: Vec<Vec<Post>>,
    /// Whether posts were left out because of the limits.
    skipped: u64,
    /// Where to go on above them, when newer pages were let go.
    top: Option<String>,
}

/// Downwards from the newest to the time that the job names. Keeps the last `kept` pages.
async fn backward(source: &impl Source, job: &Job, limits: Limits, kept: usize) -> Result<Below, Error> {
    let mut below = Below { pages: Vec::new(), skipped: 0, top: None };
    let (mut before, mut page, mut read, mut count) = (None, 0, 0, 0);
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
        count += 1;
        let next = boundary(posts.iter());
        if below.pages.len() >= kept {
            below.pages.remove(0);
            // Those of the last moment are read again.
            let newest = below.pages.first().and_then(|page| boundary(page.iter().rev()));
            match newest {
                Some(top) => below.top = Some(top),
                // A whole page of one moment: nothing to go on from in it, so everything is kept.
                None => return Box::pin(backward(source, job, limits, usize::MAX)).await,
            }
        }
        below.pages.push(posts);
        if enough || !full {
            break;
        }
        if read >= limits.posts || count >= MOST_BACK * (PER_PAGE / size) as usize {
            tracing::warn!(channel = %job.channel.id, read, "more was missed than catchUp.maxPosts allows to read; the oldest are left out");
            below.skipped = 1;
            break;
        }
        match next {
            Some(post) if before.as_ref() != Some(&post) => (before, page) = (Some(post), 0),
            _ => page += 1,
        }
    }
    Ok(below)
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

#[cfg(test)]
mod tests {
    use super::{Sink, Source, read};
    use crate::catchup::Limits;
    use crate::intake::Job;
    use mattermost_client::model::{Channel, Post, PostList};
    use mattermost_client::{Error, PostsQuery};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A channel on a server.
    struct Channels {
        posts: Vec<Post>,
        calls: AtomicUsize,
    }

    impl Source for Channels {
        async fn posts(&self, _: &str, query: &PostsQuery) -> Result<PostList, Error> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let (page, size) = (query.page.unwrap_or(0) as usize, query.per_page.unwrap_or(60) as usize);
            let at = |id: &String| self.posts.iter().find(|post| post.id == *id).map(|post| post.create_at);
            let found: Vec<&Post> = match (&query.after, &query.before) {
                (Some(after), _) => {
                    let later =
                        self.posts.iter().filter(|post| at(after).is_some_and(|at| post.create_at > at));
                    let page: Vec<&Post> = later.skip(page * size).take(size).collect();
                    page.into_iter().rev().collect()
                }
                (None, Some(before)) => {
                    let earlier = self
                        .posts
                        .iter()
                        .rev()
                        .filter(|post| at(before).is_some_and(|at| post.create_at < at));
                    earlier.skip(page * size).take(size).collect()
                }
                (None, None) => self.posts.iter().rev().skip(page * size).take(size).collect(),
            };
            let order = found.iter().map(|post| post.id.clone()).collect();
            let posts = found.into_iter().map(|post| (post.id.clone(), post.clone())).collect();
            Ok(PostList { order, posts, ..PostList::default() })
        }
    }

    #[derive(Default)]
    struct Taken {
        ids: Vec<String>,
        largest: usize,
    }

    impl Sink for Taken {
        async fn take(&mut self, posts: Vec<Post>) -> bool {
            self.largest = self.largest.max(posts.len());
            self.ids.extend(posts.into_iter().map(|post| post.id));
            true
        }
    }

    fn posts(count: i64, per_moment: i64) -> Vec<Post> {
        let post = |number: i64| Post {
            id: format!("{number:026}"),
            create_at: 1_000 + number / per_moment,
            ..Post::default()
        };
        (0..count).map(post).collect()
    }

    #[tokio::test]
    async fn however_much_was_missed_all_of_it_is_read_in_order() {
        for (count, per_moment, newcomer) in [
            (10, 1, false),
            (650, 1, false),
            (650, 3, false),
            (3_000, 7, false),
            (900, 250, false),
            (900, 1, true),
        ] {
            let source = Channels { posts: posts(count, per_moment), calls: AtomicUsize::new(0) };
            for from in [0, 1_000 + count / per_moment / 2] {
                let job =
                    Job { channel: Channel::default(), anchor: String::new(), from, newcomer, until: 0 };
                let mut taken = Taken::default();
                assert_eq!(read(&source, &job, Limits::default(), &mut taken).await.unwrap(), 0);
                let mut seen = std::collections::HashSet::new();
                taken.ids.retain(|id| seen.insert(id.clone()));
                let wanted = source.posts.iter().filter(|post| post.create_at >= from);
                let wanted: Vec<&String> = wanted.map(|post| &post.id).collect();
                let found: Vec<&String> = taken.ids.iter().filter(|id| wanted.contains(id)).collect();
                assert_eq!(found, wanted, "{count} posts, {per_moment} of a moment");
            }
            assert!(source.calls.load(Ordering::Relaxed) < 100);
        }
    }

    #[tokio::test]
    async fn what_is_more_than_the_limit_is_told() {
        let source = Channels { posts: posts(3_000, 1), calls: AtomicUsize::new(0) };
        let job =
            Job { channel: Channel::default(), anchor: String::new(), from: 0, newcomer: false, until: 0 };
        let limits = Limits { posts: 1_000, ..Limits::default() };
        let mut taken = Taken::default();
        assert_eq!(read(&source, &job, limits, &mut taken).await.unwrap(), 1);
        assert_eq!(taken.ids.last(), Some(&format!("{:026}", 2_999)), "the newest are read");
        assert!(taken.largest <= 200);
    }
}
