//! One brake per server: when it asks to slow down, everybody who talks to it does.

use mattermost_client::Error;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a server that says only "too many" is given.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause that is taken at a server's word.
const LONGEST: Duration = Duration::from_secs(300);
/// A pause that did not help is doubled so often.
const MOST_IN_VAIN: u32 = 3;
/// Calls follow each other so closely after a pause; ten a second is the server's own default.
const SPACING: Duration = Duration::from_millis(100);
/// So long after a pause calls are spaced out.
const CAREFUL: Duration = Duration::from_secs(20);

#[derive(Debug, Default)]
struct State {
    /// Nothing is sent before.
    until: Option<Instant>,
    /// Calls are spaced until then.
    careful_until: Option<Instant>,
    /// When the last call was or will be sent.
    last: Option<Instant>,
    /// Pauses in a row that did not help.
    in_vain: u32,
}

/// The brake of one server.
#[derive(Debug, Default)]
pub struct Brake {
    state: Mutex<State>,
}

impl Brake {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait until a call may be made. Without a pause in the last seconds that is at once.
    pub async fn ready(&self) {
        while let Some(at) = self.turn() {
            sleep_until(at).await;
            // Somebody may have been told to wait longer meanwhile.
            if self.lock().until.is_none_or(|until| until <= Instant::now()) {
                return;
            }
        }
    }

    /// When the next call may be made; `None`: at once.
    fn turn(&self) -> Option<Instant> {
        let mut state = self.lock();
        let now = Instant::now();
        if state.careful_until.is_none_or(|until| until <= now) {
            return None;
        }
        let after_the_last = state.last.map_or(now, |last| last + SPACING);
        let at = state.until.unwrap_or(now).max(after_the_last).max(now);
        state.last = Some(at);
        Some(at)
    }

    /// Whether the server has asked for no pause in the last seconds: what nobody needs is better left out otherwise.
    #[must_use]
    pub fn is_at_ease(&self) -> bool {
        self.lock().careful_until.is_none_or(|until| until <= Instant::now())
    }

    /// A call failed. If the server asked to slow down (429, or `Retry-After`), everybody does.
    pub fn heed(&self, error: &Error) {
        let asked = error.retry_after();
        if error.status() != Some(429) && asked.is_none() {
            return;
        }
        let pause = asked.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
        let mut state = self.lock();
        let now = Instant::now();
        state.in_vain = match (state.until, state.careful_until) {
            // Of the calls that were under way when the pause began.
            (Some(until), _) if now < until => state.in_vain,
            (_, Some(careful_until)) if now < careful_until => (state.in_vain + 1).min(MOST_IN_VAIN),
            _ => 0,
        };
        let until = now + pause * (1 << state.in_vain);
        state.until = Some(state.until.map_or(until, |known| known.max(until)));
        state.careful_until = state.until.map(|until| until + CAREFUL);
    }
}

/// The brakes of all servers.
#[derive(Debug, Default)]
pub struct Brakes {
    servers: Mutex<HashMap<String, Arc<Brake>>>,
}

impl Brakes {
    /// The brake of the server with this address.
    #[must_use]
    pub fn of(&self, server: &str) -> Arc<Brake> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.entry(server.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Brake, State};
    use std::sync::Mutex;
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn without_a_pause_nothing_waits_and_after_one_calls_are_spaced() {
        let brake = Brake::default();
        let began = Instant::now();
        brake.ready().await;
        brake.ready().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let until = began + Duration::from_secs(2);
        let state = State {
            until: Some(until),
            careful_until: Some(until + Duration::from_secs(20)),
            ..State::default()
        };
        let brake = Brake { state: Mutex::new(state) };
        let mut times = Vec::new();
        for _ in 0..3 {
            brake.ready().await;
            times.push(began.elapsed().as_millis());
        }
        // The clock of tests counts whole milliseconds.
        assert!(!brake.is_at_ease() && Brake::default().is_at_ease());
        assert!(times[0] >= 2_000 && times[1] >= 2_100 && times[2] >= 2_200 && times[2] < 2_210, "{times:?}");
    }
}
