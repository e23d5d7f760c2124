//! Posts and lists of posts.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{FileInfo, or_default};

/// The free-form properties of a post.
pub type Props = serde_json::Map<String, serde_json::Value>;

/// A message. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// 26 characters, unique on the server.
    pub id: String,
    /// The channel it stands in.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_id: String,
    /// Who wrote it.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
    /// The first post of its thread; empty when the post starts none or is itself the first.
    #[serde(default, deserialize_with = "or_default")]
    pub root_id: String,
    /// Markdown, at most 16383 characters.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// Empty for what people and bots write; `system_...` for what the server writes itself.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub type_: String,
    /// Attachments, markers of integrations, overridden names. Buttons are in `attachments`, without their
    /// integration part: the server never shows that again.
    #[serde(default, deserialize_with = "or_default")]
    pub props: Props,
    /// Files of the post, at most 10.
    #[serde(default, deserialize_with = "or_default")]
    pub file_ids: Vec<String>,
    /// What the server adds for display.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: PostMetadata,
    /// The sender's own id for the post. Only the `posted` event and the answer to the call carry it.
    #[serde(default, deserialize_with = "or_default")]
    pub pending_post_id: String,
    /// When it was made.
    #[serde(default, deserialize_with = "or_default")]
    pub create_at: i64,
    /// When anything about it changed last: text, reactions, pin, replies.
    #[serde(default, deserialize_with = "or_default")]
    pub update_at: i64,
    /// When its author edited it last; 0 when never. A pin or a button's update does not move it.
    #[serde(default, deserialize_with = "or_default")]
    pub edit_at: i64,
    /// When it was deleted; 0 while it stands.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
    /// Whether it is pinned to the channel.
    #[serde(default, deserialize_with = "or_default")]
    pub is_pinned: bool,
    /// How many replies its thread has.
    #[serde(default, deserialize_with = "or_default")]
    pub reply_count: i64,
}

/// What the server adds to a post for display.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PostMetadata {
    /// The files of [`Post::file_ids`], so that no call per file is needed. Older servers leave it out.
    #[serde(default, deserialize_with = "or_default")]
    pub files: Vec<FileInfo>,
}

/// A page of posts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PostList {
    /// The ids of the page, newest first, also on pages asked for with `after`.
    #[serde(default, deserialize_with = "or_default")]
    pub order: Vec<String>,
    /// The posts by id. It may hold more than `order` names: the first posts of threads. A post whose properties cannot be
    /// read is there without them; one that cannot be read at all is left out.
    #[serde(default, deserialize_with = "each_by_itself")]
    pub posts: HashMap<String, Post>,
    /// The post after the newest of the page; empty at the end of the channel.
    #[serde(default, deserialize_with = "or_default")]
    pub next_post_id: String,
    /// The post before the oldest of the page; empty at the beginning of the channel.
    #[serde(default, deserialize_with = "or_default")]
    pub prev_post_id: String,
    /// Threads only: whether another page follows. Older servers leave it out.
    #[serde(default, deserialize_with = "or_default")]
    pub has_next: bool,
}

/// Reads each post by itself, so that one that is strange (properties nested deeper than any parser follows) does not hide
/// the others.
fn each_by_itself<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, Post>, D::Error> {
    let raw = Option::<HashMap<String, Box<RawValue>>>::deserialize(deserializer)?.unwrap_or_default();
    let read = |(id, raw): (String, Box<RawValue>)| {
        let post = serde_json::from_str(raw.get()).or_else(|_| {
            serde_json::from_str::<BarePost>(raw.get()).map(|bare| Post {
                id: bare.id,
                channel_id: bare.channel_id,
                user_id: bare.user_id,
                root_id: bare.root_id,
                message: bare.message,
                type_: bare.type_,
                create_at: bare.create_at,
                update_at: bare.update_at,
                edit_at: bare.edit_at,
                delete_at: bare.delete_at,
                ..Post::default()
            })
        });
        post.ok().map(|post| (id, post))
    };
    Ok(raw.into_iter().filter_map(read).collect())
}

/// A post without what others can put into it in any shape.
#[derive(Deserialize)]
struct BarePost {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    channel_id: String,
    #[serde(default, deserialize_with = "or_default")]
    user_id: String,
    #[serde(default, deserialize_with = "or_default")]
    root_id: String,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    type_: String,
    #[serde(default, deserialize_with = "or_default")]
    create_at: i64,
    #[serde(default, deserialize_with = "or_default")]
    update_at: i64,
    #[serde(default, deserialize_with = "or_default")]
    edit_at: i64,
    #[serde(default, deserialize_with = "or_default")]
    delete_at: i64,
}

impl PostList {
    /// The posts of the page, oldest first. Ids without a post are skipped.
    pub fn oldest_first(&self) -> impl Iterator<Item = &Post> {
        self.order.iter().rev().filter_map(|id| self.posts.get(id))
    }
}
