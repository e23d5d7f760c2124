//! One team: what stands there is brought to what is wanted.

use super::live::is_not_allowed;
use super::matching::Served;
use super::plan::{Known, Step, plan};
use super::registry::{Registry, Writer};
use super::removing::{self, Left};
use super::secret::Fingerprint;
use super::telling::Told;
use super::wanted::{PREFIX, Wanted};
use crate::brake::Brake;
use crate::quoted::quoted;
use mattermost_client::{Client, Command, CommandSpec, Error};
use std::collections::HashSet;
use std::sync::Arc;

/// Servers' id for a trigger that a team has already.
const TAKEN: &str = "api.command.duplicate_trigger.app_error";

/// What all teams of an account have in common.
pub(super) struct Work<'a> {
    pub writer: Writer<'a>,
    pub client: &'a Client,
    pub brake: Arc<Brake>,
    pub bot_id: &'a str,
    /// Where the server is to call.
    pub url: &'a str,
    pub wanted: &'a [Wanted],
    /// All that is wanted is known: what is not among it may go.
    pub complete: bool,
    pub others: &'a HashSet<String>,
    /// The account is being stopped: nothing more is begun.
    pub stopped: &'a (dyn Fn() -> bool + Send + Sync),
    pub told: &'a Told,
}

/// Why a team does not have all that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortfall {
    /// The bot has no right to it.
    NotAllowed,
    /// Something failed; the log has it.
    Failed,
    /// The account is being stopped.
    Stopped,
}

/// What a team has now.
pub(super) struct Looked {
    pub served: Vec<Served>,
    pub shortfall: Option<Shortfall>,
}

impl Work<'_> {
    /// Do what has to be done in a team.
    pub(super) async fn team(&self, registry: &mut Registry, team_id: &str) -> Looked {
        let existing = match self.call(self.client.commands(team_id)).await {
            Ok(existing) => existing,
            Err(error) => {
                let shortfall =
                    if is_not_allowed(&error) { Shortfall::NotAllowed } else { Shortfall::Failed };
                if shortfall == Shortfall::Failed {
                    self.error(&format!("failed to list existing commands of team {team_id}: {error}"));
                }
                // What stood there goes on being answered.
                let served = self.remembered(registry, team_id);
                return Looked { served, shortfall: Some(shortfall) };
            }
        };
        self.forget_the_gone(registry, team_id, &existing).await;
        let steps = {
            let made = registry.made(self.writer.server);
            let known =
                Known { bot_id: self.bot_id, team_id, url: self.url, made: &made, others: self.others };
            plan(self.wanted, &existing, known)
        };
        let mut looked = Looked { served: Vec::new(), shortfall: None };
        for step in steps {
            if (self.stopped)() {
                looked.shortfall = Some(Shortfall::Stopped);
                break;
            }
            let done = self.step(registry, team_id, step).await;
            match done {
                Ok(Some(served)) => looked.served.push(served),
                Ok(None) => {}
                // One refusal is enough to know.
                Err(Shortfall::NotAllowed) if looked.shortfall == Some(Shortfall::NotAllowed) => break,
                Err(shortfall) => looked.shortfall = Some(shortfall),
            }
        }
        looked
    }

    async fn step(
        &self,
        registry: &mut Registry,
        team_id: &str,
        step: Step,
    ) -> Result<Option<Served>, Shortfall> {
        match step {
            Step::Keep { wanted, found } => {
                tracing::debug!(account = %self.writer.account_id, "slash command /{} is already registered", wanted.trigger);
                registry.stands(self.writer, &found, false).await;
                Ok(Some(served(&found, wanted.command)))
            }
            Step::Update { wanted, found } => self.update(registry, team_id, wanted, found).await,
            Step::Recreate { wanted, found } => {
                self.remove(registry, (team_id, &found.id, &found.trigger)).await?;
                self.create(registry, team_id, wanted).await
            }
            Step::Create { wanted } => self.create(registry, team_id, wanted).await,
            Step::Foreign { trigger } => {
                self.foreign(team_id, &trigger);
                Ok(None)
            }
            Step::Extra { trigger, count } => {
                if self.told.first(&format!("extra {team_id} {trigger}")) {
                    tracing::info!(account = %self.writer.account_id, team = %team_id, "multiple owned commands /{}: {count} of them are left alone", quoted(&trigger));
                }
                Ok(None)
            }
            Step::Remove { found } if self.complete => {
                self.remove(registry, (team_id, &found.id, &found.trigger)).await?;
                Ok(None)
            }
            // It may be of a skill that could not be asked for just now.
            Step::Remove { found } if found.url == self.url && !found.token.is_empty() => {
                let command = found.trigger.trim_start_matches(PREFIX).to_owned();
                Ok(Some(served(&found, command)))
            }
            Step::Remove { .. } => Ok(None),
        }
    }

    async fn update(
        &self,
        registry: &mut Registry,
        team_id: &str,
        wanted: Wanted,
        found: Command,
    ) -> Result<Option<Served>, Shortfall> {
        if found.url != self.url || found.method != "P" {
            tracing::info!(account = %self.writer.account_id, team = %team_id, "slash command /{} exists with different callback settings, it is updated", quoted(&found.trigger));
        }
        let spec = CommandSpec { id: found.id.clone(), ..self.spec(team_id, &wanted) };
        match self.call(self.client.update_command(&found.id, &spec)).await {
            Ok(mut updated) => {
                if updated.token.is_empty() {
                    updated.token = found.token;
                }
                if updated.token.is_empty() {
                    self.remove(registry, (team_id, &found.id, &found.trigger)).await?;
                    return self.create(registry, team_id, wanted).await;
                }
                registry.stands(self.writer, &updated, false).await;
                Ok(Some(served(&updated, wanted.command)))
            }
            Err(error) if is_not_allowed(&error) => Err(Shortfall::NotAllowed),
            Err(error) => {
                self.error(&format!(
                    "failed to update command /{} of team {team_id}: {error}; it is made anew",
                    quoted(&found.trigger)
                ));
                self.remove(registry, (team_id, &found.id, &found.trigger)).await?;
                self.create(registry, team_id, wanted).await
            }
        }
    }

    async fn create(
        &self,
        registry: &mut Registry,
        team_id: &str,
        wanted: Wanted,
    ) -> Result<Option<Served>, Shortfall> {
        match self.call(self.client.create_command(&self.spec(team_id, &wanted))).await {
            Ok(created) => {
                tracing::debug!(account = %self.writer.account_id, team = %team_id, "registered command /{}", wanted.trigger);
                registry.stands(self.writer, &created, true).await;
                Ok(Some(served(&created, wanted.command)))
            }
            // The bot may not see whose it is.
            Err(error) if error.server_error_id() == Some(TAKEN) => {
                self.foreign(team_id, &wanted.trigger);
                Ok(None)
            }
            Err(error) if is_not_allowed(&error) => Err(Shortfall::NotAllowed),
            Err(error) => {
                self.error(&format!(
                    "failed to register command /{} in team {team_id}: {error}",
                    wanted.trigger
                ));
                Err(Shortfall::Failed)
            }
        }
    }

    /// Remove a command that is ours.
    pub(super) async fn remove(
        &self,
        registry: &mut Registry,
        (team_id, id, trigger): (&str, &str, &str),
    ) -> Result<(), Shortfall> {
        match removing::remove(self.client, &self.brake, team_id, id).await {
            Ok(()) => {
                tracing::info!(account = %self.writer.account_id, "deleted command /{}", quoted(trigger));
                registry.gone(self.writer, id).await;
                Ok(())
            }
            Err(Left::NotAllowed) => Err(Shortfall::NotAllowed),
            Err(Left::Failed(error)) => {
                self.error(&format!("failed to delete command /{}: {error}", quoted(trigger)));
                Err(Shortfall::Failed)
            }
        }
    }

    async fn call<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.brake.ready().await;
        call.await.inspect_err(|error| self.brake.heed(error))
    }

    /// Commands that were removed by somebody else are not remembered.
    async fn forget_the_gone(&self, registry: &mut Registry, team_id: &str, existing: &[Command]) {
        let gone: Vec<String> = registry
            .on(self.writer.server)
            .filter(|known| {
                known.team_id == team_id && !existing.iter().any(|command| command.id == known.id)
            })
            .map(|known| known.id.clone())
            .collect();
        for id in gone {
            registry.gone(self.writer, &id).await;
        }
    }

    /// What stood in a team when it could be seen last.
    fn remembered(&self, registry: &Registry, team_id: &str) -> Vec<Served> {
        let known = registry.on(self.writer.server).filter(|known| known.team_id == team_id);
        let answered = known.filter(|known| known.url == self.url && !known.token.is_empty());
        answered
            .filter_map(|known| {
                let wanted = self.wanted.iter().find(|wanted| wanted.trigger == known.trigger);
                let command = match wanted {
                    Some(wanted) => wanted.command.clone(),
                    None if !self.complete => known.trigger.trim_start_matches(PREFIX).to_owned(),
                    None => return None,
                };
                Some(Served {
                    id: known.id.clone(),
                    team_id: known.team_id.clone(),
                    trigger: known.trigger.clone(),
                    url: known.url.clone(),
                    command,
                    token: Fingerprint::of(&known.token),
                })
            })
            .collect()
    }

    fn spec(&self, team_id: &str, wanted: &Wanted) -> CommandSpec {
        CommandSpec {
            id: String::new(),
            team_id: team_id.to_owned(),
            trigger: wanted.trigger.clone(),
            method: "P".to_owned(),
            url: self.url.to_owned(),
            description: wanted.description.clone(),
            auto_complete: true,
            auto_complete_desc: wanted.description.clone(),
            auto_complete_hint: wanted.hint.clone(),
        }
    }

    fn foreign(&self, team_id: &str, trigger: &str) {
        if self.told.first(&format!("foreign {team_id} {trigger}")) {
            tracing::warn!(account = %self.writer.account_id, team = %team_id, "slash command /{} is already used by non-OpenClaw integrations, it is left alone", quoted(trigger));
        }
    }

    fn error(&self, what: &str) {
        tracing::error!(account = %self.writer.account_id, "slash commands: {}", quoted(what));
    }
}

fn served(command: &Command, stands_for: String) -> Served {
    Served {
        id: command.id.clone(),
        team_id: command.team_id.clone(),
        trigger: command.trigger.clone(),
        url: command.url.clone(),
        command: stands_for,
        token: Fingerprint::of(&command.token),
    }
}
