//! Drawing a plan: rounds of a fault, with messages before, during and after it.

use super::fault::{Fault, Shape};
use super::plan::{Cast, Lane, Place, Room, Step, What};
use fastrand::Rng;
use std::time::Duration;

fn lanes(cast: Cast) -> Vec<Lane> {
    let lane = |room, thread| Lane { room, thread };
    let direct = (0..cast.people).map(|person| lane(Room::Direct(person), false));
    let shared = (0..cast.shared).map(|room| lane(Room::Shared(room), false));
    // Two threads in one channel, one in each other, and one in a direct channel.
    let threads = (0..cast.shared).chain([0]).map(|room| lane(Room::Shared(room), true));
    direct.chain(shared).chain(threads).chain([lane(Room::Direct(0), true)]).collect()
}

/// A plan in the making.
pub struct Draft {
    rng: Rng,
    lanes: Vec<Lane>,
    people: usize,
    steps: Vec<Step>,
    /// Takes the places in turn.
    turn: usize,
}

impl Draft {
    /// An empty one.
    pub fn new(seed: u64, cast: Cast) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            lanes: lanes(cast),
            people: cast.people,
            steps: Vec::new(),
            turn: 0,
        }
    }

    /// The conversations, and what was drafted.
    pub fn done(self) -> (Vec<Lane>, Vec<Step>) {
        (self.lanes, self.steps)
    }

    /// Every time that the fault comes.
    pub fn rounds(&mut self, fault: Fault, shape: Shape, messages: usize) {
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
