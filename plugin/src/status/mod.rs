//! How the accounts are doing.

use host_sdk::protocol::AccountStatus;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

/// The state of every account.
#[derive(Debug, Default)]
pub struct StatusBook {
    accounts: Mutex<BTreeMap<String, AccountStatus>>,
}

impl StatusBook {
    /// A book with the accounts as they are before a start.
    #[must_use]
    pub fn new(accounts: impl IntoIterator<Item = AccountStatus>) -> Self {
        let accounts = accounts.into_iter().map(|account| (account.account_id.clone(), account)).collect();
        Self { accounts: Mutex::new(accounts) }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, AccountStatus>> {
        self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether there is such an account.
    #[must_use]
    pub fn has(&self, account_id: &str) -> bool {
        self.lock().contains_key(account_id)
    }

    /// Change an account's state and get it as it is now.
    pub fn update(&self, account_id: &str, change: impl FnOnce(&mut AccountStatus)) -> AccountStatus {
        let mut accounts = self.lock();
        let status = accounts.entry(account_id.to_owned()).or_insert_with(|| AccountStatus {
            account_id: account_id.to_owned(),
            ..AccountStatus::default()
        });
        change(status);
        status.clone()
    }

    /// An account is configured anew.
    pub fn set(&self, status: AccountStatus) {
        self.lock().insert(status.account_id.clone(), status);
    }

    /// An account is gone.
    pub fn remove(&self, account_id: &str) {
        self.lock().remove(account_id);
    }

    /// One more message was not for the agent.
    pub fn count(&self, account_id: &str, reason: &str) {
        if let Some(status) = self.lock().get_mut(account_id) {
            match status.not_answered.get_mut(reason) {
                Some(count) => *count += 1,
                None => drop(status.not_answered.insert(reason.to_owned(), 1)),
            }
        }
    }

    /// All accounts, or the one that is named.
    #[must_use]
    pub fn list(&self, account_id: Option<&str>) -> Vec<AccountStatus> {
        let accounts = self.lock();
        accounts
            .values()
            .filter(|status| account_id.is_none_or(|id| id == status.account_id))
            .cloned()
            .collect()
    }
}

/// Milliseconds since 1970 UTC; 0 for a clock before that.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
