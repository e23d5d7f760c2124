//! Teams and their members.

use std::collections::HashMap;

use serde_json::json;

use super::{ChannelKind, Team, World, channels::NewChannel, posts::SystemPost};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    ws::{Broadcast, Event},
};

/// The channels that every team has and every member is in.
const DEFAULT_CHANNELS: [(&str, &str); 2] = [("town-square", "Town Square"), ("off-topic", "Off-Topic")];

impl World {
    /// Makes a team with its two default channels; `creator` becomes its admin.
    pub(crate) fn create_team(
        &mut self,
        creator: Id,
        name: &str,
        display_name: &str,
        kind: &str,
    ) -> Result<Id, ApiError> {
        if name.len() < 2 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(ApiError::bad(
                "model.team.is_valid.characters.app_error",
                "Name must be 2 or more lowercase alphanumeric characters.",
            ));
        }
        if self.team_by_name(name).is_some() {
            return Err(ApiError::bad(
                "app.team.save_member.save.app_error",
                "A team with that name already exists.",
            ));
        }
        let now = now_ms();
        let id = Id::new();
        let team = Team {
            id,
            create_at: now,
            update_at: now,
            delete_at: 0,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            description: String::new(),
            email: String::new(),
            kind: if kind == "I" { "I" } else { "O" }.to_owned(),
            invite_id: Id::new(),
            members: HashMap::new(),
        };
        self.teams.insert(id, team);
        for (name, display_name) in DEFAULT_CHANNELS {
            self.insert_channel(NewChannel {
                team_id: Some(id),
                kind: ChannelKind::Open,
                name: name.to_owned(),
                display_name: display_name.to_owned(),
                header: String::new(),
                purpose: String::new(),
                creator_id: None,
            });
        }
        self.add_team_member(id, creator, None)?;
        if let Some(team) = self.teams.get_mut(&id) {
            team.members.insert(creator, true);
        }
        Ok(id)
    }

    /// The team with this id.
    pub(crate) fn team(&self, id: Id) -> Result<&Team, ApiError> {
        self.teams.get(&id).filter(|team| team.delete_at == 0).ok_or(ApiError::no_team())
    }

    /// The team with this name.
    pub(crate) fn team_by_name(&self, name: &str) -> Option<&Team> {
        self.teams.values().find(|team| team.delete_at == 0 && team.name == name)
    }

    /// The teams of a user, by display name.
    pub(crate) fn teams_of(&self, user_id: Id) -> Vec<&Team> {
        let mut teams: Vec<_> =
            self.teams.values().filter(|team| team.members.contains_key(&user_id)).collect();
        teams.sort_by(|a, b| a.display_name.cmp(&b.display_name));
        teams
    }

    /// Adds somebody to a team and to its default channels; `adder` when somebody else did it.
    pub(crate) fn add_team_member(
        &mut self,
        team_id: Id,
        user_id: Id,
        adder: Option<Id>,
    ) -> Result<(), ApiError> {
        self.user(user_id)?;
        let team = self.teams.get_mut(&team_id).ok_or(ApiError::no_team())?;
        if team.members.contains_key(&user_id) {
            return Ok(());
        }
        team.members.insert(user_id, false);
        if let Some(user) = self.users.get_mut(&user_id) {
            user.update_at = now_ms();
        }
        let data = json!({ "team_id": team_id, "user_id": user_id });
        self.publish(&Event::new("added_to_team", data, Broadcast::user(user_id)));
        for (index, (name, _)) in DEFAULT_CHANNELS.iter().enumerate() {
            let Some(channel_id) = self.channel_by_name(Some(team_id), name).map(|channel| channel.id) else {
                continue;
            };
            self.insert_member(channel_id, user_id, false);
            self.publish_user_added(channel_id, user_id);
            let (user_name, adder_name) = (self.username(user_id), adder.map(|id| self.username(id)));
            let of_team = index == 0;
            let post = match (&adder_name, adder) {
                (Some(adder_name), Some(adder)) => SystemPost {
                    user_id: adder,
                    channel_id,
                    kind: if of_team { "system_add_to_team" } else { "system_add_to_channel" },
                    message: if of_team {
                        format!("{user_name} added to the team by {adder_name}.")
                    } else {
                        format!("{user_name} added to the channel by {adder_name}.")
                    },
                    props: json!({
                        "addedUserId": user_id,
                        "addedUsername": user_name,
                        "userId": adder,
                        "username": adder_name,
                    }),
                    mention: None,
                },
                _ => SystemPost {
                    user_id,
                    channel_id,
                    kind: if of_team { "system_join_team" } else { "system_join_channel" },
                    message: format!("{user_name} joined the {}.", if of_team { "team" } else { "channel" }),
                    props: json!({ "username": user_name }),
                    mention: None,
                },
            };
            self.post_system(post);
        }
        Ok(())
    }

    /// Makes a member the team's admin or an ordinary one.
    pub(crate) fn set_team_admin(&mut self, team_id: Id, user_id: Id, admin: bool) -> Result<(), ApiError> {
        let team = self.teams.get_mut(&team_id).ok_or(ApiError::no_team())?;
        *team.members.get_mut(&user_id).ok_or(ApiError::missing(
            "app.team.get_member.missing.app_error",
            "No team member found for that user ID and team ID.",
        ))? = admin;
        Ok(())
    }

    /// Takes somebody out of a team and its channels.
    pub(crate) fn remove_team_member(&mut self, team_id: Id, user_id: Id) -> Result<(), ApiError> {
        let data = json!({ "team_id": team_id, "user_id": user_id });
        // The one who leaves is told too, so the event goes out while they are still in.
        self.publish(&Event::new("leave_team", data, Broadcast::team(team_id)));
        let team = self.teams.get_mut(&team_id).ok_or(ApiError::no_team())?;
        if team.members.remove(&user_id).is_none() {
            return Err(ApiError::missing(
                "app.team.get_member.missing.app_error",
                "No team member found for that user ID and team ID.",
            ));
        }
        let left: Vec<Id> = self
            .channels
            .values()
            .filter(|channel| channel.team_id == Some(team_id))
            .map(|channel| channel.id)
            .collect();
        for channel_id in left {
            self.delete_member(channel_id, user_id);
        }
        Ok(())
    }
}
