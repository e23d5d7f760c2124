//! What can go wrong, as it is named on the command line.

use crate::nearest::nearest;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing: the control.
    None,
    /// Connections end.
    Cut,
    /// Connections end with a reset.
    Reset,
    /// Nothing can be reached for half a minute.
    Refuse,
    /// Connections stay open and carry nothing.
    HalfOpen,
    /// Everything stops, then goes on.
    Stall,
    /// Bytes arrive one by one.
    Split,
    /// Bytes arrive slowly.
    Throttle,
    /// The server restarts and has forgotten the sockets.
    Restart,
    /// The server comes back as another version.
    RestartOld,
    /// A post is made and its response is lost.
    DropResponse,
    /// Posts do not reach the server.
    RefusePosts,
    /// The server says: too many requests.
    RateLimited,
    /// The server says that it is broken.
    Errors,
    /// What was written cannot be read for a while.
    ReplicaLag,
    /// Events come more than once.
    Duplicates,
    /// Events do not come, and nothing tells.
    Deaf,
    /// Old posts go, the last one that the bot saw among them.
    Retention,
    /// The gateway is killed.
    Kill,
    /// The gateway is killed right after an answer was posted, and the server restarts before it comes back: neither
    /// remembers.
    KillAnswered,
    /// The gateway cannot write files.
    DiskFull,
    /// The gateway's clock jumps.
    ClockJump,
    /// The host does not acknowledge.
    NoAck,
}

/// Who can cause a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody has to.
    Nobody,
    /// A proxy before any server.
    Proxy,
    /// The embedded server only.
    Server,
    /// Whoever runs the gateway.
    Host,
}

/// How a fault is spread over time.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How often it comes.
    pub rounds: u32,
    /// The time before it.
    pub before: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// The time after it.
    pub after: Duration,
}

impl Fault {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 23] = [
        Self::None,
        Self::Cut,
        Self::Reset,
        Self::Refuse,
        Self::HalfOpen,
        Self::Stall,
        Self::Split,
        Self::Throttle,
        Self::Restart,
        Self::RestartOld,
        Self::DropResponse,
        Self::RefusePosts,
        Self::RateLimited,
        Self::Errors,
        Self::ReplicaLag,
        Self::Duplicates,
        Self::Deaf,
        Self::Retention,
        Self::Kill,
        Self::KillAnswered,
        Self::DiskFull,
        Self::ClockJump,
        Self::NoAck,
    ];

    /// Its name on the command line and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Cut => "cut",
            Self::Reset => "reset",
            Self::Refuse => "refuse",
            Self::HalfOpen => "half-open",
            Self::Stall => "stall",
            Self::Split => "split",
            Self::Throttle => "throttle",
            Self::Restart => "restart",
            Self::RestartOld => "restart-5.16",
            Self::DropResponse => "drop-response",
            Self::RefusePosts => "refuse-posts",
            Self::RateLimited => "429",
            Self::Errors => "5xx",
            Self::ReplicaLag => "replica-lag",
            Self::Duplicates => "duplicates",
            Self::Deaf => "deaf",
            Self::Retention => "retention",
            Self::Kill => "kill",
            Self::KillAnswered => "kill-answered",
            Self::DiskFull => "disk-full",
            Self::ClockJump => "clock-jump",
            Self::NoAck => "no-ack",
        }
    }

    /// Who causes it.
    pub fn cause(self) -> Cause {
        match self {
            Self::None => Cause::Nobody,
            Self::Cut
            | Self::Reset
            | Self::Refuse
            | Self::HalfOpen
            | Self::Stall
            | Self::Split
            | Self::Throttle
            | Self::DropResponse
            | Self::RefusePosts => Cause::Proxy,
            Self::Restart
            | Self::RestartOld
            | Self::RateLimited
            | Self::Errors
            | Self::ReplicaLag
            | Self::Duplicates
            | Self::Deaf
            | Self::Retention
            | Self::KillAnswered => Cause::Server,
            Self::Kill | Self::DiskFull | Self::ClockJump | Self::NoAck => Cause::Host,
        }
    }

    /// Whether answers must come in the order of the questions. What a lagging replica or a deaf socket hides is found
    /// when what came after it has been answered already: nobody could know that something was missing.
    pub fn keeps_order(self) -> bool {
        !matches!(self, Self::ReplicaLag | Self::Deaf)
    }

    /// How much of the messages it gets, compared with the others.
    pub fn weight(self) -> usize {
        // Each kill needs messages around it.
        if self == Self::Kill { 5 } else { 1 }
    }

    /// How it is spread over time for this many messages.
    pub fn shape(self, messages: usize) -> Shape {
        let (rounds, before, lasts, after) = match self {
            Self::None => (6, 1.0, 1.0, 1.0),
            Self::Cut | Self::Reset => (12, 1.0, 1.0, 3.0),
            Self::Refuse => (2, 2.0, 30.0, 4.0),
            // Longer than a client needs to notice.
            Self::HalfOpen => (2, 2.0, 50.0, 4.0),
            Self::Stall => (3, 2.0, 12.0, 4.0),
            Self::Split => (2, 1.0, 15.0, 2.0),
            Self::Throttle => (2, 1.0, 20.0, 2.0),
            Self::Restart | Self::RestartOld => (5, 2.0, 3.0, 6.0),
            Self::DropResponse => (6, 1.0, 3.0, 3.0),
            Self::RefusePosts => (3, 2.0, 10.0, 5.0),
            Self::RateLimited | Self::Errors => (4, 1.5, 5.0, 4.0),
            Self::ReplicaLag => (4, 1.5, 6.0, 5.0),
            Self::Duplicates => (3, 1.0, 8.0, 2.0),
            // Longer than a client needs to look for itself.
            Self::Deaf => (2, 2.0, 50.0, 4.0),
            // A place to begin at is written down half a minute after the start.
            Self::Retention => (2, 40.0, 6.0, 5.0),
            Self::Kill => (54, 0.8, 0.0, 1.0),
            Self::KillAnswered => (8, 1.0, 4.0, 3.0),
            Self::DiskFull => (2, 2.0, 10.0, 8.0),
            Self::ClockJump => (4, 2.0, 6.0, 4.0),
            Self::NoAck => (2, 2.0, 12.0, 6.0),
        };
        // With few messages there is little to be learned from many rounds.
        let enough = u32::try_from(messages.div_ceil(4)).unwrap_or(u32::MAX).max(1);
        let seconds = Duration::from_secs_f64;
        Shape {
            rounds: rounds.min(enough),
            before: seconds(before),
            lasts: seconds(lasts),
            after: seconds(after),
        }
    }

    /// Those that a server which is not embedded can be tried with.
    pub fn anywhere() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|fault| fault.cause() != Cause::Server)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|fault| fault.name() == text).ok_or_else(|| {
            let meant =
                nearest(text, names).map_or_else(String::new, |near| format!("did you mean {near}? "));
            format!("{meant}there are: {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        let error = "half-opne".parse::<Fault>().expect_err("there is none of that name");
        assert!(error.starts_with("did you mean half-open?"), "{error}");
    }

    #[test]
    fn a_full_run_kills_fifty_times() {
        assert!(Fault::Kill.shape(300).rounds >= 50);
        assert_eq!(Fault::Kill.shape(3).rounds, 1);
    }
}
