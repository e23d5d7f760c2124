//! What happens next, and what a connected account makes of it.

use std::collections::VecDeque;

use mattermost_client::event::Posted;
use mattermost_client::model::Post;
use openclaw_mattermost::intake::{Job, Pass, event_id};
use openclaw_mattermost::store::Change;

use super::world::{Found, Item, Op, Process, World};
use super::{ACCOUNT, Millis};

/// The pauses before the lists are read again, what is never read again, and the pause of the audits.
const AGAIN: [Millis; 4] = [1_000, 3_000, 8_000, 18_000];
const LAG: Millis = 60_000;
const AUDIT: Millis = 60_000;

impl World {
    pub fn step(&mut self, item: Item) {
        match item {
            Item::Op(op) => self.op(&op),
            Item::Write { room, own } => {
                let posted = self.server.write(room, own);
                self.tell(&posted);
            }
            Item::Live(epoch, posted) => {
                if epoch == self.epoch && self.connected {
                    self.live(*posted);
                }
            }
            Item::Connect(epoch) => {
                if epoch == self.epoch && self.process.is_some() {
                    (self.connected, self.deaf) = (true, false);
                    self.begin();
                }
            }
            Item::Start => self.start(),
            Item::Commit => self.commit(),
            Item::List(number, generation, pass) => {
                if self.is_current(number, generation) {
                    let channels = self.server.channels();
                    self.find(0, number, generation, Found::Channels(pass, channels));
                }
            }
            Item::Read(number, generation, pass, jobs) => {
                if self.is_current(number, generation) {
                    self.read(number, generation, pass, jobs);
                }
            }
            Item::Found(number, generation, found) => {
                if self.is_current(number, generation) {
                    self.found(found);
                }
            }
            Item::Marks(number) => {
                if let Some(process) = self.process.as_mut().filter(|process| process.number == number) {
                    process.marks_due = false;
                    let moved = std::mem::take(&mut process.moved);
                    let changes: Vec<Change> =
                        moved.iter().flat_map(|id| process.ledger.marks(ACCOUNT, id)).collect();
                    changes.into_iter().for_each(|change| self.record(change));
                }
            }
            Item::Settle(number, post) => {
                if self.process.as_ref().is_some_and(|process| process.number == number) {
                    let (account_id, event_id) = (ACCOUNT.to_owned(), event_id(ACCOUNT, &post));
                    self.record(Change::Settle { account_id, event_id, posts: vec![post], at: 0 });
                }
            }
        }
    }

    fn is_current(&self, number: usize, generation: u64) -> bool {
        let current =
            |process: &Process| process.number == number && process.ledger.generation() == generation;
        self.process.as_ref().is_some_and(current)
    }

    fn op(&mut self, op: &Op) {
        match *op {
            Op::Write { room, count, gap, own } => {
                let room = room % self.server.rooms();
                for index in 0..count {
                    self.after(gap * index as Millis, Item::Write { room, own });
                }
            }
            Op::Create { kind, past } => {
                for posted in self.server.create(kind, past) {
                    self.tell(&posted);
                }
            }
            Op::Purge { room, age } => {
                let older_than = self.server.now - age;
                self.server.purge(room % self.server.rooms(), older_than);
            }
            Op::Deaf => self.deaf = true,
            Op::Cut(wait) => {
                self.cut();
                self.after(wait, Item::Connect(self.epoch));
            }
            Op::Crash(wait) => {
                self.cut();
                if self.process.take().is_some() {
                    self.durable.crash();
                    self.after(wait, Item::Start);
                }
            }
        }
    }

    fn cut(&mut self) {
        self.check_held();
        self.connected = false;
        self.epoch += 1;
    }

    /// The server tells of a post, perhaps twice, and perhaps not in order.
    fn tell(&mut self, posted: &Posted) {
        if !self.connected || self.deaf {
            return;
        }
        let again = self.dice.upto(9) == 0;
        for _ in 0..=usize::from(again) {
            let delay = 20 + self.dice.upto(self.reorder);
            self.after(delay, Item::Live(self.epoch, Box::new(posted.clone())));
        }
    }

    fn live(&mut self, posted: Posted) {
        let Some(process) = &mut self.process else { return };
        if let Some(posted) = process.ledger.live(posted) {
            process.moved.insert(posted.post.channel_id.clone());
            self.offer(posted);
        } else if self.dice.upto(50) == 0 {
            self.check_held();
        }
    }

    /// The connection is new.
    fn begin(&mut self) {
        let process = self.process.as_mut().unwrap();
        (process.going_on, process.again) = (0, 0);
        let (number, generation) = (process.number, process.ledger.begin());
        self.after(0, Item::List(number, generation, Pass::First));
    }

    fn find(&mut self, wait: Millis, number: usize, generation: u64, found: Found) {
        let latency = wait + self.dice.upto(300);
        self.after(latency, Item::Found(number, generation, found));
    }

    /// Reads the first of some channels, then the others.
    fn read(&mut self, number: usize, generation: u64, pass: Pass, mut jobs: VecDeque<Job>) {
        let Some(job) = jobs.pop_front() else { return self.find(0, number, generation, Found::Done(pass)) };
        let (pages, skipped) = self.server.read(&job);
        assert_eq!(skipped, 0);
        let mut wait = 0;
        for posts in pages {
            self.find(wait, number, generation, Found::Posts(Box::new(job.clone()), posts));
            wait += 300;
        }
        self.find(wait, number, generation, Found::Read(Box::new(job)));
        self.after(wait + 300, Item::Read(number, generation, pass, jobs));
    }

    fn found(&mut self, found: Found) {
        let now = self.server.now;
        let process = self.process.as_mut().unwrap();
        let (number, generation) = (process.number, process.ledger.generation());
        match found {
            // What was under way when the socket was lost is not known to anybody yet.
            Found::Channels(Pass::Audit, _) if !self.connected => {
                self.after(AUDIT, Item::List(number, generation, Pass::Audit));
            }
            Found::Channels(pass, channels) => {
                if pass == Pass::First {
                    process.listed_at = now;
                }
                let (mut jobs, released) = process.ledger.listed(pass, &channels);
                let oldest = if pass == Pass::Again { process.listed_at - LAG } else { Millis::MIN };
                for job in jobs.iter_mut().filter(|job| job.from < oldest) {
                    (job.from, job.anchor) = (oldest, String::new());
                }
                process.going_on += 1;
                released.into_iter().for_each(|posted| self.offer(posted));
                self.after(0, Item::Read(number, generation, pass, jobs.into()));
            }
            Found::Posts(job, posts) => self.posts(&job, posts),
            Found::Read(job) => {
                let after = process.ledger.read(&job);
                process.moved.insert(job.channel.id);
                process.going_on += usize::from(after.again.is_some());
                after.released.into_iter().for_each(|posted| self.offer(posted));
                if let Some(job) = after.again {
                    self.after(0, Item::Read(number, generation, Pass::First, [job].into()));
                }
            }
            Found::Done(pass) => self.done(pass),
        }
    }

    fn posts(&mut self, job: &Job, mut posts: Vec<Post>) {
        let joining = |post: &Post| post.type_ == "system_add_to_channel";
        if job.newcomer
            && let Some(joined) = posts.iter().rposition(joining)
        {
            posts.drain(..=joined);
        }
        for post in posts {
            self.process.as_mut().unwrap().ledger.see(&post);
            let channel_type = job.channel.channel_type.clone();
            self.offer(Posted { post, channel_type, ..Posted::default() });
        }
    }

    fn done(&mut self, pass: Pass) {
        let process = self.process.as_mut().unwrap();
        process.going_on -= 1;
        if process.going_on > 0 {
            return;
        }
        let (number, generation) = (process.number, process.ledger.generation());
        match AGAIN.get(process.again) {
            Some(pause) if pass != Pass::Audit => {
                process.again += 1;
                self.after(*pause, Item::List(number, generation, Pass::Again));
            }
            _ => {
                if self.connected || pass != Pass::Audit {
                    let changes = process.ledger.settle(ACCOUNT);
                    changes.into_iter().for_each(|change| self.record(change));
                }
                self.after(AUDIT, Item::List(number, generation, Pass::Audit));
            }
        }
    }
}
