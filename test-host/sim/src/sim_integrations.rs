//! Clicking, executing commands, and what came of it, without a client; and the settings that concern it.

use std::{fmt, time::Duration};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    errors::{ApiError, SimError},
    ids::Id,
    integrations::{CallbackRecord, Click, Execution, click, execute},
    sim::Sim,
    sim_people::{PostRecord, parse},
    state::{AllowedInternal, Command, World},
};

/// What a user's client is answered to a click.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClickOutcome {
    /// The HTTP status.
    pub status: u16,
    /// `{"status": "OK", "trigger_id": ...}`, or the body of an error.
    pub body: Value,
}

/// What a user's client is answered to a slash command.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CommandOutcome {
    /// The HTTP status.
    pub status: u16,
    /// The integration's answer in the server's form, or the body of an error.
    pub body: Value,
}

/// A slash command as the server stores it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandRecord {
    /// The id.
    pub id: String,
    /// What the integration recognises the server by.
    pub token: String,
    /// When it was registered.
    pub create_at: i64,
    /// When it was last changed.
    pub update_at: i64,
    /// Who registered it.
    pub creator_id: String,
    /// Where it may be used.
    pub team_id: String,
    /// The word after the slash.
    pub trigger: String,
    /// `P` for POST, `G` for GET.
    pub method: String,
    /// What is called.
    pub url: String,
    /// What it is good for, for its owner.
    pub description: String,
    /// Whether clients suggest it while one types.
    pub auto_complete: bool,
    /// What suggestions say that it does.
    pub auto_complete_desc: String,
    /// What suggestions say that may follow.
    pub auto_complete_hint: String,
}

/// Leaves out the token.
impl fmt::Debug for CommandRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRecord")
            .field("id", &self.id)
            .field("trigger", &self.trigger)
            .field("method", &self.method)
            .field("url", &self.url)
            .field("creator_id", &self.creator_id)
            .finish_non_exhaustive()
    }
}

impl From<&Command> for CommandRecord {
    fn from(command: &Command) -> Self {
        let wording = &command.wording;
        Self {
            id: command.id.to_string(),
            token: command.token.clone(),
            create_at: command.create_at,
            update_at: command.update_at,
            creator_id: command.creator_id.to_string(),
            team_id: command.team_id.to_string(),
            trigger: wording.trigger.clone(),
            method: wording.method.clone(),
            url: wording.url.clone(),
            description: wording.description.clone(),
            auto_complete: wording.auto_complete,
            auto_complete_desc: wording.auto_complete_desc.clone(),
            auto_complete_hint: wording.auto_complete_hint.clone(),
        }
    }
}

impl Sim {
    /// Clicks a button of a post as a user, which really calls its integration; returns when that has answered. On an
    /// ephemeral post that the user was shown, the button's cookie goes along, as a client sends it.
    pub async fn click(&self, user_id: &str, post_id: &str, action_id: &str) -> ClickOutcome {
        self.choose(user_id, post_id, action_id, "").await
    }

    /// Chooses an option of a post's menu as a user; else as [`Sim::click`].
    pub async fn choose(&self, user_id: &str, post_id: &str, action_id: &str, option: &str) -> ClickOutcome {
        let clicked = match self.click_of(user_id, post_id, action_id, option) {
            Ok(clicked) => click(&self.app, clicked).await,
            Err(error) => Err(error),
        };
        let told = clicked.map(|clicked| {
            let told = json!({ "status": "OK", "trigger_id": clicked.trigger_id });
            clicked.tell(&self.app);
            told
        });
        let (status, body) = self.outcome(told);
        ClickOutcome { status, body }
    }

    /// Executes a slash command, arguments and all, as a user, which really calls its integration; returns when that has
    /// answered. `root_id` is empty outside of threads. In a conversation, it is a command of the user's first team that
    /// has the trigger.
    pub async fn execute(
        &self,
        user_id: &str,
        channel_id: &str,
        root_id: &str,
        command: &str,
    ) -> CommandOutcome {
        let execution = parse(user_id).map(|user_id| Execution {
            user_id,
            channel_id: channel_id.to_owned(),
            team_id: team_with(&self.app.world(), user_id, command),
            root_id: root_id.to_owned(),
            command: command.to_owned(),
        });
        let executed = match execution {
            Ok(execution) => execute(&self.app, execution).await,
            Err(error) => Err(error),
        };
        let (status, body) = self.outcome(executed.map(|response| json!(response)));
        CommandOutcome { status, body }
    }

    /// The slash commands of a team, oldest first; those of the server itself are not among them.
    #[must_use]
    pub fn commands(&self, team_id: &str) -> Vec<CommandRecord> {
        let world = self.app.world();
        let commands = Id::parse(team_id).map(|id| world.team_commands(id)).unwrap_or_default();
        commands.into_iter().map(CommandRecord::from).collect()
    }

    /// Gives everybody in a team the right to register slash commands there (`manage_own_slash_commands`), or takes it
    /// from all but admins. Commands that are registered stay.
    pub fn set_slash_permission(&self, allowed: bool) {
        self.app.world().settings.own_commands = Some(allowed);
    }

    /// Makes a member of a team its admin, or an ordinary member again.
    pub fn set_team_admin(&self, team_id: &str, user_id: &str, admin: bool) -> Result<(), SimError> {
        Ok(self.app.world().set_team_admin(parse(team_id)?, parse(user_id)?, admin)?)
    }

    /// Lets clicks reach their integrations, or nobody (`EnablePostActionIntegration`).
    pub fn set_post_actions(&self, on: bool) {
        self.app.world().settings.post_actions = on;
    }

    /// Lets integrations be at these hosts of private networks, and at no others
    /// (`AllowedUntrustedInternalConnections`).
    pub fn set_allowed_internal(&self, list: &str) {
        self.app.world().settings.internal = AllowedInternal::new(list);
    }

    /// Gives up on integrations after this long (`OutgoingIntegrationRequestsTimeout`).
    pub fn set_integration_timeout(&self, timeout: Duration) {
        self.app.world().settings.timeout = timeout;
    }

    /// What only this user was shown, oldest first: the last 256 of it. Buttons carry their cookies.
    #[must_use]
    pub fn ephemerals(&self, user_id: &str) -> Vec<PostRecord> {
        let world = self.app.world();
        Id::parse(user_id)
            .map(|id| world.ephemerals.of(id).map(PostRecord::from).collect())
            .unwrap_or_default()
    }

    /// Waits until a user was shown something that fits, and returns the oldest such; what was shown before counts.
    pub async fn wait_for_ephemeral(
        &self,
        user_id: &str,
        predicate: impl Fn(&PostRecord) -> bool,
        timeout: Duration,
    ) -> Result<PostRecord, SimError> {
        self.wait_until(|| self.ephemerals(user_id).into_iter().find(&predicate), timeout).await
    }

    /// Waits until the commands of a team are such that they fit, and returns them.
    pub async fn wait_for_commands(
        &self,
        team_id: &str,
        predicate: impl Fn(&[CommandRecord]) -> bool,
        timeout: Duration,
    ) -> Result<Vec<CommandRecord>, SimError> {
        self.wait_until(|| Some(self.commands(team_id)).filter(|commands| predicate(commands)), timeout).await
    }

    async fn wait_until<T>(&self, found: impl Fn() -> Option<T>, timeout: Duration) -> Result<T, SimError> {
        let mut changes = self.app.world().hub.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = found() {
                    return found;
                }
                // The sender lives as long as the server does.
                if changes.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|_| SimError::Timeout(timeout))
    }

    /// The calls that were made to integrations, oldest first: the last 1024.
    #[must_use]
    pub fn callbacks(&self) -> Vec<CallbackRecord> {
        self.app.callbacks().snapshot()
    }

    fn click_of(
        &self,
        user_id: &str,
        post_id: &str,
        action_id: &str,
        option: &str,
    ) -> Result<Click, ApiError> {
        // The routes that clients use are the same.
        if action_id.is_empty() || !action_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ApiError::no_route());
        }
        let (user_id, post_id) = (parse(user_id)?, parse(post_id)?);
        let world = self.app.world();
        if !world.version.is_modern() && Id::parse(action_id).is_none() {
            return Err(ApiError::url("action_id"));
        }
        let shown = world.ephemerals.of(user_id).find(|post| post.id == post_id);
        Ok(Click {
            user_id,
            token: world.any_token(user_id).unwrap_or_default(),
            post_id,
            action_id: action_id.to_owned(),
            selected_option: option.to_owned(),
            cookie: shown.and_then(|post| post.cookie(action_id)).unwrap_or_default(),
        })
    }

    fn outcome(&self, result: Result<Value, ApiError>) -> (u16, Value) {
        match result {
            Ok(body) => (StatusCode::OK.as_u16(), body),
            Err(error) => {
                let bytes = error.body_bytes(self.app.version(), None, "");
                (error.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or_default())
            }
        }
    }
}

/// The first of a user's teams that has a command.
fn team_with(world: &World, user_id: Id, command: &str) -> Option<Id> {
    let word = command.split_whitespace().next()?.strip_prefix('/')?.to_lowercase();
    let has = |team_id| world.team_commands(team_id).iter().any(|command| command.wording.trigger == word);
    let teams = world.teams_of(user_id);
    let with = teams.iter().find(|team| has(team.id)).or(teams.first());
    with.map(|team| team.id)
}
