//! Taking a command off the server.

use super::live::is_not_allowed;
use crate::brake::Brake;
use mattermost_client::{Client, Error};

/// Why a command is still there, or may be.
#[derive(Debug)]
pub(super) enum Left {
    /// The bot has no right to it.
    NotAllowed,
    /// Something else.
    Failed(Error),
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("the bot has no right to slash commands there any more"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// Remove a command. Done also when it is gone already.
pub(super) async fn remove(client: &Client, brake: &Brake, team_id: &str, id: &str) -> Result<(), Left> {
    brake.ready().await;
    let error = match client.delete_command(id).await.inspect_err(|error| brake.heed(error)) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    if is_not_allowed(&error) {
        return Err(Left::NotAllowed);
    }
    if !error.is_not_found() {
        return Err(Left::Failed(error));
    }
    // Servers say the same of commands that are gone and of those that one has no right to; the list tells.
    brake.ready().await;
    match client.commands(team_id).await.inspect_err(|error| brake.heed(error)) {
        Ok(commands) if !commands.iter().any(|command| command.id == id) => Ok(()),
        Ok(_) => Err(Left::Failed(error)),
        Err(error) if is_not_allowed(&error) => Err(Left::NotAllowed),
        Err(error) => Err(Left::Failed(error)),
    }
}
