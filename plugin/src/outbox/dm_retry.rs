//! How often the opening of a direct channel is tried, as `dmChannelRetry` says.

use crate::config::DmChannelRetry;
use std::future::Future;
use std::time::Duration;

/// The tries of one opening.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    base_ms: u64,
    cap_ms: u64,
    left: u64,
    /// Twice as long after each try, before jitter and cap.
    next_ms: u64,
}

impl Schedule {
    pub(super) fn new(config: &DmChannelRetry) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let base_ms = ms(config.initial_delay).min(ms(config.max_delay));
        let cap_ms = ms(config.max_delay).max(base_ms);
        Self { base_ms, cap_ms, left: config.max_retries, next_ms: base_ms }
    }

    /// A try failed: how long the next one waits, `None` when there is none. `random` is from 0 to below 1: it only ever
    /// lengthens a wait, up to twice as long, and the longest wait is not exceeded.
    pub(super) fn failed(&mut self, random: f64) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let raw = self.next_ms.min(self.cap_ms);
        self.next_ms = raw.saturating_mul(2);
        // Configured waits are at most a minute: they fit into both.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let jittered = (raw as f64 * (1.0 + random.clamp(0.0, 1.0))).ceil() as u64;
        Some(Duration::from_millis(jittered.clamp(self.base_ms, self.cap_ms)))
    }
}

/// Why an opening failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed<E, S> {
    /// Trying again changes nothing.
    Refused(E),
    /// All tries are used up; the error of the last one.
    UsedUp(E),
    /// Nobody waits for it any more.
    Stopped(S),
}

/// Try until it succeeds, is refused, or the schedule ends. `passing` tells whether an error may pass; `pause` waits, or
/// tells why nobody waits any more.
pub(super) async fn tries<T, E, S, A, P>(
    mut schedule: Schedule,
    mut attempt: impl FnMut() -> A,
    passing: impl Fn(&E) -> bool,
    mut pause: impl FnMut(Duration, &E) -> P,
) -> Result<T, Failed<E, S>>
where
    A: Future<Output = Result<T, E>>,
    P: Future<Output = Result<(), S>>,
{
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if !passing(&error) {
            return Err(Failed::Refused(error));
        }
        let Some(wait) = schedule.failed(random()) else { return Err(Failed::UsedUp(error)) };
        pause(wait, &error).await.map_err(Failed::Stopped)?;
    }
}

/// From 0 to below 1. A system without randomness waits as if it were half way.
fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(1 << 31)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::{Failed, Schedule, tries};
    use crate::config::DmChannelRetry;
    use proptest::prelude::*;
    use std::cell::{Cell, RefCell};
    use std::time::Duration;
    use tokio::time::{Instant, sleep};

    fn retry(max_retries: u64, initial: u64, max: u64) -> DmChannelRetry {
        let ms = Duration::from_millis;
        DmChannelRetry { max_retries, initial_delay: ms(initial), max_delay: ms(max), timeout: ms(30_000) }
    }

    proptest! {
        // covers: R10
        #[test]
        fn every_wait_is_within_its_bounds_and_there_are_as_many_as_configured(
            retries in 0_u64..=10, initial in 100_u64..=60_000, max in 1_000_u64..=60_000, random in 0.0..1.0_f64,
        ) {
            let (base, cap) = (initial.min(max), max);
            let mut schedule = Schedule::new(&retry(retries, initial, max));
            for number in 0..retries {
                let wait = u64::try_from(schedule.failed(random).unwrap().as_millis()).unwrap();
                let raw = (base << number).min(cap);
                prop_assert!(wait >= raw.min(cap) && wait <= (2 * raw).min(cap), "{wait} after {number}");
            }
            prop_assert_eq!(schedule.failed(random), None);
        }
    }

    #[test]
    fn the_first_waits_of_the_documented_examples() {
        let wait = |schedule: &mut Schedule, random| schedule.failed(random).unwrap().as_millis();
        for (random, first, second) in [(0.0, 100, 200), (0.5, 150, 300), (0.999_999, 200, 400)] {
            let mut schedule = Schedule::new(&retry(3, 100, 1_000));
            assert_eq!((wait(&mut schedule, random), wait(&mut schedule, random)), (first, second));
        }
        let mut schedule = Schedule::new(&retry(10, 1_000, 2_500));
        assert!((0..10).all(|_| wait(&mut schedule, 0.999_999) <= 2_500));
    }

    /// Fails so often, with whether it may pass; what became of it, the calls, and the time that it took.
    async fn run(errors: &[bool], retries: u64) -> (Result<(), Failed<bool, ()>>, usize, Duration) {
        let (calls, began, waits) = (Cell::new(0), Instant::now(), RefCell::new(Vec::new()));
        let attempt = || {
            let call = calls.get();
            calls.set(call + 1);
            std::future::ready(errors.get(call).map_or(Ok(()), |passing| Err(*passing)))
        };
        let pause = |wait, _: &bool| {
            waits.borrow_mut().push(wait);
            async move {
                sleep(wait).await;
                Ok(())
            }
        };
        let result = tries(Schedule::new(&retry(retries, 100, 1_000)), attempt, |error| *error, pause).await;
        (result, calls.get(), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_and_the_rest_is_not() {
        let (result, calls, took) = run(&[true, true], 3).await;
        assert_eq!((result, calls), (Ok(()), 3));
        assert!((300..=602).contains(&took.as_millis()), "{took:?}");
        assert_eq!(run(&[false], 3).await, (Err(Failed::Refused(false)), 1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_surfaces_when_the_tries_are_used_up() {
        let (result, calls, _) = run(&[true; 9], 2).await;
        assert_eq!((result, calls), (Err(Failed::UsedUp(true)), 3));
        assert_eq!(run(&[true], 0).await, (Err(Failed::UsedUp(true)), 1, Duration::ZERO));
    }
}
