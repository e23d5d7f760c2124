//! One post, made once.

use super::deliver::{Cancelled, unknown_channel};
use crate::error::from_client;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::model::Post;
use mattermost_client::{Client, NewPost};
use std::time::{Duration, Instant, SystemTime};

/// The server remembers a pending id for 30 seconds from the first attempt and answers a repeat by the same post. A
/// repeat must have reached it well within: later it would be a second post.
const WINDOW: Duration = Duration::from_secs(25);
/// An attempt that has less time left is not made.
const SHORTEST: Duration = Duration::from_secs(1);
/// Waits between the attempts.
const RETRY: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// Make a post; repeat it as long as the server recognises a repeat.
pub(super) async fn create(client: &Client, post: &NewPost, cancelled: Cancelled<'_>) -> Result<Post, Error> {
    let clock = Clock::start();
    let mut waits = RETRY.iter();
    // Some attempt may have made the post although its answer was lost.
    let mut maybe_posted = false;
    // The first attempt may take as long as the server needs; nothing was sent before it.
    let mut attempt = client.create_post(post).await;
    loop {
        let error = match attempt {
            Ok(post) => return Ok(post),
            Err(error) => error,
        };
        maybe_posted |= error.outcome_is_unknown();
        let again = error.is_retryable() || error.outcome_is_unknown();
        let wait = waits.next().map(|wait| error.retry_after().unwrap_or_default().max(*wait));
        let Some(wait) =
            wait.filter(|wait| again && clock.left().is_some_and(|left| *wait + SHORTEST < left))
        else {
            return Err(given_up(post, &error, maybe_posted));
        };
        tracing::debug!("post not taken, trying again: {error}");
        tokio::time::sleep(wait).await;
        if cancelled() {
            return Err(Error::new(ErrorCode::Cancelled, "the delivery was cancelled"));
        }
        // The sleep may have taken longer: the machine may have been suspended.
        let Some(left) = clock.left().filter(|left| *left >= SHORTEST) else {
            return Err(given_up(post, &error, maybe_posted));
        };
        attempt = client.create_post_within(post, left).await;
    }
}

/// The last error. When nobody knows whether the post was made, repeating it later could double it: say so.
fn given_up(post: &NewPost, error: &mattermost_client::Error, maybe_posted: bool) -> Error {
    let mut told = from_client(error);
    if error.status() == Some(403) {
        return unknown_channel(&post.channel_id, told);
    }
    if maybe_posted {
        told.message = format!("{}; it is not known whether the message was posted", told.message);
        told.retryable = false;
    }
    told
}

/// Time since the first attempt, by the clock that counts and by the one that goes on while the machine sleeps.
struct Clock {
    counted: Instant,
    by_the_wall: SystemTime,
}

impl Clock {
    fn start() -> Self {
        Self { counted: Instant::now(), by_the_wall: SystemTime::now() }
    }

    /// What is left of the window.
    fn left(&self) -> Option<Duration> {
        // A wall clock that was set back tells nothing.
        let by_the_wall = self.by_the_wall.elapsed().unwrap_or_default();
        WINDOW.checked_sub(self.counted.elapsed().max(by_the_wall))
    }
}
