//! One log line each time an account's connection changes.

use crate::times;
use host_sdk::protocol::{AccountStatus, Lifecycle};
use std::collections::HashMap;
use std::time::Instant;

/// What was last told of each account of a channel.
#[derive(Debug, Default)]
pub struct Watch {
    accounts: HashMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    was_connected: bool,
    connected: bool,
    lost_at: Option<Instant>,
    /// The last trouble that was told; the same is not told again.
    trouble: Option<String>,
}

impl Watch {
    /// Look at a new state, and log what a person wants to know of it.
    pub fn see(&mut self, channel: &str, status: &AccountStatus) {
        let account = self.accounts.entry(status.account_id.clone()).or_default();
        let of = format!("{channel} {}", status.account_id);
        if status.connected {
            if !account.connected {
                tracing::info!("{of}: {}", account.connected_line(status));
            }
            *account = Account { was_connected: true, connected: true, ..Account::default() };
            return;
        }
        let lost = account.connected;
        account.connected = false;
        match status.lifecycle {
            Lifecycle::Blocked => {
                let reason = reason(status);
                if account.told(&format!("blocked {reason}")) {
                    tracing::error!("{of}: blocked: {reason}");
                }
            }
            Lifecycle::Stopped if lost => tracing::info!("{of}: disconnected"),
            Lifecycle::Stopped => {}
            // Nothing was lost: it was stopped and started, with a new configuration for example.
            Lifecycle::Starting if lost => {
                tracing::info!("{of}: starting again");
                *account = Account::default();
            }
            _ if lost => {
                account.lost_at = Some(Instant::now());
                tracing::warn!("{of}: connection lost ({}), trying again", reason(status));
            }
            Lifecycle::Recovering => {
                let reason = reason(status);
                if account.lost_at.is_none() && account.told(&reason) {
                    tracing::warn!("{of}: cannot connect ({reason}), trying again");
                }
            }
            _ => {}
        }
    }
}

impl Account {
    fn connected_line(&self, status: &AccountStatus) -> String {
        if self.was_connected {
            let away = self
                .lost_at
                .map_or_else(String::new, |lost| format!(" after {}", times::took(lost.elapsed())));
            return format!("connection is back{away}");
        }
        let mut line = "connected".to_owned();
        if let Some(bot) = &status.bot {
            line.push_str(&format!(" as @{}", bot.username));
        }
        if let Some(url) = &status.base_url {
            line.push_str(&format!(" to {url}"));
        }
        if let Some(version) = &status.server_version {
            line.push_str(&format!(" ({version})"));
        }
        line
    }

    /// Whether this trouble is new.
    fn told(&mut self, trouble: &str) -> bool {
        let new = self.trouble.as_deref() != Some(trouble);
        self.trouble = Some(trouble.to_owned());
        new
    }
}

fn reason(status: &AccountStatus) -> String {
    let disconnect = status.last_disconnect.as_ref().map(|disconnect| disconnect.reason.clone());
    let error = status.last_error.clone().or(disconnect);
    error
        .or_else(|| status.problem.as_ref().map(ToString::to_string))
        .unwrap_or_else(|| "no reason given".to_owned())
}
