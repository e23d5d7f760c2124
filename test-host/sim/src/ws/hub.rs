//! Bringing events to the connections that may see them.

use std::{collections::HashMap, sync::Arc};

use serde_json::json;
use tokio::sync::watch;

use super::{Broadcast, Event, Link};
use crate::{clock::now_ms, ids::Id, state::World};

/// All connections.
#[derive(Debug)]
pub(crate) struct Hub {
    links: HashMap<Id, Vec<Arc<Link>>>,
    /// Counts how often all sockets were cut.
    cuts: watch::Sender<u64>,
    /// Counts what happened, for those who wait for it.
    changes: watch::Sender<u64>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { links: HashMap::new(), cuts: watch::Sender::new(0), changes: watch::Sender::new(0) }
    }
}

impl Hub {
    /// Whether anybody would see an event.
    pub(crate) fn has_listeners(&self) -> bool {
        !self.links.is_empty()
    }

    /// Changes whenever all sockets are to be dropped.
    pub(crate) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    /// Changes whenever a post was written or changed, somebody was shown something, or a command was registered, changed
    /// or deleted.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Notes that there is something to see for those who wait.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// How many sockets are attached.
    pub(crate) fn live(&self) -> usize {
        self.links.values().flatten().filter(|link| link.attachment().is_some()).count()
    }

    /// Forgets connections that were cut and had no activity since `limit`, and those that were given up.
    pub(crate) fn sweep(&mut self, limit: i64) {
        self.links.retain(|_, links| {
            links.retain(|link| !link.is_stale(limit));
            !links.is_empty()
        });
    }

    fn is_online(&self, user_id: Id) -> bool {
        self.links.get(&user_id).is_some_and(|links| links.iter().any(|link| link.attachment().is_some()))
    }
}

impl World {
    /// Gives every connection that may see it an event.
    pub(crate) fn publish(&self, event: &Event) {
        let copies = self.faults.copies(event.name);
        if copies == 0 {
            return;
        }
        let modern = self.version.is_modern();
        let mut shared: Option<Arc<str>> = None;
        for (user_id, links) in &self.hub.links {
            if !self.may_see(*user_id, &event.broadcast) {
                continue;
            }
            let own = event.frame_for(*user_id, modern);
            for link in links {
                // A revoked or disabled session keeps its socket and hears nothing more.
                if self.token_user(&link.token) != Some(*user_id) {
                    continue;
                }
                let frame = own.as_ref().unwrap_or_else(|| shared.get_or_insert_with(|| event.frame(modern)));
                for _ in 0..copies {
                    link.push_event(frame, event.is_droppable);
                }
            }
        }
    }

    /// Queues a frame for a user's connections, up to its number.
    pub(crate) fn push_frame(&self, user_id: Id, frame: &Arc<str>) {
        for link in self.hub.links.get(&user_id).into_iter().flatten() {
            link.push_event(frame, false);
        }
    }

    /// Whether a connection of a user has much to write.
    pub(crate) fn is_behind(&self, user_id: Id) -> bool {
        self.hub.links.get(&user_id).into_iter().flatten().any(|link| link.is_behind())
    }

    fn may_see(&self, user_id: Id, to: &Broadcast) -> bool {
        if to.omit == Some(user_id) {
            return false;
        }
        if to.is_sanitized || to.is_sensitive {
            let is_admin = self.is_admin(user_id);
            if (to.is_sanitized && is_admin) || (to.is_sensitive && !is_admin) {
                return false;
            }
        }
        if let Some(only) = to.user_id {
            return only == user_id;
        }
        if let Some(channel_id) = to.channel_id {
            return self
                .channels
                .get(&channel_id)
                .is_some_and(|channel| channel.members.contains_key(&user_id));
        }
        match to.team_id {
            Some(team_id) => self.teams.get(&team_id).is_some_and(|team| team.members.contains_key(&user_id)),
            None => true,
        }
    }

    /// Opens a connection or takes up a cut one; the link and the socket's attachment to it.
    pub(super) fn connect(
        &mut self,
        user_id: Id,
        token: &str,
        resume: Option<(Id, i64)>,
    ) -> (Arc<Link>, u64) {
        self.hub.sweep(i64::MIN);
        let hello = |id| self.hello(user_id, id);
        let known = self.hub.links.get(&user_id).into_iter().flatten();
        let taken_up = resume.and_then(|(id, seq)| {
            known.clone().find_map(|link| Some((Arc::clone(link), link.resume(id, seq, hello)?)))
        });
        let attached = taken_up.unwrap_or_else(|| {
            let link = Arc::new(Link::new(user_id, token.to_owned(), hello));
            (link, 1)
        });
        let links = self.hub.links.entry(user_id).or_default();
        if !links.iter().any(|link| Arc::ptr_eq(link, &attached.0)) {
            links.push(Arc::clone(&attached.0));
        }
        self.set_status(user_id, "online");
        attached
    }

    /// Notes that a socket is gone.
    pub(super) fn disconnect(&mut self, link: &Link, attachment: u64) {
        let activity_at = self.users.get(&link.user_id).map_or(0, |user| user.activity_at);
        if link.detach(attachment, activity_at) && !self.hub.is_online(link.user_id) {
            self.set_status(link.user_id, "offline");
        }
    }

    /// Drops all sockets without a word.
    pub(crate) fn cut_sockets(&mut self) {
        let live: Vec<_> = self.hub.links.values().flatten().cloned().collect();
        for link in live {
            if let Some(attachment) = link.attachment() {
                self.disconnect(&link, attachment);
            }
        }
        self.hub.cuts.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Forgets cut connections that are too old to be taken up.
    pub(crate) fn sweep_connections(&mut self, window_ms: i64) {
        self.hub.sweep(now_ms().saturating_sub(window_ms));
    }

    fn hello(&self, user_id: Id, connection_id: Id) -> Arc<str> {
        let modern = self.version.is_modern();
        let data = if modern {
            json!({
                "connection_id": connection_id,
                "server_hostname": "sim",
                "server_version": self.version.long(),
            })
        } else {
            json!({ "server_version": self.version.long() })
        };
        Event::new("hello", data, Broadcast::user(user_id)).frame(modern)
    }
}
