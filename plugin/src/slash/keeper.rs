//! Keeps the commands of one account on its server, as long as the account runs.

use super::book::AccountBook;
use super::registry::Writer;
use super::removing::remove;
use super::team::{Shortfall, Work};
use super::telling::{concern, not_allowed};
use super::wanted::{Wanted, wanted};
use crate::account::{Deps, Unanswered};
use crate::callbacks::concerns;
use crate::config::AccountConfig;
use crate::quoted::quoted;
use crate::store::SlashCommand;
use host_sdk::protocol::{HostAnswer, Question, SkillsQuestion, SlashStatus};
use mattermost_client::Client;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// When the commands are looked at again where nothing happens: teams and skills change.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// When it is tried again where something failed.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(60), Duration::from_secs(300)];

/// One run of an account.
#[derive(Clone)]
struct Run {
    deps: Deps,
    account: Arc<AccountConfig>,
    client: Client,
    bot_id: String,
    book: Arc<AccountBook>,
    /// Which run of the account this is: a later one, or its end, ends what this one does.
    number: u64,
}

/// Keep an account's commands on its server. Never ends; to stop, drop it and call [`leave`](super::leave).
pub(crate) async fn keep(
    deps: &Deps,
    account: &Arc<AccountConfig>,
    client: &Client,
    bot_id: &str,
    remembered: &[SlashCommand],
) {
    let book = deps.slash.account(&account.id);
    let number = book.run.fetch_add(1, Ordering::SeqCst) + 1;
    bot_id.clone_into(&mut book.bot_id.lock().unwrap_or_else(PoisonError::into_inner));
    book.registry.lock().await.load(deps, remembered);
    let run = Run {
        deps: deps.clone(),
        account: account.clone(),
        client: client.clone(),
        bot_id: bot_id.to_owned(),
        book,
        number,
    };
    let mut failures = 0;
    loop {
        // A task of its own: what is begun on the server comes to its end, and its end is remembered.
        let pass = run.deps.context.spawn(run.clone().pass());
        let well = pass.await.unwrap_or(false);
        failures = if well { 0 } else { failures + 1 };
        let pause = match failures {
            0 => EVERY,
            failures => AGAIN.get(failures - 1).copied().unwrap_or(EVERY),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = run.book.wake.notified() => {}
        }
    }
}

impl Run {
    fn is_over(&self) -> bool {
        self.book.run.load(Ordering::SeqCst) != self.number
    }

    /// Look at everything once. False when something failed that may work soon.
    async fn pass(self) -> bool {
        let commands = &self.account.commands;
        let problem = commands.problem();
        if !commands.native || problem.is_some() {
            return self.tidy(problem).await;
        }
        let server = self.client.server().to_string();
        let turn = self.deps.slash.turn_of(&server, &self.bot_id);
        let _turn = turn.lock().await;
        let book = self.book.clone();
        let mut registry = book.registry.lock().await;
        if self.is_over() {
            return true;
        }
        self.book.looks();
        let url = self.deps.urls.commands(&self.account);
        self.tell_concerns(&url);
        let (wanted, complete) = self.wanted().await;
        let brake = self.deps.brakes.of(self.client.server().as_str());
        brake.ready().await;
        let teams = match self.client.teams_of_me().await.inspect_err(|error| brake.heed(error)) {
            Ok(teams) => teams,
            Err(error) => {
                let problem = format!("failed to register slash commands: {error}");
                tracing::error!(account = %self.account.id, "{}", quoted(&problem));
                self.status(&url, None, Some(problem)).await;
                return false;
            }
        };
        let writer = Writer { deps: &self.deps, account_id: &self.account.id, server: &server };
        let others = self.deps.slash.of_others(&self.account.id).into_keys().collect();
        let stopped = || self.is_over();
        let work = Work {
            writer,
            client: &self.client,
            brake,
            bot_id: &self.bot_id,
            url: &url,
            wanted: &wanted,
            complete,
            others: &others,
            stopped: &stopped,
            told: &self.book.told,
        };
        let (mut not_allowed_in, mut failed) = (0, 0);
        let mut kept = HashSet::new();
        for team in &teams {
            let looked = work.team(&mut registry, &team.id).await;
            match looked.shortfall {
                Some(Shortfall::Stopped) => return true,
                Some(Shortfall::NotAllowed) => not_allowed_in += 1,
                Some(Shortfall::Failed) => failed += 1,
                None => {}
            }
            if self.is_over() {
                return true;
            }
            kept.extend(looked.served.iter().map(|served| served.id.clone()));
            self.deps.slash.serve(&self.account.id, &team.id, looked.served);
        }
        *self.book.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        let team_ids: HashSet<&str> = teams.iter().map(|team| team.id.as_str()).collect();
        let elsewhere: Vec<SlashCommand> = registry
            .on(&server)
            .filter(|known| known.managed && !team_ids.contains(known.team_id.as_str()))
            .cloned()
            .collect();
        for SlashCommand { team_id, id, trigger, .. } in elsewhere {
            // Of teams that the bot has left; it may not reach them any more, and asks again another time.
            let _ = work.remove(&mut registry, (&team_id, &id, &trigger)).await;
        }
        drop(registry);
        let counts = self.deps.slash.only(&self.account.id, &team_ids);
        self.tell(&url, counts, teams.len(), (not_allowed_in, failed)).await;
        failed == 0 && complete
    }

    /// The commands are switched off: those that an earlier run made go.
    async fn tidy(&self, problem: Option<String>) -> bool {
        let server = self.client.server().to_string();
        let turn = self.deps.slash.turn_of(&server, &self.bot_id);
        let _turn = turn.lock().await;
        let mut registry = self.book.registry.lock().await;
        if self.is_over() {
            return true;
        }
        let writer = Writer { deps: &self.deps, account_id: &self.account.id, server: &server };
        let known: Vec<SlashCommand> = registry.on(&server).cloned().collect();
        let mut well = true;
        let brake = self.deps.brakes.of(self.client.server().as_str());
        for command in known {
            if command.managed {
                match remove(&self.client, &brake, &command.team_id, &command.id).await {
                    Ok(()) => {
                        tracing::info!(account = %self.account.id, "deleted command /{}", quoted(&command.trigger));
                    }
                    Err(left) => {
                        well = false;
                        tracing::debug!(account = %self.account.id, "slash cleanup failed for /{}: {}", quoted(&command.trigger), quoted(&left.to_string()));
                        continue;
                    }
                }
            }
            registry.gone(writer, &command.id).await;
        }
        let left = registry.made(&server).len();
        drop(registry);
        let enabled = self.account.commands.native;
        let problem = problem.or_else(|| {
            (left > 0).then(|| format!("{left} commands of before could not be removed; it is tried again"))
        });
        let slash = (enabled || left > 0).then(|| SlashStatus { enabled, problem, ..SlashStatus::default() });
        self.deps.change(&self.account.id, |status| status.slash = slash).await;
        well
    }

    /// What is wanted, and whether that is all of it.
    async fn wanted(&self) -> (Vec<Wanted>, bool) {
        if !self.account.commands.native_skills {
            return (wanted(&[]), true);
        }
        let question = Question::Skills(SkillsQuestion::default());
        let asked = self.deps.questions.ask(&self.deps.context, &self.account.id, question).await;
        let (why, complete) = match asked {
            Ok(HostAnswer::Skills(list)) => {
                self.book.told.over("skills");
                return (wanted(&list.skills), true);
            }
            Ok(_) => ("it answered another question".to_owned(), false),
            Err(Unanswered::NotKnown) => ("this host has none".to_owned(), true),
            Err(Unanswered::Closed) => ("the instance shuts down".to_owned(), false),
            Err(Unanswered::Failed(why)) => (why, false),
        };
        if self.book.told.first("skills") {
            tracing::error!(account = %self.account.id, "the host does not list its skills, so they are no slash commands: {}", quoted(&why));
        }
        (wanted(&[]), complete)
    }

    fn tell_concerns(&self, url: &str) {
        for found in concerns(url, self.client.server()) {
            if self.book.told.first(&format!("{found:?} {url}")) {
                tracing::warn!(account = %self.account.id, "{}", concern(found, url, self.client.server().as_str()));
            }
        }
    }

    async fn tell(
        &self,
        url: &str,
        counts: (usize, usize),
        teams: usize,
        (not_allowed_in, failed): (usize, usize),
    ) {
        let (id, told) = (&self.account.id, &self.book.told);
        let problem = match (not_allowed_in, failed) {
            (0, 0) => None,
            (0, failed) => Some(format!(
                "slash commands are not complete in {failed} of {teams} teams; the log says why"
            )),
            (without, _) => Some(not_allowed(without, teams)),
        };
        if not_allowed_in == 0 {
            told.over("not allowed");
        } else if told.first("not allowed") {
            tracing::warn!(account = %id, "slash commands: {}", not_allowed(not_allowed_in, teams));
        }
        let summary = format!("{} {} {failed} {url}", counts.0, counts.1);
        let before =
            self.book.summary.lock().unwrap_or_else(PoisonError::into_inner).replace(summary.clone());
        if before.as_ref() != Some(&summary) {
            if failed > 0 {
                tracing::error!(account = %id, "slash command registration completed with {failed} team error(s)");
            }
            if counts.0 > 0 {
                if told.first("activated") {
                    tracing::info!(account = %id, "slash commands activated for account {id}");
                }
                tracing::info!(account = %id, "slash commands registered ({} commands across {} teams, callback={url})", counts.0, counts.1);
            } else if not_allowed_in == 0 {
                tracing::error!(account = %id, "slash commands: no commands could be registered, none is answered");
            }
        }
        self.status(url, Some(counts), problem).await;
    }

    /// `counts`: `None` where they are as they were.
    async fn status(&self, url: &str, counts: Option<(usize, usize)>, problem: Option<String>) {
        self.deps
            .change(&self.account.id, |status| {
                let slash = status.slash.get_or_insert_default();
                slash.enabled = true;
                slash.problem = problem;
                slash.callback_url = Some(url.to_owned());
                if let Some((commands, teams)) = counts {
                    (slash.commands, slash.teams) = (commands as u64, teams as u64);
                }
            })
            .await;
    }
}
