//! Posts, lists of posts, reactions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{FileView, file_view};
use crate::{
    ids::{Id, serialize_or_empty},
    options::Version,
    state::{Post, PostPage, Reaction, World},
};

/// What the answer shows beyond the stored post.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown<'a> {
    /// The caller's own id, which is shown only in the answer to the creation and in its event.
    pub(crate) pending_post_id: &'a str,
    /// Leaves out `metadata`.
    pub(crate) bare: bool,
    /// Shows how many replies the thread has.
    pub(crate) counts_replies: bool,
}

/// A post.
#[derive(Debug, Serialize)]
pub(crate) struct PostView<'a> {
    id: Id,
    create_at: i64,
    update_at: i64,
    edit_at: i64,
    delete_at: i64,
    is_pinned: bool,
    user_id: Id,
    channel_id: Id,
    #[serde(serialize_with = "serialize_or_empty")]
    root_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<&'a str>,
    #[serde(serialize_with = "serialize_or_empty")]
    original_id: Option<Id>,
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    props: &'a Map<String, Value>,
    hashtags: &'a str,
    /// The outer option is whether the field is there, the inner one whether it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_ids: Option<Option<&'a [Id]>>,
    pending_post_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_id: Option<&'a str>,
    reply_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reply_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    embeds: Option<[Embed; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<ReactionView<'a>>,
}

#[derive(Debug, Serialize)]
struct Embed {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// A post as `shown` says.
pub(crate) fn post_view<'a>(world: &'a World, post: &'a Post, shown: Shown<'a>) -> PostView<'a> {
    let version = world.version;
    let modern = version.is_modern();
    let file_ids = match (modern, post.file_ids.as_slice()) {
        (true, []) if post.lost_files => Some(None),
        (true, ids) => Some(Some(ids)),
        (false, []) => None,
        (false, ids) => Some(Some(ids)),
    };
    // The text of a deleted post is gone for readers of later versions.
    let message = if modern && post.delete_at != 0 { "" } else { post.message.as_str() };
    let has_cards =
        post.props.get("attachments").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let metadata = || Metadata {
        embeds: has_cards.then_some([Embed { kind: "message_attachment" }]),
        files: world.files_of(&post.file_ids).map(|file| file_view(file, version)).collect(),
        reactions: post
            .reactions
            .iter()
            .map(|reaction| reaction_view(reaction, post.id, Some(post.channel_id), version))
            .collect(),
    };
    PostView {
        id: post.id,
        create_at: post.create_at,
        update_at: post.update_at,
        edit_at: post.edit_at,
        delete_at: post.delete_at,
        is_pinned: post.is_pinned,
        user_id: post.user_id,
        channel_id: post.channel_id,
        root_id: post.root_id,
        parent_id: (!modern).then(|| crate::ids::or_empty(&post.root_id)),
        original_id: post.original_id,
        message,
        kind: &post.kind,
        props: &post.props,
        hashtags: &post.hashtags,
        file_ids,
        pending_post_id: shown.pending_post_id,
        remote_id: (modern && !post.is_system()).then_some(""),
        reply_count: if modern && shown.counts_replies { world.reply_count(post) } else { 0 },
        last_reply_at: modern.then_some(0),
        participants: modern.then_some(Value::Null),
        metadata: (!shown.bare).then(metadata),
    }
}

/// A post as the text that events carry.
pub(crate) fn post_text(world: &World, post: &Post, pending_post_id: &str) -> String {
    let shown = Shown { pending_post_id, bare: false, counts_replies: true };
    serde_json::to_string(&post_view(world, post, shown)).unwrap_or_default()
}

/// A post as the text of the events that leave out `metadata`.
pub(crate) fn post_text_without_metadata(world: &World, post: &Post) -> String {
    let shown = Shown { pending_post_id: "", bare: true, counts_replies: true };
    serde_json::to_string(&post_view(world, post, shown)).unwrap_or_default()
}

/// A list of posts.
#[derive(Debug, Serialize)]
pub(crate) struct PostListView<'a> {
    order: Vec<Id>,
    posts: BTreeMap<Id, PostView<'a>>,
    #[serde(serialize_with = "serialize_or_empty")]
    next_post_id: Option<Id>,
    #[serde(serialize_with = "serialize_or_empty")]
    prev_post_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_next: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_inaccessible_post_time: Option<i64>,
}

/// A page as the API shows it; `has_next` only where the route has it.
pub(crate) fn post_list<'a>(
    world: &'a World,
    page: &PostPage<'a>,
    has_next: Option<bool>,
) -> PostListView<'a> {
    let modern = world.version.is_modern();
    let shown = Shown { counts_replies: page.counts_replies, ..Shown::default() };
    PostListView {
        order: page.order.clone(),
        posts: page.posts.iter().map(|(id, post)| (*id, post_view(world, post, shown))).collect(),
        next_post_id: page.next_post_id,
        prev_post_id: page.prev_post_id,
        has_next: has_next.filter(|_| modern),
        first_inaccessible_post_time: modern.then_some(0),
    }
}

/// A reaction.
#[derive(Debug, Serialize)]
pub(crate) struct ReactionView<'a> {
    user_id: Id,
    post_id: Id,
    emoji_name: &'a str,
    create_at: i64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    modern: Option<ModernReaction>,
}

/// What later versions added.
#[derive(Debug, Serialize)]
struct ModernReaction {
    update_at: i64,
    delete_at: i64,
    remote_id: &'static str,
    #[serde(serialize_with = "serialize_or_empty")]
    channel_id: Option<Id>,
}

/// A reaction as the API shows it.
pub(crate) fn reaction_view(
    reaction: &Reaction,
    post_id: Id,
    channel_id: Option<Id>,
    version: Version,
) -> ReactionView<'_> {
    let update_at = if reaction.create_at == 0 { crate::clock::now_ms() } else { reaction.create_at };
    let modern = ModernReaction { update_at, delete_at: 0, remote_id: "", channel_id };
    ReactionView {
        user_id: reaction.user_id,
        post_id,
        emoji_name: &reaction.emoji_name,
        create_at: reaction.create_at,
        modern: version.is_modern().then_some(modern),
    }
}
