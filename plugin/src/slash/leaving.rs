//! The end of an account: what was made for it on the server goes.

use super::registry::Writer;
use crate::account::Deps;
use crate::quoted::quoted;
use futures_util::StreamExt as _;
use mattermost_client::Client;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long that may take; the rest stays remembered, and is tried again by the next start.
const PATIENCE: Duration = Duration::from_secs(3);
/// Commands that are removed at the same time.
const AT_ONCE: usize = 8;

/// An account was stopped: its commands are answered no more, and those that were made for it are removed. Takes three
/// seconds at most.
pub(crate) async fn leave(deps: &Deps, account_id: &str, client: &Client) {
    let book = deps.slash.account(account_id);
    deps.slash.end(account_id);
    // Whatever is being done for it ends after its next step.
    book.run.fetch_add(1, Ordering::SeqCst);
    book.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    book.told.over("activated");
    *book.summary.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let server = client.server().to_string();
    let work = async {
        let mut registry = book.registry.lock().await;
        let writer = Writer { deps, account_id, server: &server };
        let made: Vec<(String, String)> = registry
            .on(&server)
            .filter(|command| command.managed)
            .map(|command| (command.id.clone(), command.trigger.clone()))
            .collect();
        let brake = deps.brakes.of(client.server().as_str());
        let removing = futures_util::stream::iter(made).map(|(id, trigger)| {
            let brake = &brake;
            async move {
                brake.ready().await;
                let removed = client.delete_command(&id).await.inspect_err(|error| brake.heed(error));
                (id, trigger, removed)
            }
        });
        let mut removing = removing.buffer_unordered(AT_ONCE);
        let (mut left, mut why) = (0_usize, String::new());
        while let Some((id, trigger, removed)) = removing.next().await {
            match removed {
                Err(error) if !error.is_not_found() => {
                    left += 1;
                    why = error.to_string();
                }
                _ => {
                    tracing::info!(account = %account_id, "deleted command /{}", quoted(&trigger));
                    registry.gone(writer, &id).await;
                }
            }
        }
        if left > 0 {
            tracing::error!(account = %account_id, "slash cleanup failed for {left} commands, it is tried again by the next start: {}", quoted(&why));
        }
    };
    if tokio::time::timeout(PATIENCE, work).await.is_err() {
        tracing::error!(account = %account_id, "slash cleanup failed: the server takes too long, it is tried again by the next start");
    }
}
