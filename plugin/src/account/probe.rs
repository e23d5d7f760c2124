//! Whether an account's credentials work.

use super::login::Account;
use crate::error::from_client;
use host_sdk::protocol::{BotIdentity, Error, ErrorCode, Probe};
use std::time::{Duration, Instant};

/// Ask the server whether an account's credentials work.
pub(crate) async fn probe(account: &Account, timeout: Duration) -> Probe {
    let began = Instant::now();
    let asked = async {
        let client = account.client_audited_as("mattermost-probe")?;
        match tokio::time::timeout(timeout, client.me()).await {
            Ok(Ok(user)) => Ok(BotIdentity { id: user.id, username: user.username }),
            Ok(Err(error)) => Err(from_client(&error)),
            Err(_) => Err(Error::new(
                ErrorCode::Timeout,
                format!("{} did not answer within {} ms", client.server(), timeout.as_millis()),
            )),
        }
    };
    let result = asked.await;
    let mut probe = Probe {
        account_id: account.config.id.clone(),
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..Probe::default()
    };
    match result {
        Ok(bot) => {
            account.remember_bot(&bot);
            (probe.ok, probe.status, probe.bot) = (true, Some(200), Some(bot));
        }
        Err(error) => {
            (probe.status, probe.error) = (error.http_status, Some(error));
        }
    }
    probe
}
