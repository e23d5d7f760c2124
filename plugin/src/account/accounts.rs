//! The accounts of an instance, and which of them run.

use super::deps::Deps;
use super::login::Account;
use super::run;
use crate::config::{ChannelConfig, canonical_id};
use host_sdk::protocol::{ConfigUpdated, Error, ErrorCode};
use mattermost_client::Client;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
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
    configured: RwLock<Configured>,
    running: Mutex<Tasks>,
    /// Held while a new configuration is taken: two at once would leave a part of each.
    updating: Mutex<()>,
    /// Counts the configurations.
    generation: watch::Sender<u64>,
}

/// What the configuration has.
struct Configured {
    config: ChannelConfig,
    accounts: BTreeMap<String, Arc<Account>>,
}

#[derive(Default)]
struct Tasks {
    running: BTreeMap<String, Running>,
    /// The last task of an account that was told to stop; the next one waits for its end.
    stopping: BTreeMap<String, watch::Receiver<()>>,
    /// All accounts were started: those that are new are to run as well.
    all: bool,
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
        Self {
            configured: RwLock::new(Configured { config, accounts }),
            running: Mutex::default(),
            updating: Mutex::default(),
            generation: watch::channel(0).0,
        }
    }

    /// Wait until an account is another one than this: a new configuration changed it, or took it out.
    pub(crate) async fn changed(&self, account: &Arc<Account>) {
        let mut generation = self.generation.subscribe();
        loop {
            let known = self.configured().accounts.get(&account.config.id).cloned();
            if known.is_none_or(|known| !Arc::ptr_eq(&known, account)) || generation.changed().await.is_err()
            {
                return;
            }
        }
    }

    fn configured(&self) -> RwLockReadGuard<'_, Configured> {
        self.configured.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The id of the account that is used when none is named.
    #[must_use]
    pub fn default_id(&self) -> String {
        self.configured().config.default_account.clone()
    }

    /// An account by id, or the default one.
    ///
    /// # Errors
    /// `NOT_FOUND` with the ids that there are.
    pub fn get(&self, id: Option<&str>) -> Result<Arc<Account>, Error> {
        let configured = self.configured();
        let id = &configured.config.account(id)?.id;
        configured.accounts.get(id).cloned().ok_or_else(|| {
            Error::new(ErrorCode::Internal, format!("account \"{id}\" is configured but unknown"))
        })
    }

    /// Whether an account is being run.
    pub(crate) fn runs(&self, id: &str) -> bool {
        self.tasks().running.contains_key(id)
    }

    /// One account, or all.
    ///
    /// # Errors
    /// As [`Accounts::get`].
    pub fn select(&self, id: Option<&str>) -> Result<Vec<Arc<Account>>, Error> {
        match id {
            Some(id) => Ok(vec![self.get(Some(id))?]),
            None => Ok(self.configured().accounts.values().cloned().collect()),
        }
    }

    /// Run an account, or all that are enabled and configured. One that runs already goes on. Returns the ids.
    ///
    /// # Errors
    /// The problem of a named account; without a name, that none can be started, with the first problem.
    pub(crate) fn start(&self, id: Option<&str>, deps: &Deps) -> Result<Vec<String>, Error> {
        self.tasks().all |= id.is_none();
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

    /// Take a new configuration. An account that differs is stopped and started as it says now; one that cannot be read
    /// any more goes on as it was.
    pub(crate) fn update(&self, mut config: ChannelConfig, deps: &Deps) -> ConfigUpdated {
        let _updating = self.updating.lock().unwrap_or_else(PoisonError::into_inner);
        let mut updated = ConfigUpdated { warnings: config.warnings.clone(), ..ConfigUpdated::default() };
        let old = self.configured().accounts.clone();
        let mut accounts = BTreeMap::new();
        let mut changed: Vec<Arc<Account>> = Vec::new();
        for new in &mut config.accounts {
            let known = old.get(&new.id);
            let account = match (known, &new.problem) {
                (Some(known), Some(problem)) if known.config.problem.is_none() && new.enabled => {
                    updated.warnings.push(format!("account {} goes on as it was: {problem}", new.id));
                    updated.unchanged.push(new.id.clone());
                    *new = (*known.config).clone();
                    known.clone()
                }
                (Some(known), _) if *known.config == *new => {
                    updated.unchanged.push(new.id.clone());
                    known.clone()
                }
                _ => {
                    let account = Arc::new(Account::new(new));
                    changed.push(account.clone());
                    account
                }
            };
            accounts.insert(new.id.clone(), account);
        }
        let gone: Vec<String> = old.keys().filter(|id| !accounts.contains_key(*id)).cloned().collect();
        let (was_running, all) = {
            let tasks = self.tasks();
            (tasks.running.keys().cloned().collect::<HashSet<String>>(), tasks.all)
        };
        for id in gone.iter().chain(changed.iter().map(|account| &account.config.id)) {
            self.halt(id);
        }
        let tuning = (config.catch_up, config.debounce);
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = Configured { config, accounts };
        deps.tuning.set(tuning.0, tuning.1);
        self.generation.send_modify(|generation| *generation += 1);
        for id in gone {
            deps.book.remove(&id);
            if was_running.contains(&id) {
                updated.stopped.push(id);
            }
        }
        for account in changed {
            let id = account.config.id.clone();
            let ran = was_running.contains(&id);
            deps.book.set(account.config.status());
            match account.client() {
                Ok(client) if ran || all => {
                    self.run(&account, client, deps);
                    if ran { updated.restarted.push(id) } else { updated.started.push(id) }
                }
                Ok(_) => {}
                Err(error) => {
                    if account.config.enabled {
                        updated.warnings.push(format!("account {id}: {error}"));
                    }
                    if ran {
                        updated.stopped.push(id);
                    }
                }
            }
        }
        updated
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
        let ids = match id.map(canonical_id) {
            Some(id) => {
                self.get(Some(&id))?;
                vec![id]
            }
            None => {
                let mut tasks = self.tasks();
                tasks.all = false;
                tasks.running.keys().cloned().collect()
            }
        };
        let halted = ids.into_iter().filter_map(|id| Some((self.halt(&id)?, id)));
        Ok(Stopping { accounts: halted.map(|(ended, id)| (id, ended)).collect() })
    }

    /// Tell an account to stop. What it returns is closed when it has; `None` when it does not run.
    fn halt(&self, id: &str) -> Option<watch::Receiver<()>> {
        let mut tasks = self.tasks();
        let running = tasks.running.remove(id)?;
        running.stop.send_replace(true);
        tasks.stopping.insert(id.to_owned(), running.ended.clone());
        Some(running.ended)
    }
}
