//! The server's clock, as its answers tell it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap};

/// A newer answer is looked at after this; the header counts whole seconds only.
const GOOD_FOR: Duration = Duration::from_secs(10);

/// What the server's clock showed at some moment of the clock that nobody sets.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Option<(Instant, i64)>>);

impl ServerClock {
    /// Looks at the `Date` of an answer.
    pub(super) fn hear(&self, headers: &HeaderMap) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_some_and(|(at, _)| at.elapsed() < GOOD_FOR) {
            return;
        }
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        let time = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        if let Some(millis) = since.and_then(|since| i64::try_from(since.as_millis()).ok()) {
            *known = Some((Instant::now(), millis));
        }
    }

    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> Option<i64> {
        let (at, millis) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(millis.saturating_add(i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX)))
    }
}
