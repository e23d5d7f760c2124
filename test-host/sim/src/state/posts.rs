//! Writing posts.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Map, Value, json};

use super::{Integrations, Post, World, attachments, mentions::hashtags};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    views::post_text,
    ws::{Broadcast, Event, Extras},
};

/// The most files on a post.
const MAX_FILES: usize = 10;
/// A post as a caller asks for it.
#[derive(Debug, Default)]
pub(crate) struct NewPost {
    pub(crate) message: String,
    pub(crate) root_id: String,
    pub(crate) props: Map<String, Value>,
    pub(crate) file_ids: Vec<Id>,
    pub(crate) pending_post_id: String,
    /// What integrations and the server's own commands write; empty for people.
    pub(crate) kind: Cow<'static, str>,
}

/// A remark of the server's own.
#[derive(Debug)]
pub(crate) struct SystemPost {
    pub(crate) user_id: Id,
    pub(crate) channel_id: Id,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) props: Value,
    pub(crate) mention: Option<Id>,
}

impl World {
    /// Writes a post and tells everybody whom it concerns.
    pub(crate) fn create_post(&mut self, user_id: Id, channel_id: Id, new: NewPost) -> Result<Id, ApiError> {
        let channel = self.writable_channel(user_id, channel_id)?;
        if channel.delete_at != 0 {
            return Err(ApiError::bad(
                "api.post.create_post.can_not_post_to_deleted.error",
                "Can not post to deleted channel.",
            ));
        }
        let root_id = match new.root_id.as_str() {
            "" => None,
            text => Some(self.check_root(channel_id, text)?),
        };
        check_message(&new.message, self.max_message)?;
        if new.file_ids.len() > MAX_FILES {
            return Err(ApiError::bad(
                "model.post.is_valid.file_ids.app_error",
                "Invalid file ids. Note that uploads are limited to 10 files maximum. \
                 Please use additional posts for more files.",
            ));
        }
        let mut props = new.props;
        if self.users.get(&user_id).is_some_and(|user| user.bot.is_some()) {
            props.insert("from_bot".to_owned(), json!("true"));
        }
        let id = Id::new();
        let lost = !new.file_ids.is_empty() && self.faults.takes_files();
        let file_ids = if lost { Vec::new() } else { self.attach_files(id, user_id, &new.file_ids) };
        let (props, integrations) = attachments::split(props, self.version.is_modern());
        let now = now_ms();
        let post = Post {
            id,
            create_at: now,
            update_at: now,
            edit_at: 0,
            delete_at: 0,
            is_pinned: false,
            user_id,
            channel_id,
            root_id,
            original_id: None,
            hashtags: hashtags(&new.message),
            message: new.message,
            kind: new.kind,
            props,
            integrations,
            lost_files: file_ids.is_empty() && !new.file_ids.is_empty(),
            file_ids,
            reactions: Vec::new(),
        };
        self.set_status(user_id, "online");
        self.insert_post(post, &new.pending_post_id, None);
        Ok(id)
    }

    /// Writes a remark of the server's own.
    pub(super) fn post_system(&mut self, new: SystemPost) {
        let now = now_ms();
        let post = Post {
            id: Id::new(),
            create_at: now,
            update_at: now,
            edit_at: 0,
            delete_at: 0,
            is_pinned: false,
            user_id: new.user_id,
            channel_id: new.channel_id,
            root_id: None,
            original_id: None,
            message: new.message,
            kind: Cow::Borrowed(new.kind),
            integrations: Integrations::new(),
            props: match new.props {
                Value::Object(props) => props,
                _ => Map::new(),
            },
            hashtags: String::new(),
            file_ids: Vec::new(),
            lost_files: false,
            reactions: Vec::new(),
        };
        self.insert_post(post, "", new.mention);
    }

    fn insert_post(&mut self, mut post: Post, pending_post_id: &str, mention: Option<Id>) {
        let Some(channel) = self.channels.get(&post.channel_id) else { return };
        // Pages count on the order of time, which a clock that is set back must not break.
        post.create_at = post.create_at.max(channel.last_post_at);
        post.update_at = post.create_at;
        let mentioned = self.mentioned(&post, channel, mention);
        if let Some(channel) = self.channels.get_mut(&post.channel_id) {
            let is_root = post.root_id.is_none();
            channel.posts.push(post.id);
            channel.last_post_at = post.create_at.max(channel.last_post_at);
            if is_root {
                channel.last_root_post_at = channel.last_post_at;
            }
            let counts = i64::from(!post.is_coming_or_going());
            channel.total_msg_count += counts;
            channel.total_msg_count_root += if is_root { counts } else { 0 };
            for id in &mentioned {
                if let Some(member) = channel.members.get_mut(id) {
                    member.mention_count += 1;
                    member.mention_count_root += i64::from(is_root);
                }
            }
        }
        let followers = match post.root_id {
            Some(root_id) => {
                self.note_reply(&post, root_id, &mentioned);
                if let Some(root) = self.posts.get_mut(&root_id) {
                    root.update_at = post.create_at;
                }
                self.notified_followers(root_id, &mentioned)
            }
            None => BTreeSet::new(),
        };
        self.publish_posted(&post, pending_post_id, &mentioned, followers);
        let (root_id, id, channel_id) = (post.root_id, post.id, post.channel_id);
        if let Some(root_id) = root_id.filter(|_| self.version.is_modern()) {
            self.publish_thread(&post, root_id, &mentioned);
        }
        self.posts.insert(id, post);
        for changed in root_id.into_iter().chain([id]) {
            self.note_change(channel_id, changed);
        }
    }

    fn publish_posted(
        &self,
        post: &Post,
        pending_post_id: &str,
        mentioned: &BTreeSet<Id>,
        followers: BTreeSet<Id>,
    ) {
        let Some(channel) = self.channels.get(&post.channel_id) else { return };
        if !self.hub.has_listeners() {
            return;
        }
        let modern = self.version.is_modern();
        let mut data = json!({
            "channel_display_name": self.shown_channel_name(post),
            "channel_name": channel.name,
            "channel_type": channel.kind.letter(),
            "post": post_text(self, post, pending_post_id),
            "sender_name": self.sender_name(post),
            "team_id": crate::ids::or_empty(&channel.team_id),
        });
        if modern {
            data["set_online"] = json!(true);
        }
        if !post.file_ids.is_empty() {
            data["otherFile"] = json!("true");
            if self.files_of(&post.file_ids).any(|file| file.mime_type.starts_with("image/")) {
                data["image"] = json!("true");
            }
        }
        let mut event = Event::new("posted", data, Broadcast::channel(post.channel_id));
        if modern {
            // Each one sees only whether they themselves are meant.
            event = event.with_extras(Extras { mentions: mentioned.clone(), followers });
        } else if !mentioned.is_empty() {
            event.data["mentions"] = json!(serde_json::to_string(mentioned).unwrap_or_default());
        }
        self.publish(&event);
    }

    /// The root that a reply may name: a post of the same channel that is no reply itself.
    fn check_root(&self, channel_id: Id, text: &str) -> Result<Id, ApiError> {
        let root = Id::parse(text).and_then(|id| self.posts.get(&id)).filter(|post| post.delete_at == 0);
        match root {
            Some(root) if root.channel_id != channel_id => Err(ApiError::bad(
                "api.post.create_post.channel_root_id.app_error",
                "Invalid ChannelId for RootId parameter.",
            )),
            Some(root) if root.root_id.is_none() => Ok(root.id),
            _ => Err(ApiError::bad("api.post.create_post.root_id.app_error", "Invalid RootId parameter.")),
        }
    }

    /// The post with this id, unless it was deleted.
    pub(crate) fn live_post(&self, id: Id) -> Result<&Post, ApiError> {
        self.posts.get(&id).filter(|post| post.delete_at == 0).ok_or(ApiError::no_post())
    }
}

/// Refuses messages of more than `most` characters.
pub(super) fn check_message(message: &str, most: usize) -> Result<(), ApiError> {
    // Bytes are an upper bound of characters, and cheap to ask.
    if message.len() > most && message.chars().count() > most {
        return Err(ApiError::bad(
            "model.post.is_valid.message_length.app_error",
            "Post Message property is longer than the maximum permitted length.",
        ));
    }
    Ok(())
}
