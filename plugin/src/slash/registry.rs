//! What stands on servers for an account, as it is remembered: also what an earlier process made and could not remove.

use crate::account::Deps;
use crate::store::{Change, SlashCommand};
use mattermost_client::Command;
use std::collections::{BTreeMap, HashSet};

/// The commands of one account, by their ids, on every server that it ever talked to.
#[derive(Debug, Default)]
pub(super) struct Registry {
    commands: BTreeMap<String, SlashCommand>,
    /// What the journal had is in it.
    loaded: bool,
}

/// What is being written about.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub deps: &'a Deps,
    pub account_id: &'a str,
    /// The server's base URL.
    pub server: &'a str,
}

impl Registry {
    /// What the journal has. Counts once: what is known is newer.
    pub(super) fn load(&mut self, deps: &Deps, commands: &[SlashCommand]) {
        if std::mem::replace(&mut self.loaded, true) {
            return;
        }
        for command in commands {
            deps.context.redactor().add(&command.token);
            self.commands.entry(command.id.clone()).or_insert_with(|| command.clone());
        }
    }

    /// Those of a server.
    pub(super) fn on(&self, server: &str) -> impl Iterator<Item = &SlashCommand> {
        let server = server.to_owned();
        self.commands.values().filter(move |command| command.server == server)
    }

    /// The ids of those on a server that this plugin made.
    pub(super) fn made(&self, server: &str) -> HashSet<String> {
        self.on(server).filter(|command| command.managed).map(|command| command.id.clone()).collect()
    }

    /// A command stands there. `made`: just now, by this plugin.
    pub(super) async fn stands(&mut self, writer: Writer<'_>, command: &Command, made: bool) {
        let Writer { deps, account_id, server } = writer;
        deps.context.redactor().add(&command.token);
        let managed = made || self.commands.get(&command.id).is_some_and(|known| known.managed);
        let row = SlashCommand {
            account_id: account_id.to_owned(),
            id: command.id.clone(),
            server: server.to_owned(),
            team_id: command.team_id.clone(),
            trigger: command.trigger.clone(),
            url: command.url.clone(),
            token: command.token.clone(),
            managed,
        };
        if self.commands.get(&row.id) != Some(&row) {
            self.commands.insert(row.id.clone(), row.clone());
            deps.turns.journal.record(Change::Registered(Box::new(row))).await;
        }
    }

    /// Another account made a command that this one keeps, and is gone.
    pub(super) async fn inherit(&mut self, writer: Writer<'_>, command: SlashCommand) {
        let row = SlashCommand { account_id: writer.account_id.to_owned(), managed: true, ..command };
        self.commands.insert(row.id.clone(), row.clone());
        writer.deps.turns.journal.record(Change::Registered(Box::new(row))).await;
    }

    /// A command does not stand there any more, or is none of ours.
    pub(super) async fn gone(&mut self, writer: Writer<'_>, id: &str) {
        if self.commands.remove(id).is_some() {
            let (account_id, id) = (writer.account_id.to_owned(), id.to_owned());
            writer.deps.turns.journal.record(Change::Unregistered { account_id, id }).await;
        }
    }
}
