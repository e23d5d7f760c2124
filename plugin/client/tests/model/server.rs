//! A server that keeps a lost connection for a while: two bounded queues and a count of what it wrote.

use std::collections::{BTreeMap, VecDeque};

use mattermost_client::connection::machine::{Received, Resume};

use super::Millis;

/// What a connection may have waiting to be written; with more it is dropped.
const UNSENT: usize = 256;
/// From here on what is not important is left out.
const SLOW: usize = UNSENT / 2;
/// What is kept of what was written.
const WRITTEN: usize = 128;
/// Lost connections are kept at least this long.
const KEPT: Millis = 300_000;

/// What a connection has to be told.
#[derive(Debug, Clone)]
enum Message {
    /// An event that must not be lost, counted from 0 over the whole run.
    Event(u64),
    /// An event that a slow connection is not told.
    Noise,
    /// An answer to a request; it has no number.
    Answer { seq_reply: u64, ok: bool },
}

/// Something on its way to the client.
#[derive(Debug, Clone)]
pub struct Wire {
    pub received: Received,
    /// Which event that must not be lost it is.
    pub event: Option<u64>,
    /// The connection that it was written for, by the server's count, and its number there.
    pub place: (u64, u64),
}

#[derive(Debug)]
struct Connection {
    id: u64,
    next: u64,
    unsent: VecDeque<Message>,
    written: VecDeque<(u64, Option<u64>)>,
    socket: Option<usize>,
    lost_at: Millis,
    /// Nothing is written although the socket is open.
    stalled: bool,
    /// The session is not known any more: events pass it by.
    lapsed: bool,
    /// The client has heard of that.
    told: bool,
}

/// The server.
#[derive(Debug)]
pub struct Server {
    /// One of before connections had names: it resumes nothing.
    old: bool,
    ids: u64,
    events: u64,
    connections: Vec<Connection>,
    /// What was written, for whom.
    pub wires: Vec<(usize, Wire)>,
    /// Sockets that the server gave up.
    pub closed: Vec<usize>,
}

fn name(id: u64) -> String {
    format!("{id:026}")
}

impl Server {
    pub fn new(old: bool) -> Self {
        let (wires, closed, connections) = (Vec::new(), Vec::new(), Vec::new());
        Self { old, ids: 0, events: 0, connections, wires, closed }
    }

    /// How many events there were that must not be lost.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A client opens a socket, with a good token.
    pub fn open(&mut self, socket: usize, resume: Option<&Resume>) {
        let found = resume.filter(|_| !self.old).and_then(|resume| {
            // Real ones also resume a lapsed session that was cut before the client heard of it; nobody could notice.
            let named = |c: &Connection| {
                name(c.id) == resume.connection_id && c.socket.is_none() && (!c.lapsed || c.told)
            };
            Some((self.connections.iter().position(named)?, resume.sequence_number))
        });
        let Some((index, asked)) = found else {
            self.ids += 1;
            self.connections.push(Connection {
                id: self.ids,
                next: 0,
                unsent: VecDeque::new(),
                written: VecDeque::new(),
                socket: Some(socket),
                lost_at: 0,
                stalled: false,
                lapsed: false,
                told: false,
            });
            return self.greet(self.connections.len() - 1);
        };
        let connection = &mut self.connections[index];
        (connection.socket, connection.stalled, connection.lapsed) = (Some(socket), false, false);
        connection.told = false;
        let last = connection.written.back().map(|(seq, _)| *seq);
        if connection.written.iter().any(|(seq, _)| *seq == asked) {
            let replayed: Vec<_> =
                connection.written.iter().filter(|(seq, _)| *seq >= asked).copied().collect();
            for (seq, event) in replayed {
                self.write(index, seq, event);
            }
        } else if asked != 0 && last.is_some_and(|last| last + 1 != asked) {
            self.ids += 1;
            let connection = &mut self.connections[index];
            connection.id = self.ids;
            connection.written.clear();
            self.greet(index);
        }
        self.pump(index);
    }

    fn greet(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        connection.next = 1;
        connection.written.push_back((0, None));
        let connection_id = Some(name(connection.id)).filter(|_| !self.old);
        let received = Received::Hello { connection_id, server_version: None, seq: Some(0) };
        let wire = Wire { received, event: None, place: (connection.id, 0) };
        self.wires.extend(connection.socket.map(|socket| (socket, wire)));
    }

    fn write(&mut self, index: usize, seq: u64, event: Option<u64>) {
        let connection = &self.connections[index];
        let received = Received::Event { seq: Some(seq) };
        let wire = Wire { received, event, place: (connection.id, seq) };
        self.wires.extend(connection.socket.map(|socket| (socket, wire)));
    }

    /// Writes what can be written.
    fn pump(&mut self, index: usize) {
        loop {
            let connection = &mut self.connections[index];
            let Some(socket) = connection.socket.filter(|_| !connection.stalled) else { return };
            let Some(message) = connection.unsent.pop_front() else { return };
            let event = match message {
                Message::Event(event) => Some(event),
                Message::Noise => None,
                Message::Answer { seq_reply, ok } => {
                    let received = Received::Reply { seq_reply: Some(seq_reply), ok, unauthenticated: !ok };
                    self.wires.push((socket, Wire { received, event: None, place: (connection.id, 0) }));
                    continue;
                }
            };
            let seq = connection.next;
            connection.next += 1;
            connection.written.push_back((seq, event));
            if connection.written.len() > WRITTEN {
                connection.written.pop_front();
            }
            self.write(index, seq, event);
        }
    }

    fn queue(&mut self, index: usize, message: Message) {
        let connection = &mut self.connections[index];
        if connection.unsent.len() >= UNSENT {
            let gone = self.connections.remove(index);
            self.closed.extend(gone.socket);
            return;
        }
        connection.unsent.push_back(message);
        self.pump(index);
    }

    /// Something happens that the client is told; `noise`: unless it is slow.
    pub fn publish(&mut self, noise: bool) {
        let event = self.events;
        self.events += u64::from(!noise);
        for index in (0..self.connections.len()).rev() {
            let connection = &self.connections[index];
            if connection.lapsed || (noise && connection.unsent.len() >= SLOW) {
                continue;
            }
            self.queue(index, if noise { Message::Noise } else { Message::Event(event) });
        }
    }

    fn of(&mut self, socket: usize) -> Option<usize> {
        self.connections.iter().position(|connection| connection.socket == Some(socket))
    }

    /// A request came, with this number. The token was in the handshake, so the challenge is not answered.
    pub fn request(&mut self, socket: usize, seq: u64) {
        if seq > 1
            && let Some(index) = self.of(socket)
        {
            let ok = !self.connections[index].lapsed;
            self.queue(index, Message::Answer { seq_reply: seq, ok });
        }
    }

    /// The server has seen that a socket is closed.
    pub fn lose(&mut self, socket: usize, now: Millis) {
        if let Some(index) = self.of(socket) {
            (self.connections[index].socket, self.connections[index].lost_at) = (None, now);
        }
    }

    /// For a while nothing is written to open sockets.
    pub fn stall(&mut self, stalled: bool) {
        for index in 0..self.connections.len() {
            self.connections[index].stalled = stalled && self.connections[index].socket.is_some();
            self.pump(index);
        }
    }

    /// The sessions of the open sockets cannot be read, and are not looked up again.
    pub fn lapse(&mut self) {
        self.connections.iter_mut().filter(|c| c.socket.is_some()).for_each(|c| c.lapsed = true);
    }

    /// The client has heard that its session lapsed.
    pub fn tell(&mut self, socket: usize) {
        if let Some(index) = self.of(socket) {
            self.connections[index].told = true;
        }
    }

    /// Everything but the events is forgotten.
    pub fn restart(&mut self) {
        self.closed.extend(self.connections.drain(..).filter_map(|connection| connection.socket));
    }

    /// Forgets what was lost for long.
    pub fn tidy(&mut self, now: Millis) {
        self.connections.retain(|c| c.socket.is_some() || now < c.lost_at + KEPT);
    }

    /// How many queues there are, by socket. For tests of the model itself.
    pub fn sockets(&self) -> BTreeMap<u64, Option<usize>> {
        self.connections.iter().map(|connection| (connection.id, connection.socket)).collect()
    }
}
