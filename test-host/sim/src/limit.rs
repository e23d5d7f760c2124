//! Request limiting by remote address: the generic cell rate algorithm, as the real server does it.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::options::RateLimit;

/// What the limiter says of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How many requests a full bucket holds.
    pub(crate) limit: u32,
    /// How many more requests would pass now.
    pub(crate) remaining: u32,
    /// Seconds until the bucket is full again.
    pub(crate) reset: u64,
    /// Seconds until one request fits; `None` when this one passed.
    pub(crate) retry_after: Option<u64>,
}

impl Verdict {
    /// What a caller with an empty bucket is told.
    pub(crate) fn exhausted(limit: RateLimit) -> Self {
        let (interval, size) = measures(limit);
        Self { limit: size, remaining: 0, reset: ceil_seconds(interval * size), retry_after: Some(1) }
    }
}

/// The buckets of all callers.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    /// When each caller's bucket will be full again.
    full_at: HashMap<IpAddr, Instant>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, full_at: HashMap::new() }
    }

    /// Counts a request of `caller` at `now`.
    pub(crate) fn check(&mut self, caller: IpAddr, now: Instant) -> Verdict {
        let (interval, size) = measures(self.limit);
        let depth = interval * size;
        let full_at = self.full_at.get(&caller).copied().unwrap_or(now).max(now);
        let next = full_at + interval;
        let used = next - now;
        if used > depth {
            let wait = used - depth;
            return Verdict {
                limit: size,
                remaining: 0,
                reset: ceil_seconds(full_at - now),
                retry_after: Some(ceil_seconds(wait)),
            };
        }
        self.full_at.insert(caller, next);
        let remaining = (depth - used).as_nanos() / interval.as_nanos().max(1);
        Verdict {
            limit: size,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset: ceil_seconds(used),
            retry_after: None,
        }
    }
}

/// How long one request takes to be refilled, and how many fit.
fn measures(limit: RateLimit) -> (Duration, u32) {
    (Duration::from_secs(1) / limit.per_second.max(1), limit.burst.saturating_add(1))
}

fn ceil_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_full_bucket_passes_one_more_than_the_burst_and_refills() {
        let mut limiter = Limiter::new(RateLimit { per_second: 10, burst: 20 });
        let caller = IpAddr::from(Ipv4Addr::LOCALHOST);
        let start = Instant::now();
        for left in (0..21).rev() {
            let verdict = limiter.check(caller, start);
            assert_eq!((verdict.limit, verdict.remaining, verdict.retry_after), (21, left, None));
        }
        let refused = limiter.check(caller, start);
        assert_eq!((refused.remaining, refused.reset, refused.retry_after), (0, 3, Some(1)));
        assert_eq!(limiter.check(caller, start + Duration::from_millis(100)).retry_after, None);
    }
}
