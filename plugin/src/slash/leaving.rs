//! The end of an account: what was made for it on the server goes.

use super::registry::Writer;
use super::removing::remove;
use crate::account::Deps;
use crate::quoted::quoted;
use crate::store::SlashCommand;
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
    let bot_id = book.bot_id.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let turn = deps.slash.turn_of(&server, &bot_id);
    let work = async {
        let _turn = turn.lock().await;
        let mut registry = book.registry.lock().await;
        let writer = Writer { deps, account_id, server: &server };
        let mut made: Vec<SlashCommand> =
            registry.on(&server).filter(|command| command.managed).cloned().collect();
        // An account may have been given another name: what the new one keeps is the new one's to remove.
        let others = deps.slash.of_others(account_id);
        for command in made.extract_if(.., |command| others.contains_key(&command.id)) {
            if let Some(heir) = others.get(&command.id) {
                registry.gone(writer, &command.id).await;
                let heirs = deps.slash.account(heir);
                let writer = Writer { deps, account_id: heir, server: &server };
                heirs.registry.lock().await.inherit(writer, command).await;
            }
        }
        let brake = deps.brakes.of(client.server().as_str());
        let removing = futures_util::stream::iter(made).map(|command| {
            let brake = &brake;
            async move { (remove(client, brake, &command.team_id, &command.id).await, command) }
        });
        let mut removing = removing.buffer_unordered(AT_ONCE);
        let (mut left, mut why) = (0_usize, String::new());
        while let Some((removed, command)) = removing.next().await {
            match removed {
                Ok(()) => {
                    tracing::info!(account = %account_id, "deleted command /{}", quoted(&command.trigger));
                    registry.gone(writer, &command.id).await;
                }
                Err(error) => {
                    left += 1;
                    why = error.to_string();
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
