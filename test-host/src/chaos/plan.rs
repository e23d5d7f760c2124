//! Who says what when, and when what goes wrong: decided before anything begins, so that a seed tells all of it.

use super::draft::Draft;
use super::fault::Fault;
use std::fmt;
use std::time::Duration;

/// Where a message stands, as the table tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A direct channel.
    Direct,
    /// A channel, outside of threads.
    Channel,
    /// A thread, anywhere.
    Thread,
}

impl Place {
    /// All, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Channel, Self::Thread];
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Direct => "DM",
            Self::Channel => "channel",
            Self::Thread => "thread",
        })
    }
}

/// A channel, before its id is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// The direct channel of this person and the bot.
    Direct(usize),
    /// One that they share.
    Shared(usize),
}

/// One conversation: answers in it keep the order of the questions.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// The channel.
    pub room: Room,
    /// It is a thread.
    pub thread: bool,
}

impl Lane {
    /// Where it is.
    pub fn place(self) -> Place {
        match self.room {
            _ if self.thread => Place::Thread,
            Room::Direct(_) => Place::Direct,
            Room::Shared(_) => Place::Channel,
        }
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody opens a new thread for a lane.
    Root {
        /// The lane.
        lane: usize,
        /// Who.
        person: usize,
    },
    /// Somebody asks.
    Say {
        /// The question's number.
        number: u32,
        /// The lane.
        lane: usize,
        /// Who.
        person: usize,
    },
    /// Wait until all is answered.
    Settle,
    /// The fault comes, for the n-th time.
    On(u32),
    /// It goes.
    Off(u32),
}

/// Something that happens at a time.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// When, from the begin.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// Everything that happens to one gateway.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The conversations.
    pub lanes: Vec<Lane>,
    /// What happens, in order of time.
    pub steps: Vec<Step>,
}

/// Who is there.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// People.
    pub people: usize,
    /// Channels that all of them share.
    pub shared: usize,
}

impl Plan {
    /// The plan for a fault. Questions are numbered from `first` on.
    pub fn new(seed: u64, fault: Fault, messages: usize, first: u32, cast: Cast) -> Self {
        let mut draft = Draft::new(seed ^ fingerprint(fault.name().as_bytes()), cast);
        draft.rounds(fault, fault.shape(messages), messages);
        let (lanes, mut steps) = draft.done();
        // Stable: what was drafted first for a moment happens first.
        steps.sort_by_key(|step| step.at);
        let mut next = first;
        for step in &mut steps {
            if let What::Say { number, .. } = &mut step.what {
                *number = next;
                next += 1;
            }
        }
        Self { lanes, steps }
    }

    /// Two plans with the same one are the same.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", fingerprint(format!("{:?}", self.steps).as_bytes()))
    }
}

/// FNV-1a: short, and the same everywhere.
fn fingerprint(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CAST: Cast = Cast { people: 3, shared: 3 };

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_one_does_not() {
        for fault in Fault::ALL {
            let plan = |seed| Plan::new(seed, fault, 90, 1, CAST).fingerprint();
            assert_eq!(plan(7), plan(7), "{fault}");
            assert_ne!(plan(7), plan(8), "{fault}");
        }
    }

    #[test]
    fn every_message_has_its_number_and_every_place_its_share() {
        for (fault, messages) in Fault::ALL.into_iter().zip([1, 2, 7, 30, 100].into_iter().cycle()) {
            let plan = Plan::new(3, fault, messages, 501, CAST);
            let mut expected = 501..;
            let mut places = std::collections::BTreeMap::new();
            for step in &plan.steps {
                if let What::Say { number, lane, .. } = step.what {
                    assert_eq!(Some(number), expected.next(), "{fault}");
                    *places.entry(plan.lanes.get(lane).unwrap().place()).or_insert(0) += 1;
                }
            }
            assert_eq!(expected.next().unwrap() as usize - 501, messages, "{fault}");
            assert!(
                messages < 30 || places.values().all(|count| *count >= messages / 8),
                "{fault} {places:?}"
            );
        }
    }

    #[test]
    fn what_comes_goes_again_and_threads_are_opened_before_they_are_used() {
        for fault in Fault::ALL {
            let plan = Plan::new(11, fault, 60, 1, CAST);
            let (mut ons, mut offs) = (0, 0);
            let mut open = std::collections::BTreeSet::new();
            for step in &plan.steps {
                match step.what {
                    What::On(_) => ons += 1,
                    What::Off(_) => offs += 1,
                    What::Root { lane, .. } => drop(open.insert(lane)),
                    What::Say { lane, .. } if plan.lanes.get(lane).unwrap().thread => {
                        assert!(open.contains(&lane), "{fault}");
                    }
                    _ => {}
                }
            }
            assert!(ons > 0 && (offs == ons || fault == Fault::Kill), "{fault} {ons} {offs}");
        }
    }
}
