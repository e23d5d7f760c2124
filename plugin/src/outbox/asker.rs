//! Whoever gave a slash command is told when it cannot be answered where it was given.

use super::deliver::Deliverer;
use host_sdk::protocol::{Error, Outbound};
use std::time::Duration;

/// How long the server may take to pass it on.
const PATIENCE: Duration = Duration::from_secs(10);

/// What he is told.
const NOT_THERE: &str = "The answer could not be posted here: the bot is not in this channel any more. Add it again, then repeat the command.";

impl Deliverer {
    /// A message could not be delivered. If it was the answer to a slash command and the bot may not post there, the one
    /// who gave it hears of it, once.
    pub(super) fn tell_asker(&self, message: &Outbound, error: &Error) {
        if !matches!(error.http_status, Some(403 | 404)) {
            return;
        }
        let event_id = message.event_id.as_deref().or(message.turn_id.as_deref()).unwrap_or_default();
        let Some(hook) = self.unsettled.with(event_id, |turn| turn.hook.take()).flatten() else { return };
        let account = self.accounts.get(message.account_id.as_deref());
        let Ok(client) = account.and_then(|account| account.client()) else { return };
        let brake = self.brakes.of(client.server().as_str());
        self.context.spawn(async move {
            let telling = async {
                brake.ready().await;
                client.answer_command(&hook, NOT_THERE).await.inspect_err(|error| brake.heed(error))
            };
            if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, telling).await {
                tracing::debug!("who gave a slash command cannot be told that it is not answered: {error}");
            }
        });
    }
}
