//! Custom slash commands.

use serde::{Deserialize, Serialize};

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::or_default;

/// A custom slash command as the server keeps it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Command {
    /// 26 characters, unique on the server.
    pub id: String,
    /// What the server proves itself with when it calls: a secret, never shown by `Debug`.
    #[serde(default, deserialize_with = "or_default")]
    pub token: String,
    /// Who made it.
    #[serde(default, deserialize_with = "or_default")]
    pub creator_id: String,
    /// The team it works in.
    #[serde(default, deserialize_with = "or_default")]
    pub team_id: String,
    /// The word behind the slash.
    #[serde(default, deserialize_with = "or_default")]
    pub trigger: String,
    /// `P` for POST, `G` for GET.
    #[serde(default, deserialize_with = "or_default")]
    pub method: String,
    /// The address that the server calls.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
    /// At most 128 bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Whether it is offered while typing.
    #[serde(default, deserialize_with = "or_default")]
    pub auto_complete: bool,
    /// Shown while typing.
    #[serde(default, deserialize_with = "or_default")]
    pub auto_complete_desc: String,
    /// Shown while typing, for the arguments.
    #[serde(default, deserialize_with = "or_default")]
    pub auto_complete_hint: String,
    /// When it was removed, in milliseconds since 1970; 0 while it works.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
}

/// A custom slash command to be made or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CommandSpec {
    /// The command to change; empty for a new one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The team it works in.
    pub team_id: String,
    /// The word behind the slash, 1 to 128 characters.
    pub trigger: String,
    /// `P` for POST, `G` for GET.
    pub method: String,
    /// The address that the server calls.
    pub url: String,
    /// At most 128 bytes.
    pub description: String,
    /// Whether it is offered while typing.
    pub auto_complete: bool,
    /// Shown while typing.
    pub auto_complete_desc: String,
    /// Shown while typing, for the arguments.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auto_complete_hint: String,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command")
            .field("id", &self.id)
            .field("team_id", &self.team_id)
            .field("trigger", &self.trigger)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The custom commands of a team that the account may see. `GET /commands?custom_only=true`.
    ///
    /// # Errors
    ///
    /// 403 without the permission to manage slash commands.
    pub async fn commands(&self, team_id: &str) -> Result<Vec<Command>, Error> {
        self.json(Route::new(Method::Get, "commands").query("team_id", team_id).query("custom_only", true))
            .await
    }

    /// One custom command. `GET /commands/{id}`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown id; servers before 5.22 do not have the call and answer 404 too.
    pub async fn command(&self, id: &str) -> Result<Command, Error> {
        self.json(Route::new(Method::Get, "commands").segment("command id", id)?).await
    }

    /// Makes a custom command. `POST /commands`.
    ///
    /// # Errors
    ///
    /// 403 without the permission to manage slash commands, which bots do not have by default; 400 for a
    /// trigger that the team already has.
    pub async fn create_command(&self, command: &CommandSpec) -> Result<Command, Error> {
        self.json(Route::new(Method::Post, "commands").json(command)?).await
    }

    /// Changes a custom command. `PUT /commands/{id}`.
    ///
    /// # Errors
    ///
    /// 403 for the command of another user, 404 for an unknown id.
    pub async fn update_command(&self, id: &str, command: &CommandSpec) -> Result<Command, Error> {
        self.json(Route::new(Method::Put, "commands").segment("command id", id)?.json(command)?).await
    }

    /// Tells whoever gave a slash command something that nobody else sees, also after it was answered: at most five times
    /// within half an hour. `hook` is the id at the end of the `response_url` that came with it.
    /// `POST /hooks/commands/{hook}`, which is no call of the API and needs no token.
    ///
    /// # Errors
    ///
    /// 400 or 404 for an id that is unknown or used up.
    pub async fn answer_command(&self, hook: &str, text: &str) -> Result<(), Error> {
        let answer = serde_json::json!({ "response_type": "ephemeral", "text": text });
        let route = Route::outside(Method::Post, "hooks").literal("commands").segment("hook id", hook)?;
        self.execute(route.json(&answer)?).await
    }

    /// Removes a custom command. `DELETE /commands/{id}`.
    ///
    /// # Errors
    ///
    /// 403 for the command of another user, 404 for an unknown id.
    pub async fn delete_command(&self, id: &str) -> Result<(), Error> {
        self.execute(Route::new(Method::Delete, "commands").segment("command id", id)?).await
    }
}
