//! Changing posts: edits, pins, deletion, reactions, remarks for one person.

use serde_json::{Map, Value, json};

use super::{
    Post, Reaction, World, attachments,
    mentions::hashtags,
    posts::{NewPost, check_message},
};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    integrations::ActionCookie,
    views::{post_text, post_text_without_metadata, reaction_view},
    ws::{Broadcast, Event},
};

/// The fields of a post that a change names.
#[derive(Debug, Default)]
pub(crate) struct PostPatch {
    pub(crate) message: Option<String>,
    pub(crate) props: Option<Map<String, Value>>,
    pub(crate) is_pinned: Option<bool>,
    pub(crate) file_ids: Option<Vec<Id>>,
}

impl World {
    /// Changes what `patch` names. What the post said before is kept and shows up in `since` queries.
    pub(crate) fn patch_post(&mut self, post_id: Id, patch: PostPatch) -> Result<(), ApiError> {
        if let Some(message) = &patch.message {
            check_message(message, self.max_message)?;
        }
        let known = self.posts.get(&post_id).ok_or(ApiError::no_post())?;
        // Servers before 10.5 do not give an existing post more files.
        let added = match (&patch.file_ids, self.version) {
            (Some(file_ids), version) if version.is_modern() => {
                let new: Vec<Id> =
                    file_ids.iter().filter(|id| !known.file_ids.contains(id)).copied().collect();
                let user_id = known.user_id;
                self.attach_files(post_id, user_id, &new)
            }
            _ => Vec::new(),
        };
        let modern = self.version.is_modern();
        let post = self.posts.get_mut(&post_id).ok_or(ApiError::no_post())?;
        let now = now_ms();
        let mut before = post.clone();
        post.update_at = now;
        if let Some(message) = patch.message.filter(|message| *message != post.message) {
            post.hashtags = hashtags(&message);
            post.message = message;
            post.edit_at = now;
        }
        if let Some(props) = patch.props {
            (post.props, post.integrations) = attachments::split(props, modern);
        }
        if let Some(is_pinned) = patch.is_pinned {
            post.is_pinned = is_pinned;
        }
        if let Some(file_ids) = patch.file_ids {
            post.file_ids.retain(|id| file_ids.contains(id));
            post.file_ids.extend(&added);
            if !added.is_empty() {
                post.edit_at = now;
                post.lost_files = false;
            }
        }
        before.original_id = Some(post_id);
        before.id = Id::new();
        before.delete_at = now;
        before.update_at = now;
        let channel_id = post.channel_id;
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.history.push(before);
        }
        self.note_change(channel_id, post_id);
        self.publish_edited(post_id);
        Ok(())
    }

    /// Pins or unpins a post.
    pub(crate) fn set_pinned(&mut self, post_id: Id, is_pinned: bool) -> Result<(), ApiError> {
        let post = self.posts.get_mut(&post_id).ok_or(ApiError::no_post())?;
        post.is_pinned = is_pinned;
        post.update_at = now_ms();
        let channel_id = post.channel_id;
        self.note_change(channel_id, post_id);
        self.publish_edited(post_id);
        Ok(())
    }

    /// Deletes a post; with a root go its replies.
    pub(crate) fn delete_post(&mut self, by: Id, post_id: Id) -> Result<(), ApiError> {
        let post = self.posts.get(&post_id).ok_or(ApiError::no_post())?.clone();
        // Those who are told of a deletion are told what the server stored.
        let stored = Post { props: post.stored_props(), ..post.clone() };
        let text = post_text_without_metadata(self, &stored);
        let now = now_ms();
        let replies = match post.root_id {
            None => self.threads.get(&post_id).map(|thread| thread.replies.clone()).unwrap_or_default(),
            Some(_) => Vec::new(),
        };
        for id in std::iter::once(post_id).chain(replies) {
            if let Some(post) = self.posts.get_mut(&id).filter(|post| post.delete_at == 0) {
                post.delete_at = now;
                post.update_at = now;
                post.props.insert("deleteBy".to_owned(), json!(by));
            }
        }
        if let Some(thread) = post.root_id.and_then(|root_id| self.threads.get_mut(&root_id)) {
            thread.reply_count = (thread.reply_count - 1).max(0);
        }
        let to_channel = Broadcast::channel(post.channel_id);
        if self.version.is_modern() {
            let data = json!({ "post": text });
            self.publish(&Event::new("post_deleted", data, to_channel.clone().sanitized()));
            let data = json!({ "post": text, "delete_by": by });
            self.publish(&Event::new("post_deleted", data, to_channel.sensitive()));
        } else {
            let data = json!({ "post": post_text(self, &post, "") });
            self.publish(&Event::new("post_deleted", data, to_channel));
        }
        Ok(())
    }

    /// Adds an emoji; adding it twice changes nothing.
    pub(crate) fn add_reaction(
        &mut self,
        user_id: Id,
        post_id: Id,
        emoji_name: &str,
    ) -> Result<Reaction, ApiError> {
        let post = self.posts.get_mut(&post_id).ok_or(ApiError::no_post())?;
        let known =
            post.reactions.iter().find(|known| known.user_id == user_id && known.emoji_name == emoji_name);
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let now = now_ms();
        let reaction = Reaction { user_id, emoji_name: emoji_name.to_owned(), create_at: now };
        post.reactions.push(reaction.clone());
        post.update_at = now;
        let channel_id = post.channel_id;
        self.note_change(channel_id, post_id);
        self.publish_reaction("reaction_added", &reaction, post_id, channel_id, true);
        Ok(reaction)
    }

    /// Takes an emoji back.
    pub(crate) fn remove_reaction(
        &mut self,
        user_id: Id,
        post_id: Id,
        emoji_name: &str,
    ) -> Result<(), ApiError> {
        let post = self.posts.get_mut(&post_id).ok_or(ApiError::no_post())?;
        post.reactions.retain(|known| known.user_id != user_id || known.emoji_name != emoji_name);
        post.update_at = now_ms();
        let channel_id = post.channel_id;
        self.note_change(channel_id, post_id);
        let gone = Reaction { user_id, emoji_name: emoji_name.to_owned(), create_at: 0 };
        self.publish_reaction("reaction_removed", &gone, post_id, channel_id, false);
        Ok(())
    }

    fn publish_reaction(
        &self,
        name: &'static str,
        reaction: &Reaction,
        post_id: Id,
        channel_id: Id,
        added: bool,
    ) {
        let view = reaction_view(reaction, post_id, added.then_some(channel_id), self.version);
        let text = serde_json::to_string(&view).unwrap_or_default();
        self.publish(&Event::new(name, json!({ "reaction": text }), Broadcast::channel(channel_id)));
    }

    /// Shows one user a message that is stored nowhere; the message.
    pub(crate) fn ephemeral(
        &mut self,
        from: Id,
        to: Id,
        channel_id: Id,
        new: NewPost,
    ) -> Result<Post, ApiError> {
        let (post, event) = self.ephemeral_untold(from, to, channel_id, new)?;
        self.publish(&event);
        Ok(post)
    }

    /// The same without telling the user's connections: the event is to be published.
    pub(crate) fn ephemeral_untold(
        &mut self,
        from: Id,
        to: Id,
        channel_id: Id,
        new: NewPost,
    ) -> Result<(Post, Event), ApiError> {
        self.channel(channel_id)?;
        let (props, integrations) = attachments::split(new.props, self.version.is_modern());
        let mut post = Post {
            id: Id::new(),
            create_at: now_ms(),
            update_at: 0,
            edit_at: 0,
            delete_at: 0,
            is_pinned: false,
            user_id: from,
            channel_id,
            root_id: Id::parse(&new.root_id),
            original_id: None,
            message: new.message,
            kind: "system_ephemeral".into(),
            props,
            integrations,
            hashtags: String::new(),
            file_ids: Vec::new(),
            lost_files: true,
            reactions: Vec::new(),
        };
        let (post_id, root_post_id) = (post.id, post.root_id.unwrap_or(post.id));
        post.seal_actions(|action| {
            self.secrets.seal(&ActionCookie::new(post_id, root_post_id, channel_id, action))
        });
        self.ephemerals.push(to, &post);
        self.hub.changed();
        let data = json!({ "post": post_text(self, &post, "") });
        let broadcast = Broadcast::user(to).in_channel(channel_id);
        Ok((post, Event::new("ephemeral_message", data, broadcast)))
    }

    /// Tells a channel that somebody writes.
    pub(crate) fn typing(&self, user_id: Id, channel_id: Id, parent_id: &str) {
        let data = json!({ "parent_id": parent_id, "user_id": user_id });
        let event = Event::new("typing", data, Broadcast::channel(channel_id).omit(user_id));
        self.publish(&event.droppable());
    }

    fn publish_edited(&self, post_id: Id) {
        let Some(post) = self.posts.get(&post_id) else { return };
        let data = json!({ "post": post_text(self, post, "") });
        self.publish(&Event::new("post_edited", data, Broadcast::channel(post.channel_id)));
    }
}
