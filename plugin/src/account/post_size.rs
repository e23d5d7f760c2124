//! How long a post may be, as the server says.

use crate::text::LONGEST;
use mattermost_client::Client;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Every server takes posts of this length, in code points; only those whose database is older than version 5 take no
/// longer ones.
pub(crate) const SURE: usize = 4_000;
/// Nobody waits longer for the server's answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A server that did not answer is not asked again for so long.
const PAUSE: Duration = Duration::from_secs(60);

/// The longest post, once the server has said it.
#[derive(Debug, Default)]
pub(super) struct PostSize {
    known: OnceLock<usize>,
    asked: Mutex<Option<Instant>>,
}

impl PostSize {
    pub(super) fn known(&self) -> Option<usize> {
        self.known.get().copied()
    }

    /// Ask the server, unless it has said so, or was asked a moment ago. `None`: it is not known, and what most servers
    /// take is the best guess.
    pub(super) async fn ask(&self, client: &Client) -> Option<usize> {
        // Those who ask at the same time wait for one answer.
        let mut asked = self.asked.lock().await;
        if self.known().is_some() || asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return self.known();
        }
        *asked = Some(Instant::now());
        match tokio::time::timeout(PATIENCE, client.client_config()).await {
            Ok(Ok(config)) => {
                let size = config.max_post_size.filter(|size| *size > 0).unwrap_or(LONGEST);
                Some(*self.known.get_or_init(|| size))
            }
            Ok(Err(error)) => {
                tracing::debug!("the server does not say how long a post may be: {error}");
                None
            }
            Err(_) => None,
        }
    }
}
