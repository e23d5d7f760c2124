//! Choices reach the host in the order in which they were made, each once.

use crate::account::Deps;
use crate::interactive::Winner;
use crate::turns::NotWritten;
use host_sdk::protocol::InboundMessage;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, oneshot};

/// How long a choice waits for those before it: they wait only where the host or the disk is behind.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose choice is being handed over. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    // Whoever waits for it gets it in the order of the waiting.
    turn: Arc<Mutex<()>>,
}

/// What became of a choice.
pub(super) enum Taken {
    /// It is durable. The receiver is told when the host knows of it.
    Now(oneshot::Receiver<()>),
    /// The same choice was made before, and has had its effect.
    Before,
}

impl Order {
    /// Make a choice durable, and tell the host of it after those before it. It comes to its end whatever becomes of the
    /// request. `key` is what the choice is known by.
    ///
    /// # Errors
    /// It could not be written down, and nothing will come of it.
    pub(super) async fn take(
        &self,
        deps: &Deps,
        choice: InboundMessage,
        key: String,
        winner: Winner,
    ) -> Result<Taken, NotWritten> {
        let (answered, answer) = oneshot::channel();
        let (order, deps) = (self.clone(), deps.clone());
        deps.context.clone().spawn(async move {
            let Ok(turn) = tokio::time::timeout(PATIENCE, order.turn.lock()).await else {
                // Nobody may be waiting any more, here and below.
                let _ = answered.send(Err(NotWritten));
                return;
            };
            let Ok(claim) = deps.claims.claim(&key, winner) else {
                let _ = answered.send(Ok(Taken::Before));
                return;
            };
            let written = match deps.turns.admit(choice, vec![key]).await {
                Ok(written) => written,
                Err(not_written) => {
                    let _ = answered.send(Err(not_written));
                    return;
                }
            };
            claim.keep();
            let (told, knows) = oneshot::channel();
            let _ = answered.send(Ok(Taken::Now(knows)));
            deps.turns.tell(written).await;
            drop(turn);
            let _ = told.send(());
        });
        answer.await.unwrap_or(Err(NotWritten))
    }
}
