//! Slash commands and who may manage them.

use super::World;
use crate::{clock::now_ms, errors::ApiError, ids::Id};

/// The words of the server's own commands, which nobody else may use.
const BUILT_IN: [&str; 31] = [
    "away",
    "code",
    "collapse",
    "dnd",
    "echo",
    "expand",
    "groupmsg",
    "header",
    "help",
    "invite",
    "invite_people",
    "join",
    "kick",
    "leave",
    "logout",
    "marketplace",
    "me",
    "msg",
    "mute",
    "offline",
    "online",
    "open",
    "purpose",
    "remove",
    "rename",
    "search",
    "settings",
    "share-channel",
    "shortcuts",
    "shrug",
    "status",
];
/// The longest trigger, in bytes.
const MAX_TRIGGER: usize = 128;
/// The longest URL, in bytes.
const MAX_URL: usize = 1024;
/// The longest display name, in bytes.
const MAX_DISPLAY_NAME: usize = 64;
/// The longest description, in bytes.
const MAX_DESCRIPTION: usize = 128;

/// A command of a team.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) creator_id: Id,
    pub(crate) team_id: Id,
    pub(crate) wording: CommandWording,
}

/// What of a command its owner chooses.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandWording {
    pub(crate) trigger: String,
    /// `P` or `G`.
    pub(crate) method: String,
    pub(crate) username: String,
    pub(crate) icon_url: String,
    pub(crate) auto_complete: bool,
    pub(crate) auto_complete_desc: String,
    pub(crate) auto_complete_hint: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) url: String,
}

impl CommandWording {
    fn check(&self) -> Result<(), ApiError> {
        let trigger = &self.trigger;
        if !(1..=MAX_TRIGGER).contains(&trigger.len()) || trigger.starts_with('/') || trigger.contains(' ') {
            return Err(ApiError::bad("model.command.is_valid.trigger.app_error", "Invalid trigger."));
        }
        if self.url.is_empty() || self.url.len() > MAX_URL {
            return Err(ApiError::bad("model.command.is_valid.url.app_error", "Invalid url."));
        }
        let is_http = self.url.starts_with("http://") || self.url.starts_with("https://");
        if !is_http || !url::Url::parse(&self.url).is_ok_and(|url| url.has_host()) {
            return Err(ApiError::bad(
                "model.command.is_valid.url_http.app_error",
                "Invalid URL. Must be a valid URL and start with http:// or https://.",
            ));
        }
        if !matches!(self.method.as_str(), "P" | "G") {
            return Err(ApiError::bad("model.command.is_valid.method.app_error", "Invalid Method."));
        }
        if self.display_name.len() > MAX_DISPLAY_NAME {
            return Err(ApiError::bad("model.command.is_valid.display_name.app_error", "Invalid title."));
        }
        if self.description.len() > MAX_DESCRIPTION {
            return Err(ApiError::bad(
                "model.command.is_valid.description.app_error",
                "Invalid description.",
            ));
        }
        Ok(())
    }
}

impl World {
    /// Whether a user has `manage_own_slash_commands` in a team.
    pub(crate) fn may_own_commands(&self, user_id: Id, team_id: Id) -> bool {
        let everybody = self.settings.own_commands.unwrap_or(!self.version.is_modern());
        self.may_manage_commands(user_id, team_id) || (everybody && self.in_team(user_id, team_id))
    }

    /// Whether a user has `manage_others_slash_commands` in a team: its admins and the system admin have it.
    pub(crate) fn may_manage_commands(&self, user_id: Id, team_id: Id) -> bool {
        let is_team_admin =
            self.teams.get(&team_id).and_then(|team| team.members.get(&user_id)).copied().unwrap_or(false);
        is_team_admin || self.is_admin(user_id)
    }

    /// Registers a command of `by`, or of `owner` where `by` may do that for others.
    pub(crate) fn create_command(
        &mut self,
        by: Id,
        owner: Option<Id>,
        team_id: Option<Id>,
        mut wording: CommandWording,
    ) -> Result<Id, ApiError> {
        let team_id = team_id.filter(|id| self.may_own_commands(by, *id)).ok_or(ApiError::permission())?;
        let creator_id = owner.unwrap_or(by);
        if creator_id != by {
            if !self.may_manage_commands(by, team_id) {
                return Err(ApiError::permission());
            }
            self.user(creator_id)?;
        }
        self.team(team_id)?;
        wording.trigger = wording.trigger.to_lowercase();
        self.check_trigger(team_id, &wording.trigger, None)?;
        wording.check()?;
        let (id, now) = (Id::new(), now_ms());
        let token = Id::new().to_string();
        let command = Command { id, token, create_at: now, update_at: now, creator_id, team_id, wording };
        self.commands.insert(id, command);
        self.hub.changed();
        Ok(id)
    }

    /// Changes a command.
    pub(crate) fn update_command(
        &mut self,
        id: Id,
        team_id: Option<Id>,
        mut wording: CommandWording,
    ) -> Result<(), ApiError> {
        let known = self.commands.get(&id).ok_or(no_command())?;
        if team_id != Some(known.team_id) {
            return Err(ApiError::bad(
                "api.command.team_mismatch.app_error",
                "Unable to update commands across teams.",
            ));
        }
        wording.trigger = wording.trigger.to_lowercase();
        self.check_trigger(known.team_id, &wording.trigger, Some(id))?;
        wording.check()?;
        if let Some(command) = self.commands.get_mut(&id) {
            command.wording = wording;
            command.update_at = now_ms();
        }
        self.hub.changed();
        Ok(())
    }

    /// Forgets a command. Its address for later answers is of no use any more.
    pub(crate) fn delete_command(&mut self, id: Id) {
        self.commands.remove(&id);
        self.hub.changed();
    }

    /// Gives a command another token; the token.
    pub(crate) fn regenerate_command(&mut self, id: Id) -> Result<String, ApiError> {
        let command = self.commands.get_mut(&id).ok_or(no_command())?;
        command.token = Id::new().to_string();
        command.update_at = now_ms();
        Ok(command.token.clone())
    }

    /// A command, for one who may change it. Who may not own any learns no more than that there is none.
    pub(crate) fn managed_command(&self, by: Id, id: Id) -> Result<&Command, ApiError> {
        let command = self.commands.get(&id).ok_or(no_command())?;
        if !self.may_own_commands(by, command.team_id) {
            return Err(if self.version.is_modern() { no_command() } else { ApiError::permission() });
        }
        if command.creator_id != by && !self.may_manage_commands(by, command.team_id) {
            return Err(ApiError::permission());
        }
        Ok(command)
    }

    /// A command, for one who wants to see it; those of others are hidden.
    pub(crate) fn visible_command(&self, by: Id, id: Id) -> Result<&Command, ApiError> {
        self.managed_command(by, id).map_err(|_| no_command())
    }

    /// The commands of a team, oldest first.
    pub(crate) fn team_commands(&self, team_id: Id) -> Vec<&Command> {
        let mut commands: Vec<_> =
            self.commands.values().filter(|command| command.team_id == team_id).collect();
        commands.sort_by_key(|command| (command.create_at, command.id));
        commands
    }

    fn check_trigger(&self, team_id: Id, trigger: &str, except: Option<Id>) -> Result<(), ApiError> {
        let taken = self.commands.values().any(|command| {
            command.team_id == team_id && Some(command.id) != except && command.wording.trigger == trigger
        });
        if taken || BUILT_IN.contains(&trigger) {
            return Err(ApiError::bad(
                "api.command.duplicate_trigger.app_error",
                "This trigger word is already in use. Please choose another word.",
            ));
        }
        Ok(())
    }
}

/// No such command.
const fn no_command() -> ApiError {
    ApiError::missing("store.sql_command.save.get.app_error", "Unable to get the command.")
}
