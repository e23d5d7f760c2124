//! One post, made once.

use super::deliver::unknown_channel;
use super::echoes::Echoes;
use super::lookup::Lookup;
use super::retry::Retry;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::NewPost;
use mattermost_client::model::Post;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::time::{sleep, timeout};

/// The server remembers a pending id for 30 seconds and answers a repeat by the same post. A repeat must have reached it
/// well within: later it would be a second post.
const WINDOW: Duration = Duration::from_secs(25);
/// An attempt that has less time left is not made.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(15);
/// When the socket has told of the post, its answer is waited for this long: giving up costs a connection.
const GRACE: Duration = Duration::from_millis(500);
/// What answers a look-up may be this far behind what took the post.
const LAG: Duration = Duration::from_secs(4);

/// Make one part of a delivery, unless it stands on the server already.
///
/// An attempt whose outcome is not known is repeated under the same `pending_post_id` as long as the server recognises
/// that, and is looked up before it is repeated later. `unsure` says at every moment whether the post may stand there
/// although nobody knows: for those who do not wait for the end.
///
/// # Errors
/// The last one, when it is final or the delivery is out of time.
pub(super) async fn create(
    lookup: &Lookup<'_>,
    echoes: &Echoes,
    retry: &mut Retry<'_>,
    post: &NewPost,
    part: usize,
    unsure: &AtomicBool,
) -> Result<Post, Error> {
    let mut expected = echoes.listen_for(&post.pending_post_id);
    // Since when an attempt may have made the post although its answer was lost.
    let mut doubt: Option<Clock> = None;
    loop {
        if let Some(clock) = &doubt
            && clock.left().is_none_or(|left| left < SHORTEST)
        {
            sleep(LAG).await;
            if let Some(post) = expected.heard() {
                return Ok(post);
            }
            match lookup.parts().await {
                Ok(mut parts) => match parts.remove(&part) {
                    Some(post) => return Ok(post),
                    None => doubt = None,
                },
                Err(error) => {
                    retry.after(&error).await?;
                    continue;
                }
            }
        }
        lookup.brake.ready().await;
        let left = doubt.as_ref().and_then(Clock::left).unwrap_or(WINDOW);
        let began = Clock::start();
        unsure.store(true, Ordering::Relaxed);
        let attempt = lookup.client.create_post_within(post, ATTEMPT.min(left));
        tokio::pin!(attempt);
        let outcome = tokio::select! {
            biased;
            outcome = &mut attempt => outcome,
            heard = expected.echo() => match timeout(GRACE, attempt).await {
                Ok(Ok(post)) => return Ok(post),
                _ => return Ok(heard),
            },
        };
        let error = match outcome {
            Ok(post) => return Ok(post),
            Err(error) => error,
        };
        if let Some(post) = expected.heard() {
            return Ok(post);
        }
        lookup.brake.heed(&error);
        if error.outcome_is_unknown() && doubt.is_none() {
            doubt = Some(began);
        }
        unsure.store(doubt.is_some(), Ordering::Relaxed);
        let paused = tokio::select! {
            paused = retry.after(&error) => paused,
            heard = expected.echo() => return Ok(heard),
        };
        if let Err(told) = paused {
            return given_up(lookup, post, part, error, told, doubt.is_some()).await;
        }
    }
}

/// No more attempts. When one may have made the post, the server is asked once more.
async fn given_up(
    lookup: &Lookup<'_>,
    post: &NewPost,
    part: usize,
    error: mattermost_client::Error,
    mut told: Error,
    maybe_posted: bool,
) -> Result<Post, Error> {
    if error.status() == Some(403) {
        return Err(unknown_channel(&post.channel_id, told));
    }
    if maybe_posted && told.code != ErrorCode::Closed {
        if let Ok(mut parts) = lookup.parts().await
            && let Some(post) = parts.remove(&part)
        {
            return Ok(post);
        }
        told.message = format!("{}; it is not known whether the message was posted", told.message);
        told.retryable = false;
    }
    Err(told)
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
