//! A machine, a server, and the network between them. Time jumps from one thing that happens to the next.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mattermost_client::connection::machine::{Effect, Input, Machine, Outgoing, Received, Refusal};
use mattermost_client::connection::{ConnectionEvent, Settings, State};

use super::Millis;
use super::check::Check;
use super::faults::{Later, Net, Op};
use super::server::{Server, Wire};

#[derive(Debug)]
pub(super) enum Down {
    Opened,
    Wire(Box<Wire>),
    Pong,
    Closed,
}

#[derive(Debug)]
pub(super) enum Up {
    Request(u64),
    Ping,
    Close,
}

#[derive(Debug, Default)]
pub(super) struct Socket {
    pub(super) down: bool,
    pub(super) up: bool,
    pub(super) to_client: VecDeque<(Millis, Down)>,
    pub(super) to_server: VecDeque<(Millis, Up)>,
    pub(super) server_sees: Option<Millis>,
}

/// Everything.
#[derive(Debug)]
pub struct World {
    pub now: Millis,
    pub machine: Machine,
    pub server: Server,
    pub check: Check,
    pub(super) sockets: BTreeMap<usize, Socket>,
    /// The socket of the client, or its attempt to get one.
    pub(super) current: usize,
    pub(super) opening: bool,
    pub(super) probe: usize,
    pub(super) net: Net,
    pub(super) delay: Millis,
    pub(super) blocked: bool,
    pub(super) asked: Millis,
    pub(super) later: BTreeMap<(Millis, usize), Later>,
    pub(super) laters: usize,
}

impl World {
    pub fn new(seed: u64, old: bool) -> Self {
        let mut world = Self {
            now: 0,
            machine: Machine::new(Settings::default(), seed),
            server: Server::new(old),
            check: Check::default(),
            sockets: BTreeMap::new(),
            current: 0,
            opening: false,
            probe: 0,
            net: Net::Up,
            delay: 20,
            blocked: false,
            asked: 0,
            later: BTreeMap::new(),
            laters: 0,
        };
        world.feed(Input::Tick, None);
        world
    }

    pub fn is_live(&self) -> bool {
        self.machine.state() == State::Live
    }

    /// Plans something.
    pub fn plan(&mut self, at: Millis, op: Op) {
        self.after(at - self.now, Later::Do(op));
    }

    pub(super) fn after(&mut self, wait: Millis, later: Later) {
        self.laters += 1;
        self.later.insert((self.now + wait, self.laters), later);
    }

    fn next_at(&self) -> Option<Millis> {
        let machine = self.machine.deadline().map(|at| at.as_nanos().div_ceil(1_000_000) as Millis);
        let reads = !self.blocked || self.opening;
        let current = self.sockets.get(&self.current).filter(|_| reads);
        let client = current.and_then(|socket| socket.to_client.front()).map(|(at, _)| *at);
        let server = self
            .sockets
            .values()
            .flat_map(|s| s.to_server.front().map(|(at, _)| *at).into_iter().chain(s.server_sees));
        let later = self.later.keys().next().map(|(at, _)| *at);
        machine.into_iter().chain(client).chain(later).chain(server).min()
    }

    /// Lets time pass until `end`, or until `done` says so.
    pub fn run(&mut self, end: Millis, done: impl Fn(&Self) -> bool) {
        let mut steps = 0_u32;
        while !done(self)
            && let Some(at) = self.next_at()
            && at <= end
        {
            self.now = self.now.max(at);
            self.step();
            steps += 1;
            assert!(steps < 1_000_000, "time stands still at {}", self.now);
        }
        if !done(self) {
            self.now = end;
        }
    }

    fn step(&mut self) {
        let now = self.now;
        self.server.tidy(now);
        if let Some(entry) = self.later.first_entry()
            && entry.key().0 <= now
        {
            let later = entry.remove();
            self.happen(later);
        } else if let Some((id, up)) = self.arrived() {
            match up {
                Up::Request(seq) => self.server.request(id, seq),
                Up::Ping => self.send(id, Down::Pong),
                Up::Close => self.server.lose(id, now),
            }
        } else if let Some(id) =
            self.sockets.iter().find(|(_, s)| s.server_sees.is_some_and(|at| at <= now)).map(|(id, _)| *id)
        {
            self.sockets.entry(id).or_default().server_sees = None;
            self.server.lose(id, now);
            self.send(id, Down::Closed);
        } else if (!self.blocked || self.opening)
            && let Some((at, _)) = self.sockets.get(&self.current).and_then(|s| s.to_client.front())
            && *at <= now
        {
            self.hear();
        } else {
            self.feed(Input::Tick, None);
        }
        self.forward();
    }

    fn arrived(&mut self) -> Option<(usize, Up)> {
        let now = self.now;
        let (id, socket) =
            self.sockets.iter_mut().find(|(_, s)| s.to_server.front().is_some_and(|(at, _)| *at <= now))?;
        Some((*id, socket.to_server.pop_front()?.1))
    }

    /// What the server wrote and closed goes on its way.
    fn forward(&mut self) {
        for (id, wire) in std::mem::take(&mut self.server.wires) {
            self.send(id, Down::Wire(Box::new(wire)));
        }
        for id in std::mem::take(&mut self.server.closed) {
            self.send(id, Down::Closed);
            if let Some(socket) = self.sockets.get_mut(&id) {
                (socket.up, socket.server_sees) = (false, None);
            }
        }
        let current = self.current;
        self.sockets
            .retain(|id, s| *id == current || s.up || s.server_sees.is_some() || !s.to_server.is_empty());
    }

    pub(super) fn send(&mut self, id: usize, down: Down) {
        let at = self.now + self.delay;
        if let Some(socket) = self.sockets.get_mut(&id).filter(|socket| socket.down) {
            let at = socket.to_client.back().map_or(at, |(last, _)| at.max(*last));
            socket.to_client.push_back((at, down));
        }
    }

    fn hear(&mut self) {
        let Some((_, down)) = self.sockets.get_mut(&self.current).and_then(|s| s.to_client.pop_front())
        else {
            return;
        };
        match down {
            Down::Opened => {
                self.opening = false;
                self.feed(Input::Opened, None);
            }
            Down::Wire(wire) => {
                if matches!(wire.received, Received::Reply { unauthenticated: true, .. }) {
                    self.server.tell(self.current);
                }
                self.feed(Input::Received(wire.received.clone()), Some(&wire));
            }
            Down::Pong => self.feed(Input::Received(Received::Control), None),
            Down::Closed => {
                let input = match std::mem::take(&mut self.opening) {
                    true => Input::Refused(Refusal::default()),
                    false => Input::Closed { code: None, detail: String::new(), fault: false },
                };
                self.leave(false);
                self.feed(input, None);
            }
        }
    }

    /// The client has no socket any more.
    pub(super) fn leave(&mut self, says: bool) {
        let at = self.now + self.delay;
        if let Some(socket) = self.sockets.get_mut(&self.current) {
            socket.down = false;
            socket.to_client.clear();
            if socket.up && says {
                socket.to_server.push_back((at, Up::Close));
            }
            socket.up = false;
        }
        self.current += 1;
        self.opening = false;
        self.check.left(self.now);
    }

    pub(super) fn feed(&mut self, input: Input, wire: Option<&Wire>) {
        let now = Duration::from_millis(self.now);
        for effect in self.machine.handle(now, input) {
            match effect {
                Effect::Connect { resume } => {
                    assert!(
                        resume.as_ref().is_none_or(|resume| resume.sequence_number > 0),
                        "asked for number 0"
                    );
                    self.check.connecting(self.now);
                    self.opening = true;
                    self.after(self.delay, Later::Arrive(self.current, resume));
                }
                Effect::Send(
                    Outgoing::Challenge { seq } | Outgoing::Ping { seq } | Outgoing::Typing { seq, .. },
                ) => {
                    self.say(Up::Request(seq));
                }
                Effect::Ping => self.say(Up::Ping),
                Effect::Close { .. } => self.leave(true),
                Effect::Probe => {
                    self.probe += 1;
                    self.after(2 * self.delay, Later::Probed(self.probe));
                }
                Effect::Deliver => {
                    let wire = wire.expect("nothing came that could be handed out");
                    self.check.delivered(wire.event, wire.place);
                }
                Effect::Emit(ConnectionEvent::Connected { how, .. }) => {
                    self.check.connected(how, self.server.events(), self.now);
                }
                Effect::Emit(ConnectionEvent::Disconnected { retry_in, .. }) => {
                    self.check.waits(
                        self.now,
                        retry_in.as_millis() as Millis,
                        std::mem::take(&mut self.asked),
                    );
                }
                Effect::Emit(_) | Effect::Stopped => {}
            }
        }
    }

    fn say(&mut self, up: Up) {
        let at = self.now + self.delay;
        if let Some(socket) = self.sockets.get_mut(&self.current).filter(|socket| socket.up) {
            let at = socket.to_server.back().map_or(at, |(last, _)| at.max(*last));
            socket.to_server.push_back((at, up));
        }
    }
}
