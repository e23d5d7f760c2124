//! Posts as the host is told of them.

use super::asking::Asking;
use host_sdk::protocol::{Error, ErrorCode, MessageList, ReadMessage};
use jiff::Timestamp;
use mattermost_client::model::{Post, PostList};
use std::collections::{BTreeSet, HashMap};

/// The posts that a page's `order` names, in that order.
///
/// # Errors
/// The answer does not hold together: ids without posts, or posts without an order.
pub(super) fn in_order(mut page: PostList) -> Result<Vec<Post>, Error> {
    let unexpected = |what: &str| {
        Error::new(
            ErrorCode::Network,
            format!("unexpected response of the server: {what}; is something between that changes it?"),
        )
    };
    if page.order.is_empty() && !page.posts.is_empty() {
        return Err(unexpected("posts without an order"));
    }
    let mut seen = BTreeSet::new();
    // Old servers name the asked post of a thread twice.
    let order: Vec<String> = page.order.drain(..).filter(|id| seen.insert(id.clone())).collect();
    order
        .into_iter()
        .map(|id| page.posts.remove(&id).ok_or_else(|| unexpected(&format!("no post for the id {id}"))))
        .collect()
}

/// The names of users. They are a courtesy: where the server does not say them, there are none.
pub(super) async fn names(asking: &Asking, ids: impl Iterator<Item = &str>) -> HashMap<String, String> {
    let ids: Vec<&str> =
        ids.filter(|id| crate::ids::is_id(id)).collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return HashMap::new();
    }
    match asking.call(|| asking.client.users_by_ids(&ids)).await {
        Ok(users) => users.into_iter().map(|user| (user.id, user.username)).collect(),
        Err(error) => {
            tracing::debug!("the names of users could not be had: {error}");
            HashMap::new()
        }
    }
}

/// Posts, told.
pub(super) async fn list(asking: &Asking, channel_id: &str, posts: Vec<Post>, has_more: bool) -> MessageList {
    let names = names(asking, posts.iter().map(|post| post.user_id.as_str())).await;
    MessageList {
        messages: posts.into_iter().map(|post| message(post, &names)).collect(),
        has_more,
        ..empty(asking, channel_id, false)
    }
}

/// Nothing, told.
pub(super) fn empty(asking: &Asking, channel_id: &str, dry_run: bool) -> MessageList {
    MessageList {
        ok: true,
        account_id: asking.config().id.clone(),
        channel_id: channel_id.to_owned(),
        messages: Vec::new(),
        has_more: false,
        dry_run,
    }
}

fn message(post: Post, names: &HashMap<String, String>) -> ReadMessage {
    ReadMessage {
        username: names.get(&post.user_id).cloned(),
        timestamp_ms: post.create_at,
        timestamp_utc: stamp(post.create_at),
        id: post.id,
        channel_id: post.channel_id,
        user_id: post.user_id,
        root_id: post.root_id,
        message: post.message,
        kind: post.type_,
        props: post.props,
        file_ids: post.file_ids,
        create_at: post.create_at,
        update_at: post.update_at,
        edit_at: post.edit_at,
        is_pinned: post.is_pinned,
        reply_count: post.reply_count,
    }
}

/// A time as JavaScript writes it; empty for one that no calendar has.
fn stamp(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}
