//! Posts, read: of a channel, of a thread, those that are pinned.

use super::asking::Asking;
use super::told;
use crate::ids::is_id;
use host_sdk::protocol::{ChannelAction, Error, MessageList, ReadAction, ThreadAction};
use mattermost_client::model::Post;
use mattermost_client::{PostsQuery, ThreadDirection, ThreadQuery};

/// How many posts are read unless the caller says, and at most.
const LIMIT: (u32, u32) = (60, 200);

/// A part of a channel, newest first.
///
/// # Errors
/// A parameter is wrong, the channel is not for the caller, or the server's.
pub(super) async fn channel(asking: &Asking, ask: &ReadAction) -> Result<MessageList, Error> {
    let limit = limit(ask.limit)?;
    let (before, after) =
        (post_id(ask.before.as_deref(), "before")?, post_id(ask.after.as_deref(), "after")?);
    if before.is_some() && after.is_some() {
        return Err(Error::invalid("before and after exclude each other; leave one of them out").at("after"));
    }
    let channel = asking.place(ask.target.as_deref()).await?;
    if ask.dry_run {
        return Ok(told::empty(asking, &channel.id, true));
    }
    if let Some(anchor) = before.as_ref().or(after.as_ref()) {
        // Servers answer "nothing" to an anchor that they do not have, which would look like the end of the channel.
        let field = if before.is_some() { "before" } else { "after" };
        stands(asking, anchor, &channel.id, field).await?;
    }
    let upwards = after.is_some();
    let query = PostsQuery { before, after, per_page: Some(limit), ..PostsQuery::default() };
    let page = asking.call(|| asking.client.channel_posts(&channel.id, &query)).await?;
    let more = if upwards { &page.next_post_id } else { &page.prev_post_id };
    let has_more = !more.is_empty();
    Ok(told::list(asking, &channel.id, told::in_order(page)?, has_more).await)
}

/// The post is in the channel. A deleted one is as good as any.
async fn stands(asking: &Asking, post_id: &str, channel_id: &str, field: &str) -> Result<(), Error> {
    let lost = |what: &str| Error::invalid(format!("{field}: the post {post_id} {what}")).at(field);
    match asking.call(|| asking.client.post(post_id)).await {
        Ok(post) if post.channel_id == channel_id => Ok(()),
        Ok(_) => Err(lost("stands in another channel")),
        // Servers hide deleted posts from a look, but page from them.
        Err(error) if error.http_status == Some(404) => {
            tracing::debug!(post = %post_id, "the post to read from is not shown by the server");
            Ok(())
        }
        Err(error) => Err(error.at(field)),
    }
}

/// A thread, oldest first.
///
/// # Errors
/// A parameter is wrong, the thread is not for the caller, or the server's.
pub(super) async fn thread(asking: &Asking, ask: &ThreadAction) -> Result<MessageList, Error> {
    let limit = limit(ask.limit)?;
    let post = asking.post(&ask.message_id, ask.target.as_deref()).await?;
    if ask.dry_run {
        return Ok(told::empty(asking, &post.channel_id, true));
    }
    let room = usize::try_from(limit).unwrap_or(usize::MAX);
    let query = ThreadQuery {
        per_page: Some(limit.max(2)),
        direction: Some(ThreadDirection::Up),
        ..ThreadQuery::default()
    };
    let page = asking.call(|| asking.client.thread_page(&post.id, &query)).await?;
    let more = page.has_next;
    let mut posts: Vec<Post> = told::in_order(page)?.into_iter().filter(|post| post.delete_at == 0).collect();
    posts.sort_by(|a, b| (a.create_at, &a.id).cmp(&(b.create_at, &b.id)));
    // Old servers answer with all of it: the first post and the latest ones are kept.
    let over = posts.len().saturating_sub(room);
    if over > 0 {
        posts.drain(1..=over);
    }
    Ok(told::list(asking, &post.channel_id, posts, more || over > 0).await)
}

/// What is pinned to a channel, newest first.
///
/// # Errors
/// The channel is not for the caller, or the server's.
pub(super) async fn pins(asking: &Asking, ask: &ChannelAction) -> Result<MessageList, Error> {
    let channel = asking.place(ask.target.as_deref()).await?;
    if ask.dry_run {
        return Ok(told::empty(asking, &channel.id, true));
    }
    let page = asking.call(|| asking.client.pinned_posts(&channel.id)).await?;
    let mut posts = told::in_order(page)?;
    posts.sort_by_key(|post| std::cmp::Reverse(post.create_at));
    let most = usize::try_from(LIMIT.1).unwrap_or(usize::MAX);
    let has_more = posts.len() > most;
    posts.truncate(most);
    Ok(told::list(asking, &channel.id, posts, has_more).await)
}

fn limit(asked: Option<u32>) -> Result<u32, Error> {
    match asked {
        Some(0) => {
            Err(Error::invalid(format!("limit is 0; write 1 to {}, or leave it out", LIMIT.1)).at("limit"))
        }
        Some(limit) => Ok(limit.min(LIMIT.1)),
        None => Ok(LIMIT.0),
    }
}

fn post_id(given: Option<&str>, field: &str) -> Result<Option<String>, Error> {
    let Some(id) = given.map(str::trim).filter(|id| !id.is_empty()) else { return Ok(None) };
    if is_id(id) {
        return Ok(Some(id.to_owned()));
    }
    Err(Error::invalid(format!("{field} is not the id of a post: 26 lower-case letters and digits"))
        .at(field))
}
