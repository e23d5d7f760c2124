//! Threads: replies, participants, followers, unread counts.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Post, World};
use crate::{
    ids::Id,
    views::thread_view,
    ws::{Broadcast, Event},
};

impl World {
    /// Notes a reply. Its author, those named and, with the first reply, whom the root concerns follow the thread.
    pub(super) fn note_reply(&mut self, reply: &Post, root_id: Id, mentioned: &BTreeSet<Id>) {
        let of_root = match self.posts.get(&root_id) {
            Some(root) if !self.threads.contains_key(&root_id) => {
                let channel = self.channels.get(&root.channel_id);
                let mut concerned =
                    channel.map(|channel| self.mentioned(root, channel, None)).unwrap_or_default();
                if !root.is_system() {
                    concerned.insert(root.user_id);
                }
                concerned
            }
            _ => BTreeSet::new(),
        };
        let thread = self.threads.entry(root_id).or_default();
        thread.replies.push(reply.id);
        thread.reply_count += 1;
        thread.last_reply_at = reply.create_at;
        thread.participants.retain(|id| *id != reply.user_id);
        thread.participants.push(reply.user_id);
        thread.followers.extend(of_root);
        thread.followers.extend(mentioned);
        thread.followers.insert(reply.user_id);
        thread.unread.insert(reply.user_id, (0, 0));
    }

    /// The followers who are told of a reply by their notification settings: those whom it concerns.
    pub(super) fn notified_followers(&self, root_id: Id, mentioned: &BTreeSet<Id>) -> BTreeSet<Id> {
        match self.threads.get(&root_id) {
            Some(thread) => mentioned.iter().copied().filter(|id| thread.followers.contains(id)).collect(),
            None => BTreeSet::new(),
        }
    }

    /// Counts the reply for every follower and tells them how the thread stands.
    pub(super) fn publish_thread(&mut self, reply: &Post, root_id: Id, mentioned: &BTreeSet<Id>) {
        let team_id = self.channels.get(&reply.channel_id).and_then(|channel| channel.team_id);
        let Some(thread) = self.threads.get_mut(&root_id) else { return };
        let followers: Vec<Id> = thread.followers.iter().copied().collect();
        for follower in followers {
            let Some(thread) = self.threads.get_mut(&root_id) else { return };
            let counts = thread.unread.entry(follower).or_default();
            let before = *counts;
            if follower != reply.user_id {
                counts.0 += 1;
                counts.1 += i64::from(mentioned.contains(&follower));
            }
            let now = *counts;
            let Some(text) = thread_view(self, root_id, now) else { return };
            let data = json!({
                "previous_unread_mentions": before.1,
                "previous_unread_replies": before.0,
                "thread": text,
            });
            let broadcast = Broadcast::user(follower).in_team(team_id);
            self.publish(&Event::new("thread_updated", data, broadcast));
        }
    }

    /// The posts of a thread that reads show, the root first.
    pub(crate) fn thread_posts(&self, root_id: Id) -> Vec<&Post> {
        let horizon = self.horizon();
        let replies = self.threads.get(&root_id).map(|thread| thread.replies.as_slice()).unwrap_or_default();
        std::iter::once(&root_id)
            .chain(replies)
            .filter_map(|id| self.posts.get(id))
            .filter(|post| post.delete_at == 0 && post.create_at <= horizon)
            .collect()
    }

    /// How many replies the thread of a post has.
    pub(crate) fn reply_count(&self, post: &Post) -> i64 {
        let root_id = post.root_id.unwrap_or(post.id);
        self.threads.get(&root_id).map_or(0, |thread| thread.reply_count)
    }
}
