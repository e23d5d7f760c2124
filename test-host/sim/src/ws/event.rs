//! Events and whom they are for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;
use serde_json::Value;

use crate::ids::{Id, serialize_or_empty};

/// Whom an event is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broadcast {
    pub(super) omit: Option<Id>,
    pub(super) user_id: Option<Id>,
    pub(super) channel_id: Option<Id>,
    pub(super) team_id: Option<Id>,
    /// Private things were taken out, so admins get another event.
    pub(super) is_sanitized: bool,
    /// Private things are in, so only admins get it.
    pub(super) is_sensitive: bool,
}

impl Broadcast {
    /// Every connection.
    pub(crate) fn everyone() -> Self {
        Self::default()
    }

    /// One user's connections.
    pub(crate) fn user(id: Id) -> Self {
        Self { user_id: Some(id), ..Self::default() }
    }

    /// The members of a channel.
    pub(crate) fn channel(id: Id) -> Self {
        Self { channel_id: Some(id), ..Self::default() }
    }

    /// The members of a team.
    pub(crate) fn team(id: Id) -> Self {
        Self { team_id: Some(id), ..Self::default() }
    }

    /// Names the channel beside the user.
    pub(crate) fn in_channel(mut self, id: Id) -> Self {
        self.channel_id = Some(id);
        self
    }

    /// Names the team beside the user.
    pub(crate) fn in_team(mut self, id: Option<Id>) -> Self {
        self.team_id = id;
        self
    }

    /// Leaves one user out.
    pub(crate) fn omit(mut self, id: Id) -> Self {
        self.omit = Some(id);
        self
    }

    /// For those who are no admins.
    pub(crate) fn sanitized(mut self) -> Self {
        self.is_sanitized = true;
        self
    }

    /// For admins only.
    pub(crate) fn sensitive(mut self) -> Self {
        self.is_sensitive = true;
        self
    }
}

/// What only those see whom it names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extras {
    /// Who is told that they are mentioned.
    pub(crate) mentions: BTreeSet<Id>,
    /// Who is told that they follow the thread.
    pub(crate) followers: BTreeSet<Id>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) data: Value,
    pub(super) broadcast: Broadcast,
    pub(super) extras: Extras,
    /// May be left out when a connection is slow.
    pub(super) is_droppable: bool,
}

impl Event {
    pub(crate) fn new(name: &'static str, data: Value, broadcast: Broadcast) -> Self {
        Self { name, data, broadcast, extras: Extras::default(), is_droppable: false }
    }

    /// Allows to leave the event out when a connection is slow.
    pub(crate) fn droppable(mut self) -> Self {
        self.is_droppable = true;
        self
    }

    /// Adds what only some see.
    pub(crate) fn with_extras(mut self, extras: Extras) -> Self {
        self.extras = extras;
        self
    }

    /// The frame up to its sequence number, for everybody to whom the extras say nothing.
    pub(super) fn frame(&self, modern: bool) -> Arc<str> {
        render(self.name, &self.data, &self.broadcast, modern)
    }

    /// The frame of one whom the extras name, or `None` if they do not.
    pub(super) fn frame_for(&self, user_id: Id, modern: bool) -> Option<Arc<str>> {
        let mentioned = self.extras.mentions.contains(&user_id);
        let follows = self.extras.followers.contains(&user_id);
        if !mentioned && !follows {
            return None;
        }
        let own = Value::String(format!("[\"{user_id}\"]"));
        let mut data = self.data.clone();
        if mentioned {
            data["mentions"] = own.clone();
        }
        if follows {
            data["followers"] = own;
        }
        Some(render(self.name, &data, &self.broadcast, modern))
    }
}

#[derive(Serialize)]
struct Frame<'a> {
    event: &'a str,
    data: &'a Value,
    broadcast: BroadcastView<'a>,
}

#[derive(Serialize)]
struct BroadcastView<'a> {
    omit_users: Option<BTreeMap<Id, bool>>,
    #[serde(serialize_with = "serialize_or_empty")]
    user_id: Option<Id>,
    #[serde(serialize_with = "serialize_or_empty")]
    channel_id: Option<Id>,
    #[serde(serialize_with = "serialize_or_empty")]
    team_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omit_connection_id: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    contains_sanitized_data: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    contains_sensitive_data: bool,
}

fn render(name: &str, data: &Value, broadcast: &Broadcast, modern: bool) -> Arc<str> {
    let frame = Frame {
        event: name,
        data,
        broadcast: BroadcastView {
            omit_users: broadcast.omit.map(|id| BTreeMap::from([(id, true)])),
            user_id: broadcast.user_id,
            channel_id: broadcast.channel_id,
            team_id: broadcast.team_id,
            connection_id: modern.then_some(""),
            omit_connection_id: modern.then_some(""),
            contains_sanitized_data: broadcast.is_sanitized,
            contains_sensitive_data: broadcast.is_sensitive,
        },
    };
    let mut text = serde_json::to_string(&frame).unwrap_or_default();
    // The number is the connection's own and comes when the frame is written.
    text.pop();
    text.push_str(",\"seq\":");
    Arc::from(text)
}
