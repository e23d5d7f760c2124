//! A connected account: what the socket tells, and what is read because the socket may not have told it.

use super::deps::Deps;
use super::hearing::Hearing;
use super::login::Account;
use super::reactions::Reactions;
use super::reading::Reading;
use super::telling::Telling;
use crate::catchup::{CatchUp, Found};
use crate::intake::Ledger;
use crate::store::{OpenEvent, TookPart};
use host_sdk::protocol::BotIdentity;
use mattermost_client::connection::{self, ConnectionEvent, Events, How};
use mattermost_client::event::ReactionChange;
use mattermost_client::{Client, ServerEvent};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Findings that may wait; each is a page of posts at most.
const FINDINGS: usize = 4;
/// How far each channel is, is written down this often.
const MARK_EVERY: Duration = Duration::from_secs(1);

/// Where a session begins.
pub(super) struct Start {
    pub ledger: Ledger,
    /// Threads in which the bot said something, and when.
    pub threads: Vec<(String, TookPart)>,
    /// What was not given to the host yet.
    pub drafts: Vec<OpenEvent>,
    /// What is read first may have been heard by an earlier process.
    pub doubtful: bool,
}

/// A connected account.
pub(super) struct Session<'a> {
    hearing: Hearing<'a>,
    reading: Reading,
    telling: Telling<'a>,
    reactions: Reactions,
    /// How far a channel is has changed since it was written down.
    marks_due: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Run until the instance shuts down; to stop, drop it.
    pub(super) async fn run(
        deps: &'a Deps,
        account: &'a Account,
        client: Client,
        bot: BotIdentity,
        start: Start,
    ) {
        let Start { ledger, threads, drafts, doubtful } = start;
        let (connection, events) = connection::spawn(client.clone(), options());
        let (found, findings) = mpsc::channel(FINDINGS);
        let brake = deps.brakes.of(client.server().as_str());
        let catch_up = CatchUp::new(client.clone(), brake, deps.tuning.limits(), found);
        let id = account.config.id.clone();
        let mut session = Self {
            reading: Reading::new(catch_up, client.clone(), doubtful),
            telling: Telling::new(deps, id),
            reactions: Reactions::new(deps, account, client.clone(), bot.clone()),
            hearing: Hearing::new(deps, account, client, Arc::new(connection), bot, ledger, &threads),
            marks_due: None,
        };
        session.hearing.resume(drafts).await;
        session.serve(events, findings).await;
    }

    async fn serve(&mut self, mut events: Events, mut findings: mpsc::Receiver<(u64, Found)>) {
        loop {
            let burst_due = self.hearing.burst_due();
            // While too much is being prepared nothing new is taken: the socket and the readings wait.
            let has_room = self.hearing.has_room();
            tokio::select! {
                prepared = self.hearing.prepared() => self.hearing.deliver(prepared).await,
                event = events.recv(), if has_room => match event {
                    Some(event) => self.event(event).await,
                    None => return,
                },
                Some((generation, found)) = findings.recv(), if has_room => self.found(generation, found).await,
                () = at(burst_due) => self.hearing.bursts().await,
                () = at(self.marks_due) => self.write_marks().await,
            }
            if self.marks_due.is_none() && self.hearing.has_marks() {
                self.marks_due = Some(Instant::now() + MARK_EVERY);
            }
        }
    }

    async fn event(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Event(event) => match *event {
                ServerEvent::Posted(posted) => self.hearing.live(posted).await,
                ServerEvent::ReactionAdded(change) => self.reacted(change, true),
                ServerEvent::ReactionRemoved(change) => self.reacted(change, false),
                ServerEvent::PostDeleted(change) => self.hearing.deleted(&change.post.id).await,
                ServerEvent::PostEdited(change) => {
                    self.hearing.edited(&change.post);
                    self.reading.edited(change.post, &self.hearing);
                }
                ServerEvent::UserUpdated(change) => self.hearing.renamed(&change.user),
                ServerEvent::AddedToTeam(change) | ServerEvent::LeaveTeam(change) => {
                    self.hearing.teams_changed(&change.user_id);
                }
                other => tracing::trace!(event = other.name(), "not used"),
            },
            ConnectionEvent::Connected { how, server_version, .. } => {
                self.reading.connected(true);
                self.telling.connected(server_version).await;
                self.hearing.wake_outbox();
                if how == How::Fresh {
                    self.reading.begin(&mut self.hearing.ledger);
                    self.telling.catching_up(self.reading.progress()).await;
                }
            }
            other => {
                let lost = matches!(
                    other,
                    ConnectionEvent::Disconnected { .. } | ConnectionEvent::AuthRejected { .. }
                );
                if lost {
                    self.reading.connected(false);
                }
                self.telling.connection(other).await;
            }
        }
    }

    fn reacted(&self, change: ReactionChange, added: bool) {
        if !self.reactions.hear(change, added) {
            self.hearing.count("too_many_reactions");
        }
    }

    async fn found(&mut self, generation: u64, found: Found) {
        if generation != self.hearing.ledger.generation() {
            return;
        }
        self.hearing.clock();
        if self.reading.found(found, &mut self.hearing).await {
            self.telling.catching_up(self.reading.progress()).await;
        }
    }

    async fn write_marks(&mut self) {
        self.marks_due = None;
        self.hearing.write_marks().await;
    }
}

/// A short queue: what waits there has not been looked at, so nothing but the frame limit bounds its size.
fn options() -> connection::Options {
    let mut options = connection::Options::default();
    options.queue = 32;
    options
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
