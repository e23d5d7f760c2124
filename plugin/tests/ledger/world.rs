//! Everything around a ledger: the socket, the readings, the host, the journal and the clock.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use host_sdk::protocol::{ChatKind, Conversation, InboundMessage, Sender};
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, Post};
use openclaw_mattermost::intake::{Job, Ledger, Pass, event_id};
use openclaw_mattermost::store::{Change, OpenEvent};

use super::durable::Durable;
use super::server::{BOT, Server};
use super::{ACCOUNT, Dice, Millis};

/// What is this much older than a mark is proven.
const OVERLAP: Millis = 2_000;
/// Posts that may wait in one channel, and in all.
const HELD: (usize, usize) = (256, 2_048);

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Op {
    /// So many posts with so much time between them, by the bot itself or by others.
    Write {
        room: usize,
        count: usize,
        gap: Millis,
        own: bool,
    },
    Create {
        kind: usize,
        past: usize,
    },
    Purge {
        room: usize,
        age: Millis,
    },
    /// The connection is lost with what is on its way, and is a new one after a while.
    Cut(Millis),
    /// The socket brings nothing more until it is cut.
    Deaf,
    /// The process is gone, and another one starts after a while.
    Crash(Millis),
}

/// What a reading found.
#[derive(Debug)]
pub enum Found {
    Channels(Pass, Vec<Channel>),
    Posts(Box<Job>, Vec<Post>),
    Read(Box<Job>),
    Done(Pass),
}

/// What is going to happen. What belongs to a process or a connection that is gone does not.
#[derive(Debug)]
pub enum Item {
    Op(Op),
    Write { room: usize, own: bool },
    Live(usize, Box<Posted>),
    List(usize, u64, Pass),
    Read(usize, u64, Pass, VecDeque<Job>),
    Found(usize, u64, Found),
    Marks(usize),
    Settle(usize, String),
    Connect(usize),
    Start,
    Commit,
}

/// One process.
#[derive(Debug)]
pub struct Process {
    pub number: usize,
    pub ledger: Ledger,
    pub going_on: usize,
    pub again: usize,
    pub listed_at: Millis,
    pub moved: HashSet<String>,
    pub marks_due: bool,
    given: HashSet<String>,
    newest: HashMap<String, Millis>,
}

/// Everything.
#[derive(Debug)]
pub struct World {
    pub server: Server,
    pub durable: Durable,
    pub process: Option<Process>,
    pub processes: usize,
    /// Counts the connections.
    pub epoch: usize,
    pub connected: bool,
    pub deaf: bool,
    /// How much posts may overtake each other on the socket.
    pub reorder: Millis,
    pub dice: Dice,
    pub started_at: Option<Millis>,
    pub items: BTreeMap<(Millis, u64), Item>,
    count: u64,
    seq: u64,
    /// Posts given to the host, over all processes.
    pub gives: usize,
}

impl World {
    pub fn new(seed: u64, lag: Millis, reorder: Millis) -> Self {
        let mut world = Self {
            server: Server::new(1_700_000_000_000, seed),
            durable: Durable::default(),
            process: None,
            processes: 0,
            epoch: 0,
            connected: false,
            deaf: false,
            reorder,
            dice: Dice(seed),
            started_at: None,
            items: BTreeMap::new(),
            count: 0,
            seq: 0,
            gives: 0,
        };
        for kind in 0..4 {
            world.server.create(kind, 3);
            world.server.write(kind, false);
        }
        world.server.now += 5_000;
        world.start();
        world.server.lag = lag;
        world
    }

    pub fn after(&mut self, wait: Millis, item: Item) {
        self.count += 1;
        self.items.insert((self.server.now + wait, self.count), item);
    }

    /// Lets time pass.
    pub fn run(&mut self, millis: Millis) {
        let end = self.server.now + millis;
        while let Some(entry) = self.items.first_entry()
            && entry.key().0 <= end
        {
            let ((at, _), item) = entry.remove_entry();
            self.server.now = at;
            self.step(item);
            let due = self.process.as_mut().filter(|p| !p.marks_due && !p.moved.is_empty());
            if let Some(number) = due.map(|process| {
                process.marks_due = true;
                process.number
            }) {
                self.after(1_000, Item::Marks(number));
            }
        }
        self.server.now = end;
    }

    pub fn record(&mut self, change: Change) {
        self.durable.record(change);
        let linger = self.dice.upto(500);
        self.after(linger, Item::Commit);
    }

    /// A process starts.
    pub fn start(&mut self) {
        let first = self.durable.mark.is_none();
        if first {
            self.started_at = Some(self.server.now);
            for change in Ledger::first_marks(ACCOUNT, &self.server.channels(), self.server.now) {
                self.durable.record(change);
            }
            self.commit();
        }
        let snapshot = self.durable.snapshot();
        self.processes += 1;
        self.process = Some(Process {
            number: self.processes,
            ledger: Ledger::new(&snapshot, None),
            going_on: 0,
            again: 0,
            listed_at: 0,
            moved: HashSet::new(),
            marks_due: false,
            given: HashSet::new(),
            newest: HashMap::new(),
        });
        for open in snapshot.open {
            self.give(&open.message.message_id);
        }
        self.after(0, Item::Connect(self.epoch));
    }

    /// Everything that was recorded is durable. A mark never says more than what is.
    pub fn commit(&mut self) {
        if !self.durable.commit() {
            return;
        }
        let Some(mark) = self.durable.mark else { return };
        for post in self.server.wanted().filter(|post| post.create_at > mark.born_at) {
            let own = self.durable.channels.get(&post.channel_id).map_or(0, |channel| channel.frontier_at);
            let proven = own.max(mark.proven_at) - OVERLAP;
            assert!(
                post.create_at >= proven || self.durable.has(&post.id),
                "post {} of {} is not taken, and the mark says {own}, of the account {}",
                post.id,
                post.create_at,
                mark.proven_at
            );
        }
    }

    /// The host is given a post.
    fn give(&mut self, id: &str) {
        let process = self.process.as_mut().unwrap();
        assert!(process.given.insert(id.to_owned()), "post {id} was given twice by one process");
        assert!(!self.durable.settled.contains(id), "post {id} was given again after it was settled");
        self.gives += 1;
        let (number, wait) = (process.number, self.dice.upto(5_000));
        self.after(wait, Item::Settle(number, id.to_owned()));
    }

    /// A post was heard or read, and its time is now.
    pub fn offer(&mut self, posted: Posted) {
        let (post, process) = (posted.post, self.process.as_mut().unwrap());
        if process.ledger.has_taken(&post.id) || !post.type_.is_empty() || post.user_id == BOT {
            return;
        }
        if !process.ledger.take(&post.id) {
            return;
        }
        let past = self.server.is_past(&post);
        assert!(past || Some(post.create_at) >= self.started_at, "{} is older than the first start", post.id);
        assert!(!past || self.server.lag > 0, "{} is older than the bot in its channel", post.id);
        let newest = process.newest.entry(post.channel_id.clone()).or_default();
        let calm = self.reorder == 0 && self.server.lag == 0;
        // One that is gone from the server by now cannot be read in its place.
        let there = || self.server.wanted().any(|wanted| wanted.id == post.id);
        let ordered = !calm || *newest <= post.create_at || !there();
        assert!(ordered, "{} of {} after {newest}", post.id, post.create_at);
        *newest = post.create_at;
        self.seq += 1;
        let open = OpenEvent {
            seq: self.seq,
            posts: vec![post.id.clone()],
            refusals: 0,
            draft: false,
            opened_at: 0,
            message: message(&post),
        };
        self.record(Change::Open(Box::new(open)));
        self.give(&post.id);
    }

    /// What waits is bounded.
    pub fn check_held(&self) {
        let Some(process) = &self.process else { return };
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for post in self.server.wanted().filter(|post| process.ledger.holds(&post.id)) {
            *counts.entry(&post.channel_id).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count <= HELD.0));
        assert!(counts.values().sum::<usize>() <= HELD.1);
    }

    /// Nothing is going on any more: everything was taken.
    pub fn end(&mut self) {
        self.commit();
        let born_at = self.durable.mark.unwrap().born_at;
        for post in self.server.wanted().filter(|post| post.create_at > born_at) {
            assert!(self.durable.has(&post.id), "post {} of {} is lost", post.id, post.create_at);
        }
    }
}

fn message(post: &Post) -> InboundMessage {
    InboundMessage {
        event_id: event_id(ACCOUNT, &post.id),
        account_id: ACCOUNT.to_owned(),
        message_id: post.id.clone(),
        timestamp_ms: post.create_at,
        sender: Sender { id: post.user_id.clone(), ..Sender::default() },
        conversation: Conversation {
            kind: ChatKind::Channel,
            channel_id: post.channel_id.clone(),
            ..Conversation::default()
        },
        ..InboundMessage::default()
    }
}
