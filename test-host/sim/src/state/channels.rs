//! Channels of all four types.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use sha1::{Digest, Sha1};

use super::{Channel, ChannelKind, World, posts::SystemPost};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    views::channel_view,
    ws::{Broadcast, Event},
};

/// A channel to be made.
#[derive(Debug)]
pub(crate) struct NewChannel {
    pub(crate) team_id: Option<Id>,
    pub(crate) kind: ChannelKind,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) header: String,
    pub(crate) purpose: String,
    pub(crate) creator_id: Option<Id>,
}

/// The fields of a channel that a patch names.
#[derive(Debug, Default)]
pub(crate) struct ChannelPatch {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) header: Option<String>,
    pub(crate) purpose: Option<String>,
}

impl World {
    /// Makes an open or private channel with its creator as the first member.
    pub(crate) fn create_channel(&mut self, creator: Id, new: NewChannel) -> Result<Id, ApiError> {
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if new.name.is_empty() || new.name.len() > 64 || !new.name.bytes().all(letters) {
            return Err(ApiError::bad(
                "model.channel.is_valid.1_or_more.app_error",
                "Name must be 1 or more lowercase alphanumeric characters.",
            ));
        }
        if self.channel_names.contains_key(&(new.team_id, new.name.clone())) {
            return Err(ApiError::bad(
                "store.sql_channel.save_channel.exists.app_error",
                "A channel with that name already exists on the same team.",
            ));
        }
        let team_id = new.team_id;
        let id = self.insert_channel(new);
        self.insert_member(id, creator, true);
        let username = self.username(creator);
        self.post_system(SystemPost {
            user_id: creator,
            channel_id: id,
            kind: "system_join_channel",
            message: format!("{username} joined the channel."),
            props: json!({ "username": username }),
            mention: None,
        });
        let data = json!({ "channel_id": id, "team_id": team_id });
        self.publish(&Event::new("channel_created", data, Broadcast::user(creator)));
        Ok(id)
    }

    /// Stores a channel without members, posts or events.
    pub(super) fn insert_channel(&mut self, new: NewChannel) -> Id {
        let now = now_ms();
        let id = Id::new();
        self.channel_names.insert((new.team_id, new.name.clone()), id);
        let channel = Channel {
            id,
            create_at: now,
            update_at: now,
            delete_at: 0,
            team_id: new.team_id,
            kind: new.kind,
            name: new.name,
            display_name: new.display_name,
            header: new.header,
            purpose: new.purpose,
            creator_id: new.creator_id,
            last_post_at: 0,
            last_root_post_at: 0,
            total_msg_count: 0,
            total_msg_count_root: 0,
            members: HashMap::new(),
            posts: Vec::new(),
            changes: Vec::new(),
            history: Vec::new(),
        };
        self.channels.insert(id, channel);
        id
    }

    /// The channel with this id.
    pub(crate) fn channel(&self, id: Id) -> Result<&Channel, ApiError> {
        self.channels.get(&id).ok_or_else(|| ApiError::no_channel(id.as_str()))
    }

    /// The channel with this name, among the conversations when no team is named.
    pub(crate) fn channel_by_name(&self, team_id: Option<Id>, name: &str) -> Option<&Channel> {
        self.channels.get(self.channel_names.get(&(team_id, name.to_owned()))?)
    }

    /// The channels of a user in the order of display names; those of one team and the conversations when named.
    pub(crate) fn channels_of(&self, user_id: Id, team_id: Option<Id>) -> Vec<&Channel> {
        let mut channels: Vec<_> = self
            .memberships
            .get(&user_id)
            .into_iter()
            .flatten()
            .filter_map(|id| self.channels.get(id))
            .filter(|channel| channel.delete_at == 0)
            .filter(|channel| team_id.is_none() || channel.team_id.is_none() || channel.team_id == team_id)
            .collect();
        if team_id.is_some() {
            channels.sort_by(|a, b| a.display_name.cmp(&b.display_name).then(a.id.cmp(&b.id)));
        } else {
            channels.sort_by_key(|channel| channel.id);
        }
        channels
    }

    /// The direct channel of two users, made by the first of them if there is none.
    pub(crate) fn direct_channel(&mut self, creator: Id, other: Id) -> Result<Id, ApiError> {
        for id in [creator, other] {
            if !self.users.contains_key(&id) {
                return Err(ApiError::bad(
                    "api.channel.create_direct_channel.invalid_user.app_error",
                    "Invalid user ID for direct channel creation.",
                ));
            }
        }
        let (low, high) = if creator < other { (creator, other) } else { (other, creator) };
        let name = format!("{low}__{high}");
        if let Some(id) = self.channel_names.get(&(None, name.clone())) {
            return Ok(*id);
        }
        let id = self.insert_channel(NewChannel {
            team_id: None,
            kind: ChannelKind::Direct,
            name,
            display_name: String::new(),
            header: String::new(),
            purpose: String::new(),
            creator_id: self.version.is_modern().then_some(creator),
        });
        self.insert_member(id, creator, false);
        self.insert_member(id, other, false);
        let data = if self.version.is_modern() {
            json!({ "creator_id": creator, "teammate_id": other })
        } else {
            json!({ "teammate_id": other })
        };
        self.publish(&Event::new("direct_added", data, Broadcast::channel(id)));
        Ok(id)
    }

    /// The group channel of these users, made if there is none.
    pub(crate) fn group_channel(&mut self, users: &BTreeSet<Id>) -> Result<Id, ApiError> {
        if !(3..=8).contains(&users.len()) {
            return Err(ApiError::bad(
                "api.channel.create_group.bad_size.app_error",
                "Group message channels must contain at least 3 and no more than 8 users.",
            ));
        }
        if users.iter().any(|id| !self.users.contains_key(id)) {
            return Err(ApiError::bad(
                "api.channel.create_group.bad_user.app_error",
                "One of the provided users does not exist.",
            ));
        }
        let mut hash = Sha1::new();
        let mut names: Vec<String> = Vec::new();
        for id in users {
            hash.update(id.as_str());
            names.push(self.username(*id));
        }
        names.sort();
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(id) = self.channel_names.get(&(None, name.clone())) {
            return Ok(*id);
        }
        let id = self.insert_channel(NewChannel {
            team_id: None,
            kind: ChannelKind::Group,
            name,
            display_name: names.join(", "),
            header: String::new(),
            purpose: String::new(),
            creator_id: None,
        });
        let ids: Vec<Id> = users.iter().copied().collect();
        for user_id in &ids {
            self.insert_member(id, *user_id, false);
        }
        let list = serde_json::to_string(&ids).unwrap_or_default();
        let data = json!({ "teammate_ids": list });
        if self.version.is_modern() {
            for user_id in &ids {
                let broadcast = Broadcast::user(*user_id).in_channel(id);
                self.publish(&Event::new("group_added", data.clone(), broadcast));
            }
        } else {
            self.publish(&Event::new("group_added", data, Broadcast::channel(id)));
        }
        Ok(id)
    }

    /// Changes what `patch` names, with the remarks that the server posts about it.
    pub(crate) fn patch_channel(&mut self, by: Id, id: Id, patch: ChannelPatch) -> Result<(), ApiError> {
        let username = self.username(by);
        let channel = self.channels.get_mut(&id).ok_or_else(|| ApiError::no_channel(id.as_str()))?;
        let old_header = channel.header.clone();
        let old_display_name = channel.display_name.clone();
        let old_purpose = channel.purpose.clone();
        if let Some(name) = patch.name.filter(|name| *name != channel.name) {
            let (old, new) = ((channel.team_id, channel.name.clone()), (channel.team_id, name.clone()));
            if self.channel_names.contains_key(&new) {
                return Err(ApiError::bad(
                    "store.sql_channel.save_channel.exists.app_error",
                    "A channel with that name already exists on the same team.",
                ));
            }
            self.channel_names.remove(&old);
            self.channel_names.insert(new, id);
            channel.name = name;
        }
        let fields = [
            (&mut channel.display_name, patch.display_name),
            (&mut channel.header, patch.header),
            (&mut channel.purpose, patch.purpose),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        channel.update_at = now_ms();
        let changes = [
            ("header", "system_header_change", old_header, channel.header.clone()),
            ("display name", "system_displayname_change", old_display_name, channel.display_name.clone()),
            ("purpose", "system_purpose_change", old_purpose, channel.purpose.clone()),
        ];
        self.publish_channel_updated(id);
        for (what, kind, old, new) in changes {
            if old == new {
                continue;
            }
            let message = match (what, old.is_empty(), new.is_empty()) {
                ("display name", _, _) => {
                    format!("{username} updated the channel display name from: {old} to: {new}")
                }
                (_, true, _) => format!("{username} updated the channel {what} to: {new}"),
                (_, _, true) => format!("{username} removed the channel {what} (was: {old})"),
                _ => format!("{username} updated the channel {what} from: {old} to: {new}"),
            };
            let key = what.replace("display name", "displayname");
            let props = json!({
                format!("new_{key}"): new,
                format!("old_{key}"): old,
                "username": username,
            });
            self.post_system(SystemPost { user_id: by, channel_id: id, kind, message, props, mention: None });
        }
        Ok(())
    }

    /// Archives a channel.
    pub(crate) fn delete_channel(&mut self, by: Id, id: Id) -> Result<(), ApiError> {
        let username = self.username(by);
        let channel = self.channel(id)?;
        if channel.kind.is_conversation() {
            return Err(ApiError::bad(
                "api.channel.delete_channel.type.invalid",
                "Unable to delete direct or group message channels",
            ));
        }
        let (team_id, is_open) = (channel.team_id, channel.kind == ChannelKind::Open);
        self.post_system(SystemPost {
            user_id: by,
            channel_id: id,
            kind: "system_channel_deleted",
            message: format!("{username} archived the channel."),
            props: json!({ "username": username }),
            mention: None,
        });
        let now = now_ms();
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.delete_at = now;
            channel.update_at = now;
        }
        let data = json!({ "channel_id": id, "delete_at": now });
        let broadcast = match team_id {
            Some(team_id) if is_open => Broadcast::team(team_id),
            _ => Broadcast::channel(id),
        };
        self.publish(&Event::new("channel_deleted", data, broadcast));
        Ok(())
    }

    /// Brings an archived channel back.
    pub(crate) fn restore_channel(&mut self, id: Id) -> Result<(), ApiError> {
        let channel = self.channels.get_mut(&id).ok_or_else(|| ApiError::no_channel(id.as_str()))?;
        if channel.delete_at == 0 {
            return Err(ApiError::bad(
                "api.channel.restore_channel.restored.app_error",
                "Unable to unarchive channel. The channel is not archived.",
            ));
        }
        channel.delete_at = 0;
        channel.update_at = now_ms();
        let team_id = channel.team_id;
        let broadcast = team_id.map_or_else(|| Broadcast::channel(id), Broadcast::team);
        self.publish(&Event::new("channel_restored", json!({ "channel_id": id }), broadcast));
        Ok(())
    }

    fn publish_channel_updated(&self, id: Id) {
        let Some(channel) = self.channels.get(&id) else { return };
        let text = serde_json::to_string(&channel_view(channel, self.version)).unwrap_or_default();
        self.publish(&Event::new("channel_updated", json!({ "channel": text }), Broadcast::channel(id)));
    }
}
