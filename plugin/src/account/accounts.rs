//! The accounts of an instance, and which of them run.

use super::deps::Deps;
use super::login::Account;
use super::run;
use crate::config::{ChannelConfig, canonical_id};
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::Client;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The accounts of an instance.
pub struct Accounts {
    config: ChannelConfig,
    accounts: BTreeMap<String, Arc<Account>>,
    running: Mutex<BTreeMap<String, Running>>,
}

impl Accounts {
    /// The accounts of a configuration; none runs.
    #[must_use]
    pub fn new(config: ChannelConfig) -> Self {
        let accounts = config
            .accounts
            .iter()
            .map(|config| (config.id.clone(), Arc::new(Account::new(config))))
            .collect();
        Self { config, accounts, running: Mutex::default() }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The id of the account that is used when none is named.
    #[must_use]
    pub fn default_id(&self) -> &str {
        &self.config.default_account
    }

    /// An account by id, or the default one.
    ///
    /// # Errors
    /// `NOT_FOUND` with the ids that there are.
    pub fn get(&self, id: Option<&str>) -> Result<Arc<Account>, Error> {
        let config = self.config.account(id)?;
        self.accounts.get(&config.id).cloned().ok_or_else(|| {
            Error::new(ErrorCode::Internal, format!("account \"{}\" is configured but unknown", config.id))
        })
    }

    /// One account, or all.
    ///
    /// # Errors
    /// As [`Accounts::get`].
    pub fn select(&self, id: Option<&str>) -> Result<Vec<Arc<Account>>, Error> {
        match id {
            Some(id) => Ok(vec![self.get(Some(id))?]),
            None => Ok(self.accounts.values().cloned().collect()),
        }
    }

    /// Run an account, or all that are enabled and configured. One that runs already goes on. Returns the ids.
    ///
    /// # Errors
    /// The problem of a named account; without a name, that none can be started, with the first problem.
    pub(crate) fn start(&self, id: Option<&str>, deps: &Deps) -> Result<Vec<String>, Error> {
        let mut started = Vec::new();
        let mut problem = None;
        for account in self.select(id)? {
            match account.client() {
                Ok(client) => {
                    self.run(&account, client, deps);
                    started.push(account.config.id.clone());
                }
                Err(error) => {
                    if account.config.enabled {
                        tracing::error!(account = %account.config.id, "{error}");
                    }
                    problem.get_or_insert(error);
                }
            }
        }
        match problem {
            Some(problem) if started.is_empty() => Err(problem),
            _ => Ok(started),
        }
    }

    fn run(&self, account: &Arc<Account>, client: Client, deps: &Deps) {
        let mut running = self.running();
        if running.get(&account.config.id).is_some_and(|running| !running.task.is_finished()) {
            return;
        }
        let (stop, stopping) = watch::channel(false);
        let task = deps.context.spawn(run::run(deps.clone(), account.clone(), client, stopping));
        running.insert(account.config.id.clone(), Running { stop, task });
    }

    /// Stop an account, or all, and wait until they are disconnected. Returns the ids of those that ran.
    ///
    /// # Errors
    /// As [`Accounts::get`].
    pub async fn stop(&self, id: Option<&str>) -> Result<Vec<String>, Error> {
        let id = id.map(canonical_id);
        if let Some(id) = &id {
            self.get(Some(id))?;
        }
        let stopping: Vec<(String, Running)> = {
            let mut running = self.running();
            match &id {
                Some(id) => running.remove_entry(id).into_iter().collect(),
                None => std::mem::take(&mut *running).into_iter().collect(),
            }
        };
        for (_, running) in &stopping {
            // The task may have ended by itself; then nobody listens.
            let _ = running.stop.send(true);
        }
        let mut stopped = Vec::new();
        for (id, running) in stopping {
            if let Err(error) = running.task.await
                && error.is_panic()
            {
                tracing::error!(account = %id, "the account's task had panicked");
            }
            stopped.push(id);
        }
        Ok(stopped)
    }
}
