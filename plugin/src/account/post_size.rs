//! How long a post may be, and how old the server is, as it says.

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

/// Servers from this version on are taken to accept any letters and digits as the id of a button.
const FIRST_WITH_SHORT_IDS: u32 = 7;

/// What a server said.
#[derive(Debug)]
struct Said {
    size: usize,
    /// The first number of its version.
    major: u32,
}

/// The longest post, once the server has said it.
#[derive(Debug, Default)]
pub(super) struct PostSize {
    known: OnceLock<Said>,
    asked: Mutex<Option<Instant>>,
}

impl PostSize {
    pub(super) fn known(&self) -> Option<usize> {
        self.known.get().map(|said| said.size)
    }

    /// Whether the server is so old that it takes only ids of its own kind, 26 letters and digits, for the buttons of a
    /// post. Seen on 5.16; 11.6 takes any. Newer servers take such ids too, so it does not matter where exactly it changed.
    pub(super) async fn wants_long_ids(&self, client: &Client) -> bool {
        self.ask(client).await;
        self.known.get().is_some_and(|said| said.major < FIRST_WITH_SHORT_IDS)
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
                let major = config.version.split('.').next().and_then(|major| major.parse().ok());
                Some(self.known.get_or_init(|| Said { size, major: major.unwrap_or(u32::MAX) }).size)
            }
            Ok(Err(error)) => {
                tracing::debug!("the server does not say how long a post may be: {error}");
                None
            }
            Err(_) => None,
        }
    }
}
