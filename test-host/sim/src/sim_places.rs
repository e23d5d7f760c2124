//! Making teams, channels and people without HTTP.

use crate::{
    errors::{ApiError, SimError},
    ids::Id,
    sim::Sim,
    sim_people::parse,
    state::{ChannelKind, ChannelPatch, NewChannel, NewUser, UserPatch, World},
};

impl Sim {
    /// Makes a team, as the admin would; its id.
    pub fn team(&self, name: &str, display_name: &str) -> Result<String, SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        Ok(world.create_team(admin, name, display_name, "O")?.to_string())
    }

    /// Adds a user to a team, and so to its default channels.
    pub fn join_team(&self, team_id: &str, user_id: &str) -> Result<(), SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        Ok(world.add_team_member(parse(team_id)?, parse(user_id)?, Some(admin))?)
    }

    /// Makes a channel of a team with these members of the team in it, as the admin would; its id.
    pub fn channel(
        &self,
        team_id: &str,
        name: &str,
        display_name: &str,
        private: bool,
        members: &[&str],
    ) -> Result<String, SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        let new = NewChannel {
            team_id: Some(parse(team_id)?),
            kind: if private { ChannelKind::Private } else { ChannelKind::Open },
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            header: String::new(),
            purpose: String::new(),
            creator_id: Some(admin),
        };
        let id = world.create_channel(admin, new)?;
        for member in members {
            world.add_channel_member(admin, id, parse(member)?)?;
        }
        Ok(id.to_string())
    }

    /// Gives a channel another name in URLs, as the admin would.
    pub fn rename_channel(&self, channel_id: &str, name: &str) -> Result<(), SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        let patch = ChannelPatch { name: Some(name.to_owned()), ..ChannelPatch::default() };
        Ok(world.patch_channel(admin, parse(channel_id)?, patch)?)
    }

    /// Takes a user out of a channel, as the admin would.
    pub fn leave(&self, channel_id: &str, user_id: &str) -> Result<(), SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        Ok(world.remove_channel_member(admin, parse(channel_id)?, parse(user_id)?)?)
    }

    /// Archives a channel, as the admin would.
    pub fn archive(&self, channel_id: &str) -> Result<(), SimError> {
        let mut world = self.app.world();
        let admin = admin(&world)?;
        Ok(world.delete_channel(admin, parse(channel_id)?)?)
    }

    /// Makes a person; the id.
    pub fn person(&self, username: &str) -> Result<String, SimError> {
        let new = NewUser {
            username: username.to_owned(),
            email: format!("{username}@example.com"),
            password: "Passw0rd!x".to_owned(),
            ..NewUser::default()
        };
        Ok(self.app.world().create_user(new)?.to_string())
    }

    /// Gives a person the names that others see.
    pub fn call(&self, user_id: &str, first_name: &str, last_name: &str) -> Result<(), SimError> {
        let patch = UserPatch {
            first_name: Some(first_name.to_owned()),
            last_name: Some(last_name.to_owned()),
            ..UserPatch::default()
        };
        Ok(self.app.world().patch_user(parse(user_id)?, patch)?)
    }
}

/// The first admin.
fn admin(world: &World) -> Result<Id, ApiError> {
    world.users.values().find(|user| user.is_admin).map(|user| user.id).ok_or(ApiError::permission())
}
