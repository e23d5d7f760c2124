//! Who the bot is: the first question to a server, asked until it is answered.

use super::deps::Deps;
use super::login::Account;
use host_sdk::protocol::{BotIdentity, Lifecycle};
use mattermost_client::{Client, ErrorKind};
use std::time::Duration;

/// The waits after a server that cannot be reached: dense at first, so that a server that restarts is found at once.
const RETRY: [u64; 8] = [1, 2, 3, 3, 5, 10, 30, 60];
/// The waits after a refused token, in seconds: only a person can change that.
const REFUSED: [u64; 2] = [30, 60];

/// A server that asks for a longer pause than this is asked sooner all the same.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// Ask until the server says who the bot is. Ends only with the answer; to stop, drop it.
pub(super) async fn identify(deps: &Deps, account: &Account, client: &Client) -> BotIdentity {
    let id = &account.config.id;
    let (mut failures, mut refusals) = (0_usize, 0_usize);
    loop {
        let error = match client.me().await {
            Ok(user) => {
                let bot = BotIdentity { id: user.id, username: user.username };
                account.remember_bot(&bot);
                return bot;
            }
            Err(error) => error,
        };
        let (lifecycle, told, wait) = if error.is_unauthorized() {
            let wait = step(&REFUSED, refusals);
            refusals += 1;
            (Lifecycle::Blocked, refused(id, &error.to_string()), wait)
        } else if let ErrorKind::AddressRefused { refused } = error.kind() {
            // Only a person can change the setting; the name may lead elsewhere one day.
            let wait = step(&REFUSED, refusals);
            refusals += 1;
            (Lifecycle::Blocked, refused.to_string(), wait)
        } else {
            let asked = error.retry_after().unwrap_or_default().min(LONGEST_ASKED);
            let wait = asked.max(step(&RETRY, failures));
            failures += 1;
            (Lifecycle::Recovering, error.to_string(), wait)
        };
        tracing::debug!(account = %id, retry_in_s = wait.as_secs(), "mattermost API not accessible, retrying in {}s: {told}", wait.as_secs());
        deps.change(id, |status| {
            status.lifecycle = lifecycle;
            status.connected = false;
            status.last_error = Some(told);
        })
        .await;
        tokio::time::sleep(wait).await;
    }
}

/// What an operator can do about a refused token.
pub(super) fn refused(account_id: &str, detail: &str) -> String {
    let variable = if account_id == "default" { " (or MATTERMOST_BOT_TOKEN)" } else { "" };
    format!(
        "the server refused the bot token ({detail}): check botToken{variable} of account \"{account_id}\", \
         and in Mattermost that the token was not revoked and the bot is enabled"
    )
}

fn step(steps: &[u64], index: usize) -> Duration {
    Duration::from_secs(steps.get(index).or(steps.last()).copied().unwrap_or(60))
}
