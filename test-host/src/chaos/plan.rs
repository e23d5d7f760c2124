//! Who says what when, and when what goes wrong: decided before anything begins, so that a seed tells all of it.

use super::fault::{Fault, Shape};
use fastrand::Rng;
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
        let mut draft = Draft {
            rng: Rng::with_seed(seed ^ fingerprint(fault.name().as_bytes())),
            lanes: lanes(cast),
            people: cast.people,
            steps: Vec::new(),
            turn: 0,
        };
        draft.rounds(fault, fault.shape(messages), messages);
        let Draft { lanes, mut steps, .. } = draft;
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

fn lanes(cast: Cast) -> Vec<Lane> {
    let lane = |room, thread| Lane { room, thread };
    let direct = (0..cast.people).map(|person| lane(Room::Direct(person), false));
    let shared = (0..cast.shared).map(|room| lane(Room::Shared(room), false));
    // Two threads in one channel, one in each other, and one in a direct channel.
    let threads = (0..cast.shared).chain([0]).map(|room| lane(Room::Shared(room), true));
    direct.chain(shared).chain(threads).chain([lane(Room::Direct(0), true)]).collect()
}

struct Draft {
    rng: Rng,
    lanes: Vec<Lane>,
    people: usize,
    steps: Vec<Step>,
    /// Takes the places in turn.
    turn: usize,
}

impl Draft {
    fn rounds(&mut self, fault: Fault, shape: Shape, messages: usize) {
        let rounds = usize::try_from(shape.rounds).unwrap_or(1).max(1);
        let mut start = Duration::ZERO;
        for round in 0..rounds {
            let share = messages * (round + 1) / rounds - messages * round / rounds;
            // The first round opens the threads.
            if round == 0 || (fault != Fault::Retention && self.rng.bool()) {
                self.roots(start);
            }
            start = self.round(fault, shape, u32::try_from(round).unwrap_or_default(), share, start);
        }
    }

    /// One time that the fault comes; when the next may.
    fn round(&mut self, fault: Fault, shape: Shape, round: u32, share: usize, start: Duration) -> Duration {
        let on = start + self.stretch(shape.before);
        let off = on + self.stretch(shape.lasts);
        let end = off + self.stretch(shape.after);
        if fault == Fault::Kill {
            // The messages come first: the kill falls somewhere between a question and its answer.
            self.say_between(share, start, on);
            let moment = [3, 30, 300][self.rng.usize(0..3)];
            let on = on + Duration::from_micros(self.rng.u64(0..1_000 * moment));
            self.step(on, What::On(round));
            return on + self.stretch(shape.after);
        }
        // What goes in retention must have been answered before.
        if fault == Fault::Retention {
            self.step(on, What::Settle);
        }
        self.step(on, What::On(round));
        if fault == Fault::Retention {
            // The first post of a thread goes with the others.
            self.roots(on);
        }
        self.step(off, What::Off(round));
        let (before, after) = (share / 4, share / 3);
        self.say_between(before, start, on);
        self.say_between(after, off, end);
        self.say_between(share - before - after, on, off);
        end
    }

    /// Half a time more or less.
    fn stretch(&mut self, time: Duration) -> Duration {
        // Long faults must be as long as they are said to be.
        if time > Duration::from_secs(8) { time } else { time.mul_f64(0.6 + 0.8 * self.rng.f64()) }
    }

    fn step(&mut self, at: Duration, what: What) {
        self.steps.push(Step { at, what });
    }

    fn roots(&mut self, at: Duration) {
        for lane in 0..self.lanes.len() {
            if self.lanes.get(lane).is_some_and(|lane| lane.thread) {
                let person = self.person(lane);
                self.step(at, What::Root { lane, person });
            }
        }
    }

    /// Single messages and bursts between two moments; the first burst comes right at the begin.
    fn say_between(&mut self, mut count: usize, from: Duration, until: Duration) {
        let mut first = true;
        while count > 0 {
            let burst = if self.rng.bool() { 1 } else { self.rng.usize(2..=6) }.min(count);
            count -= burst;
            let span = until.saturating_sub(from).as_secs_f64();
            let mut at = if first { from } else { from + Duration::from_secs_f64(span * self.rng.f64()) };
            first = false;
            let lane = self.lane();
            for _ in 0..burst {
                let person = self.person(lane);
                self.step(at, What::Say { number: 0, lane, person });
                at += Duration::from_millis(self.rng.u64(0..15));
            }
        }
    }

    /// Any lane; the places take turns, so that each gets its share.
    fn lane(&mut self) -> usize {
        let place = Place::ALL[self.turn % Place::ALL.len()];
        self.turn += 1;
        let of_place = self.lanes.iter().enumerate().filter(|(_, lane)| lane.place() == place);
        let of_place: Vec<usize> = of_place.map(|(index, _)| index).collect();
        self.rng.choice(of_place).unwrap_or_default()
    }

    fn person(&mut self, lane: usize) -> usize {
        match self.lanes.get(lane).map(|lane| lane.room) {
            Some(Room::Direct(person)) => person,
            _ => self.rng.usize(0..self.people.max(1)),
        }
    }
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
