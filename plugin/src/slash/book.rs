//! What the keeper of the commands and those who serve calls both know.

use super::live::Live;
use super::matching::{self, ByAccount, Match, Served};
use super::once::Once;
use super::registry::Registry;
use super::secret::Fingerprint;
use super::telling::Told;
use crate::store::Snapshot;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A token that is not known makes an account look at its commands again, this often at most.
const SUSPICIOUS: Duration = Duration::from_secs(60);

/// The slash commands of all accounts. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Slash {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    served: Mutex<ByAccount>,
    accounts: Mutex<HashMap<String, Arc<AccountBook>>>,
    /// One for each bot: accounts may share one.
    bots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    once: Once,
    live: Live,
}

/// What is kept of one account as long as the process lives.
#[derive(Default)]
pub(super) struct AccountBook {
    /// The bot that it keeps commands for.
    pub bot_id: Mutex<String>,
    /// Held while something is changed.
    pub registry: tokio::sync::Mutex<Registry>,
    /// The ids of the commands that it keeps on the server.
    pub kept: Mutex<HashSet<String>>,
    /// Its commands are to be looked at.
    pub wake: Notify,
    /// Counts the account's starts and ends.
    pub run: AtomicU64,
    /// What operators were told.
    pub told: Told,
    /// What they were told last of how much is registered.
    pub summary: Mutex<Option<String>>,
    looked_at: Mutex<Option<Instant>>,
}

impl AccountBook {
    /// Its commands are being looked at.
    pub(super) fn looks(&self) {
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

impl Slash {
    fn served(&self) -> MutexGuard<'_, ByAccount> {
        self.shared.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept of an account.
    pub(super) fn account(&self, account_id: &str) -> Arc<AccountBook> {
        let mut accounts = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.entry(account_id.to_owned()).or_default().clone()
    }

    /// What an earlier process remembered.
    pub(crate) fn restore(&self, account_id: &str, snapshot: &Snapshot) {
        self.shared.once.restore(account_id, snapshot);
    }

    /// An account's commands in a team are these from now on.
    pub(super) fn serve(&self, account_id: &str, team_id: &str, commands: Vec<Served>) {
        let mut served = self.served();
        let own = served.entry(account_id.to_owned()).or_default();
        own.retain(|command| command.team_id != team_id);
        own.extend(commands);
        if own.is_empty() {
            served.remove(account_id);
        }
    }

    /// An account is in these teams and in no others; how many commands it has, and in how many teams.
    pub(super) fn only(&self, account_id: &str, team_ids: &HashSet<&str>) -> (usize, usize) {
        let mut served = self.served();
        let Some(own) = served.get_mut(account_id) else { return (0, 0) };
        own.retain(|command| team_ids.contains(command.team_id.as_str()));
        let counts = (own.len(), own.iter().map(|command| &command.team_id).collect::<HashSet<_>>().len());
        if own.is_empty() {
            served.remove(account_id);
        }
        counts
    }

    /// An account answers no commands any more.
    pub(super) fn end(&self, account_id: &str) {
        self.served().remove(account_id);
        self.live().forget(account_id);
    }

    /// Whether any account answers commands.
    pub(super) fn is_active(&self) -> bool {
        !self.served().is_empty()
    }

    /// Whose a call is.
    pub(super) fn find(&self, token: Fingerprint, team_id: &str, trigger: &str) -> Match {
        matching::find(&self.served(), token, team_id, trigger)
    }

    /// Whose command a token is of: one word for logs and limits.
    pub(super) fn owner(&self, token: Fingerprint) -> Option<String> {
        matching::owner(&self.served(), token).map(|(account, id)| format!("{account} {id}"))
    }

    /// Held while a bot's commands are looked at or changed on its server: of two accounts with one bot, one at a time.
    pub(super) fn turn_of(&self, server: &str, bot_id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut bots = self.shared.bots.lock().unwrap_or_else(PoisonError::into_inner);
        bots.entry(format!("{server} {bot_id}")).or_default().clone()
    }

    /// The ids of the commands that other accounts keep, with the account.
    pub(super) fn of_others(&self, account_id: &str) -> HashMap<String, String> {
        let accounts = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let others = accounts.iter().filter(|(id, _)| *id != account_id);
        let ids = others.flat_map(|(account, book)| {
            let kept = book.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
            kept.into_iter().map(move |id| (id, account.clone()))
        });
        ids.collect()
    }

    pub(super) fn once(&self) -> &Once {
        &self.shared.once
    }

    pub(super) fn live(&self) -> &Live {
        &self.shared.live
    }

    /// The account may have other teams now.
    pub(crate) fn wake(&self, account_id: &str) {
        self.account(account_id).wake.notify_one();
    }

    /// A call did not fit what is known: the commands may be others now. They are looked at, unless they were just now.
    pub(super) fn suspect(&self, account_id: &str) {
        let account = self.account(account_id);
        let looked_at = *account.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at.is_none_or(|at| at.elapsed() >= SUSPICIOUS) {
            account.looks();
            account.wake.notify_one();
        }
    }
}
