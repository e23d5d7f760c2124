//! How long to wait between attempts.

use std::time::Duration;

use super::options::Settings;

/// No wait is shorter: a loop that fails at once must not spin.
const FLOOR: Duration = Duration::from_millis(100);

/// The waits of one outage: dense at first, then doubling. Each is drawn evenly from zero to its cap, so that
/// the clients of a restarted server do not come back in step.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// Waits since the last reset.
    waits: u32,
    /// Waits after the dense time.
    doublings: u32,
    /// When the outage began.
    since: Option<Duration>,
}

impl Backoff {
    /// The next wait.
    pub(super) fn next(&mut self, now: Duration, settings: &Settings, random: &mut Random) -> Duration {
        self.waits = self.waits.saturating_add(1);
        let since = *self.since.get_or_insert(now);
        let cap = if now.saturating_sub(since) < settings.dense_for {
            // A third, two thirds, then all of the dense cap.
            settings.dense_cap.saturating_mul(self.waits.min(3)) / 3
        } else {
            self.doublings = self.doublings.saturating_add(1);
            doubled(settings.dense_cap, self.doublings)
        };
        random.below(cap.min(settings.retry_cap)).max(FLOOR)
    }

    /// Starts over, after a connection that lasted.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// `first` doubled `times` times, without overflow.
pub(super) fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
}

/// SplitMix64: small, seedable, good enough to spread retries. Not for secrets.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Evenly from zero to `cap`, exclusive; zero for zero.
    pub(super) fn below(&mut self, cap: Duration) -> Duration {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::try_from_secs_f64(cap.as_secs_f64() * share).unwrap_or(cap)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
