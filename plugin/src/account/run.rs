//! One account, from its start to its stop.

use super::deps::Deps;
use super::identity::identify;
use super::login::Account;
use super::session::{Session, Start};
use super::supervise::supervise;
use crate::callbacks;
use crate::catchup;
use crate::error::from_client;
use crate::intake::Ledger;
use crate::interactive;
use crate::slash;
use crate::status::now_ms;
use crate::store::{OpenEvent, Snapshot};
use host_sdk::protocol::Lifecycle;
use mattermost_client::Client;
use mattermost_client::model::Channel;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The waits after a server or a journal that cannot be read.
const RETRY: [u64; 5] = [1, 2, 3, 3, 10];
/// How long the first mark may take to be written.
const WRITTEN: Duration = Duration::from_secs(5);
/// The server's clock may be this much behind ours. Milliseconds.
const CLOCKS: i64 = 10 * 60 * 1000;

/// Run an account until it is told to stop.
pub(super) async fn run(deps: Deps, account: Arc<Account>, client: Client, mut stop: watch::Receiver<bool>) {
    let id = account.config.id.clone();
    deps.change(&id, |status| {
        status.running = true;
        status.lifecycle = Lifecycle::Starting;
        status.last_start_at_ms = Some(now_ms());
        status.last_error = None;
    })
    .await;
    for warning in callbacks::warnings(&account.config, deps.urls) {
        tracing::warn!(account = %id, "{warning}");
    }
    let work = || Box::pin(listen(&deps, &account, client.clone()));
    let fault = |panicked: bool, pause: Duration| {
        let what = if panicked {
            "panicked; this is a fault of the plugin, please report it"
        } else {
            "ended by itself"
        };
        tracing::error!(account = %id, "the account's connection {what}; it begins again in {} s", pause.as_secs());
        deps.change(&id, |status| {
            status.connected = false;
            status.lifecycle = Lifecycle::Recovering;
            status.last_error = Some("a fault of the plugin ended the connection; see the log".to_owned());
        })
    };
    // The sender lives as long as the account is listed as running; its end means stop as well.
    tokio::select! {
        () = supervise(work, fault) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    Box::pin(slash::leave(&deps, &id, &client)).await;
    // The host still has its events; what it has it is not given again by a start.
    deps.turns.unsettled.quiet(&id);
    deps.change(&id, |status| {
        status.running = false;
        status.connected = false;
        if let Some(slash) = &mut status.slash {
            (slash.commands, slash.teams) = (0, 0);
        }
        status.lifecycle = Lifecycle::Stopped;
    })
    .await;
}

async fn listen(deps: &Deps, account: &Account, client: Client) {
    let id = &account.config.id;
    // The host has events already when only the connection begins again. It may settle them at any time: before the
    // journal is read, and while other events are given to it.
    let mut had = deps.turns.unsettled.ids(id);
    let mut snapshot = restore(deps, id).await;
    had.extend(deps.turns.unsettled.ids(id));
    // First what the server and the host are owed from before: neither waits for a connection.
    deps.outbox.resume(id, &snapshot);
    deps.claims.restore(id, &snapshot);
    deps.slash.restore(id, &snapshot);
    let Some(drafts) = redeliver(deps, account, &client, snapshot.open.clone(), &had).await else { return };
    let bot = identify(deps, account, &client).await;
    deps.book.update(id, |status| status.bot = Some(bot.clone()));
    let first = snapshot.mark.is_none();
    if first {
        begin(deps, id, &client).await;
        snapshot = restore(deps, id).await;
    }
    // Nobody can have heard anything before the first start, unless the journal of it was lost.
    let doubtful = !first || deps.damaged_at.is_some();
    let ledger = Ledger::new(&snapshot, client.server_time());
    let threads = std::mem::take(&mut snapshot.threads);
    let commands = std::mem::take(&mut snapshot.commands);
    // The ids of all that is done are megabytes, and this goes on for as long as the account.
    drop(snapshot);
    let keeping = Box::pin(slash::keep(deps, &account.config, &client, &bot.id, &commands));
    let start = Start { ledger, threads, drafts, doubtful };
    let listening = Box::pin(Session::run(deps, account, client.clone(), bot.clone(), start));
    tokio::select! {
        () = listening => {}
        () = keeping => {}
    }
}

/// What the journal has of the account.
async fn restore(deps: &Deps, account_id: &str) -> Snapshot {
    let mut tries = RETRY.iter();
    loop {
        match deps.turns.journal.load(account_id).await {
            Ok(snapshot) => {
                deps.turns.sequence.begin_at(snapshot.next_seq);
                return snapshot;
            }
            Err(error) => {
                let problem = format!("the journal cannot be read, trying again: {error}");
                tracing::error!(account = %account_id, "{problem}");
                deps.change(account_id, |status| status.last_error = Some(problem)).await;
            }
        }
        tokio::time::sleep(Duration::from_secs(tries.next().copied().unwrap_or(10))).await;
    }
}

/// The account runs for the first time: what was posted before is not for it. That is written down before anything is
/// heard, so that a crash in the first second changes nothing.
async fn begin(deps: &Deps, account_id: &str, client: &Client) {
    let changes = match deps.damaged_at {
        // The journal was lost: what was answered is known from the marks of the answers.
        Some(at) => Ledger::marks_since(account_id, at - CLOCKS),
        None => {
            let channels = channels(deps, account_id, client).await;
            let now = client.server_time().unwrap_or_else(now_ms);
            Ledger::first_marks(account_id, &channels, now)
        }
    };
    for change in changes {
        deps.turns.journal.record(change).await;
    }
    // A journal that cannot be written says so itself; the bot works without.
    if tokio::time::timeout(WRITTEN, deps.turns.journal.flush()).await.is_err() {
        tracing::error!(account = %account_id, "the journal is not written yet; a crash now would lose what is posted meanwhile");
    }
}

async fn channels(deps: &Deps, account_id: &str, client: &Client) -> Vec<Channel> {
    let brake = deps.brakes.of(client.server().as_str());
    let mut tries = RETRY.iter();
    loop {
        brake.ready().await;
        match catchup::list(client).await {
            Ok(channels) => return channels,
            // A server that cannot tell (not a whole Mattermost) has nothing to catch up with either.
            Err(error) if !error.is_retryable() && !error.is_unauthorized() => return Vec::new(),
            Err(error) => {
                brake.heed(&error);
                let told = from_client(&error).message;
                tracing::debug!(account = %account_id, "the channels cannot be listed, trying again: {told}");
                deps.change(account_id, |status| status.last_error = Some(told)).await;
            }
        }
        tokio::time::sleep(Duration::from_secs(tries.next().copied().unwrap_or(10))).await;
    }
}

/// Hand what was not settled to the host again, but for what it `had` already. What the host was not given yet is given
/// back; `None` when the instance shuts down.
async fn redeliver(
    deps: &Deps,
    account: &Account,
    client: &Client,
    open: Vec<OpenEvent>,
    had: &HashSet<String>,
) -> Option<Vec<OpenEvent>> {
    let mut drafts = Vec::new();
    // A crash while a burst was merged may have left the burst and its parts.
    let merged: HashSet<String> = open
        .iter()
        .filter(|open| open.posts.len() > 1)
        .flat_map(|open| open.posts.iter().filter(|id| **id != open.message.message_id).cloned())
        .collect();
    let clicks = open.iter().filter(|open| !had.contains(&open.message.event_id));
    interactive::resumed(deps, client, clicks.map(|open| &open.message));
    for open in open {
        let event_id = open.message.event_id.clone();
        if open.posts.len() == 1 && merged.contains(&open.message.message_id) {
            deps.turns.done(&open.message.account_id, &event_id, open.posts);
            continue;
        }
        if had.contains(&event_id) {
            continue;
        }
        if open.draft {
            drafts.push(open);
        } else if deps.turns.resume(open).await {
            deps.turns.acknowledge_by_reaction(&account.config, client, None, &event_id);
        } else {
            return None;
        }
    }
    Some(drafts)
}
