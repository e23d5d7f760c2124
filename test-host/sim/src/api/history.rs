//! Reading posts of a channel and of a thread.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    App,
    caller::{Caller, id_param},
    query::Params,
    reply::found,
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{Anchor, Post, PostPage},
    views::post_list,
};

/// `GET /channels/{channel_id}/posts`
pub(super) async fn of_channel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let id = id_param(&channel, "channel_id")?;
    let anchor = match (params.text("after"), params.text("before")) {
        ("", "") => Anchor::Newest,
        ("", before) => Anchor::Before(Id::parse(before).ok_or_else(|| ApiError::url("before"))?),
        (after, _) => Anchor::After(Id::parse(after).ok_or_else(|| ApiError::url("after"))?),
    };
    let since: i64 = params.number("since").unwrap_or(0);
    let world = app.world();
    // An unknown channel is forbidden here, unlike when one asks for the channel itself.
    let channel = world.channels.get(&id).filter(|channel| world.may_read(caller.user_id, channel));
    let channel = channel.ok_or(ApiError::permission())?;
    let page = if since > 0 {
        world.posts_since(channel, since)
    } else {
        let whole = !world.version.is_modern() || params.text("skipFetchThreads") != "true";
        world.posts_page(channel, anchor, params.page(), params.per_page(), whole)
    };
    Ok(found(&post_list(&world, &page, None)))
}

/// `GET /posts/{post_id}/thread`
pub(super) async fn of_thread(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(post): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let id = id_param(&post, "post_id")?;
    let world = app.world();
    let post = world.shown_post(caller.user_id, id)?;
    let posts = world.thread_posts(post.root_id.unwrap_or(post.id));
    if !world.version.is_modern() {
        // The asked post comes once more at the end.
        let mut page = listed(posts.iter().copied());
        page.order.push(post.id);
        return Ok(found(&post_list(&world, &page, None)));
    }
    let per_page: usize = params.number("perPage").unwrap_or(0);
    let from: i64 = params.number("fromCreateAt").unwrap_or(0);
    let from_post = params.id("fromPost");
    let up = params.text("direction") == "up";
    let Some((root, replies)) = posts.split_first() else { return Err(ApiError::no_post()) };
    let beyond = |reply: &&Post| {
        let key = (reply.create_at, Some(reply.id));
        from == 0 || if up { key < (from, from_post) } else { key > (from, from_post) }
    };
    let mut replies: Vec<&Post> = replies.iter().copied().filter(beyond).collect();
    let mut has_next = false;
    // The root comes with every page and counts.
    let room = per_page.saturating_sub(1);
    if per_page > 0 && replies.len() > room {
        has_next = true;
        if up {
            replies.drain(..replies.len() - room);
        } else {
            replies.truncate(room);
        }
    }
    let page = listed(std::iter::once(*root).chain(replies));
    Ok(found(&post_list(&world, &page, Some(has_next))))
}

fn listed<'a>(posts: impl Iterator<Item = &'a Post>) -> PostPage<'a> {
    let mut page = PostPage { counts_replies: true, ..PostPage::default() };
    for post in posts {
        page.order.push(post.id);
        page.posts.insert(post.id, post);
    }
    page
}
