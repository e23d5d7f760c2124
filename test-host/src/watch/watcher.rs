//! A client that only looks.

use super::change::{Change, What};
use crate::failure::Failure;
use mattermost_client::connection::{self, Connection, ConnectionEvent, Events};
use mattermost_client::model::Post;
use mattermost_client::{Client, ServerEvent, ServerUrl, Token};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Names that are remembered; more people do not write while somebody looks.
const NAMES: usize = 4096;
/// Posts whose text is remembered, to show what is new in it.
const TEXTS: usize = 64;

/// A client that only looks at what is posted, edited and deleted where its user is.
pub struct Watcher {
    connection: Connection,
    events: Events,
    start: Instant,
    names: HashMap<String, String>,
    /// The texts of the posts that changed last, by the posts' ids, oldest first.
    texts: VecDeque<(String, String)>,
}

impl Watcher {
    /// Connect to the server at `url` as the owner of `token`, within `limit`.
    pub async fn connect(url: &str, token: &str, limit: Duration) -> Result<Self, Failure> {
        let hint = "check the server's URL and the token";
        let failed =
            |error: &dyn std::fmt::Display| Failure::new(format!("cannot watch {url}: {error}"), hint);
        let server = ServerUrl::parse(url).map_err(|error| failed(&error))?;
        let token = Token::new(token).map_err(|error| failed(&error))?;
        let client = Client::new(server, token, Default::default()).map_err(|error| failed(&error))?;
        let (connection, mut events) = connection::spawn(client, Default::default());
        let connected = tokio::time::timeout(limit, connected(&mut events)).await;
        connected
            .unwrap_or_else(|_| Err(format!("no connection within {} s", limit.as_secs())))
            .map_err(|why| failed(&why))?;
        Ok(Self { connection, events, start: Instant::now(), names: HashMap::new(), texts: VecDeque::new() })
    }

    /// Count the time from now on.
    pub fn restart_clock(&mut self) {
        self.start = Instant::now();
    }

    /// The next change; `None` when the connection is gone for good. Cancel-safe.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            let event = match self.events.recv().await? {
                ConnectionEvent::Event(event) => event,
                ConnectionEvent::Disconnected { reason, .. } => {
                    tracing::warn!(
                        "the connection is lost ({reason}), trying again; what happens meanwhile is missing"
                    );
                    continue;
                }
                ConnectionEvent::AuthRejected { detail, .. } => {
                    tracing::warn!("the server does not accept the token any more: {detail}");
                    continue;
                }
                _ => continue,
            };
            let (what, post) = match *event {
                ServerEvent::Posted(posted) => {
                    if self.names.len() < NAMES && !posted.sender_name.is_empty() {
                        let name = format!("@{}", posted.sender_name.trim_start_matches('@'));
                        self.names.insert(posted.post.user_id.clone(), name);
                    }
                    (What::Posted, posted.post)
                }
                ServerEvent::PostEdited(change) => (What::Edited, change.post),
                ServerEvent::PostDeleted(change) => (What::Deleted, change.post),
                _ => continue,
            };
            let before = self.remember(&post);
            return Some(Change { at: self.start.elapsed(), what, who: self.name(&post), post, before });
        }
    }

    /// Remember the text of a post; what it was before.
    fn remember(&mut self, post: &Post) -> Option<String> {
        let known = self.texts.iter().position(|(id, _)| *id == post.id);
        let before = known.and_then(|index| self.texts.remove(index)).map(|(_, text)| text);
        if self.texts.len() >= TEXTS {
            self.texts.pop_front();
        }
        self.texts.push_back((post.id.clone(), post.message.clone()));
        before
    }

    fn name(&self, post: &Post) -> String {
        self.names.get(&post.user_id).unwrap_or(&post.user_id).clone()
    }

    /// Close the connection.
    pub async fn stop(self) {
        self.connection.stop().await;
    }
}

/// It would try again by itself, but somebody who waits wants to know at once that nobody is there.
async fn connected(events: &mut Events) -> Result<(), String> {
    while let Some(event) = events.recv().await {
        match event {
            ConnectionEvent::Connected { .. } => return Ok(()),
            ConnectionEvent::AuthRejected { detail, .. } => {
                return Err(format!("the server does not accept the token: {detail}"));
            }
            ConnectionEvent::Disconnected { reason, .. } => return Err(reason.to_string()),
            _ => {}
        }
    }
    Err("the connection ended".to_owned())
}
