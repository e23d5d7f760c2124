//! Threads.

use serde::Serialize;

use super::{Audience, PostView, Shown, UserView, post_view, user_view};
use crate::{ids::Id, state::World};

#[derive(Debug, Serialize)]
struct ThreadView<'a> {
    id: Id,
    reply_count: i64,
    last_reply_at: i64,
    last_viewed_at: i64,
    participants: Vec<UserView<'a>>,
    post: PostView<'a>,
    unread_replies: i64,
    unread_mentions: i64,
    is_urgent: bool,
    delete_at: i64,
}

/// A thread as the text that events carry, with a follower's unread replies and mentions.
pub(crate) fn thread_view(world: &World, root_id: Id, unread: (i64, i64)) -> Option<String> {
    let thread = world.threads.get(&root_id)?;
    let root = world.posts.get(&root_id)?;
    let participants = thread.participants.iter().filter_map(|id| world.users.get(id));
    let view = ThreadView {
        id: root_id,
        reply_count: thread.reply_count,
        last_reply_at: thread.last_reply_at,
        last_viewed_at: 0,
        participants: participants.map(|user| user_view(user, Audience::Other, world.version)).collect(),
        post: post_view(world, root, Shown { bare: true, ..Shown::default() }),
        unread_replies: unread.0,
        unread_mentions: unread.1,
        is_urgent: false,
        delete_at: root.delete_at,
    };
    serde_json::to_string(&view).ok()
}
