//! Faults at seeded moments.

use std::{fmt, str::FromStr, time::Duration};

use fastrand::Rng;

/// A kind of fault, by the name that the command line uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// [`crate::Control::cut`]
    Cut,
    /// [`crate::Control::reset`]
    Reset,
    /// [`crate::Control::refuse`]
    Refuse,
    /// [`crate::Control::stall`]
    Stall,
    /// [`crate::Control::half_open`]
    HalfOpen,
    /// [`crate::Control::split`]
    Split,
    /// [`crate::Control::throttle`]
    Throttle,
    /// [`crate::Control::drop_post_response`]
    DropPostResponse,
    /// [`crate::Control::refuse_posts`]
    RefusePosts,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Cut,
        Self::Reset,
        Self::Refuse,
        Self::Stall,
        Self::HalfOpen,
        Self::Split,
        Self::Throttle,
        Self::DropPostResponse,
        Self::RefusePosts,
    ];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Reset => "reset",
            Self::Refuse => "refuse",
            Self::Stall => "stall",
            Self::HalfOpen => "half-open",
            Self::Split => "split",
            Self::Throttle => "throttle",
            Self::DropPostResponse => "drop-post-response",
            Self::RefusePosts => "refuse-posts",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// No fault has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault {0:?}; there are {known}", known = FaultKind::ALL.map(FaultKind::name).join(", "))]
pub struct UnknownFault(pub String);

/// A fault with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// [`crate::Control::cut`]
    Cut,
    /// [`crate::Control::reset`]
    Reset,
    /// [`crate::Control::refuse`]
    Refuse,
    /// [`crate::Control::stall`]
    Stall,
    /// [`crate::Control::half_open`]
    HalfOpen,
    /// [`crate::Control::split`]
    Split,
    /// [`crate::Control::throttle`] to this many bytes a second.
    Throttle(u32),
    /// [`crate::Control::drop_post_response`] for this many posts.
    DropPostResponse(u32),
    /// [`crate::Control::refuse_posts`]
    RefusePosts,
}

impl Fault {
    /// The kind.
    #[must_use]
    pub fn kind(self) -> FaultKind {
        match self {
            Self::Cut => FaultKind::Cut,
            Self::Reset => FaultKind::Reset,
            Self::Refuse => FaultKind::Refuse,
            Self::Stall => FaultKind::Stall,
            Self::HalfOpen => FaultKind::HalfOpen,
            Self::Split => FaultKind::Split,
            Self::Throttle(_) => FaultKind::Throttle,
            Self::DropPostResponse(_) => FaultKind::DropPostResponse,
            Self::RefusePosts => FaultKind::RefusePosts,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttle(rate) => write!(f, "throttle to {rate} bytes a second"),
            Self::DropPostResponse(count) => write!(f, "drop-post-response of {count}"),
            fault => fault.kind().fmt(f),
        }
    }
}

/// One fault of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// How long after the end of the one before it begins.
    pub after: Duration,
    /// What happens: [`crate::Control::begin`] and [`crate::Control::end`] do it.
    pub fault: Fault,
    /// How long it lasts; zero for what happens once.
    pub lasting: Duration,
}

/// An endless random schedule of faults, the same for the same seed and kinds; empty without kinds.
#[derive(Debug, Clone)]
pub struct Schedule {
    rng: Rng,
    kinds: Vec<FaultKind>,
}

impl Schedule {
    /// A schedule of these kinds, each as likely as how often it is named.
    #[must_use]
    pub fn new(seed: u64, kinds: &[FaultKind]) -> Self {
        Self { rng: Rng::with_seed(seed), kinds: kinds.to_vec() }
    }

    fn between(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(self.rng.u64(least_ms..=most_ms))
    }
}

impl Iterator for Schedule {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let kind = *self.rng.choice(&self.kinds)?;
        let after = self.between(500, 8_000);
        let (fault, lasting) = match kind {
            FaultKind::Cut => (Fault::Cut, Duration::ZERO),
            FaultKind::Reset => (Fault::Reset, Duration::ZERO),
            FaultKind::Refuse => (Fault::Refuse, self.between(300, 6_000)),
            FaultKind::Stall => (Fault::Stall, self.between(300, 8_000)),
            FaultKind::HalfOpen => (Fault::HalfOpen, self.between(1_000, 15_000)),
            FaultKind::Split => (Fault::Split, self.between(1_000, 10_000)),
            FaultKind::Throttle => {
                (Fault::Throttle(self.rng.u32(1_000..=50_000)), self.between(1_000, 10_000))
            }
            FaultKind::DropPostResponse => (Fault::DropPostResponse(self.rng.u32(1..=3)), Duration::ZERO),
            FaultKind::RefusePosts => (Fault::RefusePosts, self.between(300, 5_000)),
        };
        Some(Planned { after, fault, lasting })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_one_another() {
        let plan = |seed| Schedule::new(seed, &FaultKind::ALL).take(200).collect::<Vec<_>>();
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
        for kind in FaultKind::ALL {
            assert!(plan(7).iter().any(|planned| planned.fault.kind() == kind), "{kind} never comes");
        }
    }

    #[test]
    fn only_the_kinds_that_were_asked_for_come() {
        assert!(Schedule::new(1, &[FaultKind::Cut]).take(50).all(|planned| planned.fault == Fault::Cut));
        assert_eq!(Schedule::new(1, &[]).next(), None);
    }

    #[test]
    fn kinds_are_named_and_an_unknown_name_is_told_the_known_ones() {
        for kind in FaultKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let error = "flood".parse::<FaultKind>().unwrap_err().to_string();
        assert!(error.contains("flood") && error.contains("half-open") && error.contains("refuse-posts"));
    }
}
