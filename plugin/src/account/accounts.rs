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

struct Running {
    stop: watch::Sender<bool>,
    /// Its sender lives in the task: it is closed when the task has ended.
    ended: watch::Receiver<()>,
}

/// Accounts that were told to stop.
pub struct Stopping {
    accounts: Vec<(String, watch::Receiver<()>)>,
}

impl Stopping {
    /// Wait until all are disconnected; their ids.
    pub async fn ended(self) -> Vec<String> {
        let mut ids = Vec::new();
        for (id, mut ended) in self.accounts {
            while ended.changed().await.is_ok() {}
            ids.push(id);
        }
        ids
    }
}

/// The accounts of an instance.
pub struct Accounts {
    config: ChannelConfig,
    accounts: BTreeMap<String, Arc<Account>>,
    running: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    running: BTreeMap<String, Running>,
    /// The last task of an account that was told to stop; the next one waits for its end.
    stopping: BTreeMap<String, watch::Receiver<()>>,
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

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
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
        let id = &account.config.id;
        let mut tasks = self.tasks();
        if tasks.running.contains_key(id) {
            return;
        }
        let before = tasks.stopping.remove(id);
        let (stop, stopping) = watch::channel(false);
        let (end, ended) = watch::channel(());
        let work = run::run(deps.clone(), account.clone(), client, stopping);
        deps.context.spawn(async move {
            let _end = end;
            if let Some(mut before) = before {
                // Two connections of one account would write over each other's state.
                while before.changed().await.is_ok() {}
            }
            work.await;
        });
        tasks.running.insert(id.clone(), Running { stop, ended });
    }

    /// Tell an account, or all, to stop. A start that comes after this call runs after the stop, in the order of the
    /// calls.
    ///
    /// # Errors
    /// As [`Accounts::get`].
    pub fn stop(&self, id: Option<&str>) -> Result<Stopping, Error> {
        let id = id.map(canonical_id);
        if let Some(id) = &id {
            self.get(Some(id))?;
        }
        let mut tasks = self.tasks();
        let told: Vec<(String, Running)> = match &id {
            Some(id) => tasks.running.remove_entry(id).into_iter().collect(),
            None => std::mem::take(&mut tasks.running).into_iter().collect(),
        };
        let mut accounts = Vec::new();
        for (id, running) in told {
            running.stop.send_replace(true);
            tasks.stopping.insert(id.clone(), running.ended.clone());
            accounts.push((id, running.ended));
        }
        Ok(Stopping { accounts })
    }
}
