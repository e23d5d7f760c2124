//! The names of those who wrote what is read: a page of posts has only their ids.

use mattermost_client::Client;
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, ChannelType, Post};
use std::collections::{HashMap, HashSet};

/// Names that are remembered.
const MOST: usize = 2_000;
/// Ids that one call asks for.
const AT_ONCE: usize = 100;

/// Names by user id, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct People {
    names: HashMap<String, String>,
}

impl People {
    /// Ask for the names of the authors that are not known. A server that does not tell leaves them unknown.
    pub(crate) async fn ask(&mut self, client: &Client, posts: &[Post]) {
        if self.names.len() > MOST {
            self.names.clear();
        }
        let unknown: HashSet<&str> = posts
            .iter()
            .map(|post| post.user_id.as_str())
            .filter(|id| !id.is_empty() && !self.names.contains_key(*id))
            .collect();
        let unknown: Vec<&str> = unknown.into_iter().collect();
        for ids in unknown.chunks(AT_ONCE) {
            match client.users_by_ids(ids).await {
                Ok(users) => self.names.extend(users.into_iter().map(|user| (user.id, user.username))),
                Err(error) => tracing::debug!(%error, "names of authors are not known"),
            }
        }
    }

    /// The post as the socket would have told of it.
    pub(crate) fn posted(&self, post: Post, channel: &Channel) -> Posted {
        let name = self.names.get(&post.user_id);
        let sender_name = name.map(|name| format!("@{name}")).unwrap_or_default();
        let display = match channel.channel_type {
            ChannelType::Direct => sender_name.clone(),
            _ => channel.display_name.clone(),
        };
        Posted {
            channel_type: channel.channel_type.clone(),
            channel_name: channel.name.clone(),
            channel_display_name: display,
            sender_name,
            team_id: channel.team_id.clone(),
            post,
            ..Posted::default()
        }
    }
}
