//! The bot is shown as typing while the host works on an answer.

use mattermost_client::Client;
use mattermost_client::connection::Connection;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// An answer that comes sooner needs no sign of work.
const GRACE: Duration = Duration::from_millis(150);
/// Clients show a sign for about five seconds.
const EVERY: Duration = Duration::from_secs(3);
/// A turn that takes longer is not shown any more.
const LONGEST: Duration = Duration::from_secs(60);
/// So many failures in a row end it.
const FAILURES: u32 = 2;

/// Shows the bot as typing until it is dropped.
#[derive(Debug)]
pub struct Typing {
    task: tokio::task::JoinHandle<()>,
}

impl Typing {
    /// Start showing it. Must be called on the runtime.
    #[must_use]
    pub fn start(
        client: Client,
        connection: Arc<Connection>,
        channel_id: String,
        root_id: Option<String>,
    ) -> Self {
        let task = tokio::spawn(async move {
            sleep(GRACE).await;
            show(&client, &connection, &channel_id, root_id.as_deref()).await;
        });
        Self { task }
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn show(client: &Client, connection: &Connection, channel_id: &str, root_id: Option<&str>) {
    let until = Instant::now() + LONGEST;
    let (mut failures, mut by_rest) = (0, true);
    while Instant::now() < until && failures < FAILURES {
        if by_rest {
            match client.typing(channel_id, root_id).await {
                Ok(()) => failures = 0,
                // Servers before 5.26 have no such route; all know the WebSocket action.
                Err(error) if error.status() == Some(404) => by_rest = false,
                Err(error) => {
                    failures += 1;
                    tracing::debug!(%error, "mattermost typing failed");
                }
            }
        }
        if !by_rest {
            connection.typing(channel_id, root_id);
        }
        sleep(EVERY).await;
    }
}
