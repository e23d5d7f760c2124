//! What goes wrong, and what was planned for later.

use std::time::Duration;

use mattermost_client::connection::machine::{Input, ProbeOutcome, Refusal, Resume};

use super::Millis;
use super::world::{Down, Socket, World};

/// A server that hears nothing gives a socket up.
pub const DEAF: Millis = 100_000;

/// What becomes of attempts to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    Up,
    /// They fail at once.
    Refusing,
    /// Nothing ever answers.
    Hanging,
    /// Something in between answers, and may ask to wait for so many seconds.
    Answering(u16, Option<u64>),
    /// Something in between opens and closes.
    Slamming,
}

/// Something that happens to the client, the server or the network.
#[derive(Debug, Clone)]
pub enum Op {
    Events(usize),
    Noise(usize),
    /// The current socket breaks. The client sees it after a while or never, the server after a while.
    Cut {
        client: Option<Millis>,
        server: Millis,
    },
    /// Only what the server sends is lost.
    Mute,
    Outage(Net, Millis),
    Restart(Millis),
    Stall(Millis),
    Lapse,
    Block(Millis),
    Delay(Millis),
}

#[derive(Debug)]
pub(super) enum Later {
    Do(Op),
    Up,
    Flow,
    Unblock,
    /// The server sees an attempt to connect.
    Arrive(usize, Option<Resume>),
    Fail(usize, Refusal),
    Probed(usize),
}

impl World {
    pub(super) fn happen(&mut self, later: Later) {
        match later {
            Later::Do(op) => self.op(&op),
            Later::Up => self.net = Net::Up,
            Later::Flow => self.server.stall(false),
            Later::Unblock => {
                self.blocked = false;
                self.feed(Input::Unblocked, None);
            }
            Later::Arrive(id, resume) => self.arrive(id, resume.as_ref()),
            Later::Fail(id, refusal) => {
                if id == self.current && self.opening {
                    self.asked = refusal.retry_after.map_or(0, |wait| wait.as_millis() as Millis);
                    self.current += 1;
                    self.opening = false;
                    self.feed(Input::Refused(refusal), None);
                }
            }
            Later::Probed(probe) => {
                let outcome = match self.net {
                    Net::Up => ProbeOutcome::Valid,
                    Net::Hanging => return,
                    _ => ProbeOutcome::Unknown { retry_after: None },
                };
                if probe == self.probe {
                    self.feed(Input::Probe(outcome), None);
                }
            }
        }
    }

    fn arrive(&mut self, id: usize, resume: Option<&Resume>) {
        let refusal = match self.net {
            Net::Hanging => return,
            Net::Refusing => Refusal::default(),
            Net::Answering(status, wait) => Refusal {
                status: Some(status),
                retry_after: wait.map(Duration::from_secs),
                ..Refusal::default()
            },
            Net::Up | Net::Slamming => {
                // A client that has given up meanwhile hangs up as soon as it is answered.
                let there = id == self.current && self.opening;
                let socket = Socket { down: there, up: there, ..Socket::default() };
                self.sockets.insert(id, socket);
                self.send(id, Down::Opened);
                if self.net == Net::Slamming {
                    self.send(id, Down::Closed);
                    return;
                }
                self.server.open(id, resume);
                if !there {
                    self.server.lose(id, self.now);
                }
                return;
            }
        };
        self.after(self.delay, Later::Fail(id, refusal));
    }

    fn cut(&mut self, client: Option<Millis>, server: Millis) {
        let now = self.now;
        let Some(socket) = self.sockets.get_mut(&self.current) else { return };
        socket.to_client.retain(|(at, _)| *at <= now);
        socket.to_server.clear();
        if let Some(client) = client {
            socket.to_client.push_back((now + client, Down::Closed));
        }
        (socket.up, socket.down, socket.server_sees) = (false, false, Some(now + server));
    }

    fn op(&mut self, op: &Op) {
        match *op {
            Op::Events(count) => (0..count).for_each(|_| self.server.publish(false)),
            Op::Noise(count) => (0..count).for_each(|_| self.server.publish(true)),
            Op::Cut { client, server } => self.cut(client, server),
            Op::Mute => {
                let sees = self.now + DEAF;
                if let Some(socket) = self.sockets.get_mut(&self.current) {
                    socket.to_client.clear();
                    (socket.down, socket.server_sees) = (false, Some(sees));
                }
            }
            Op::Outage(net, wait) => {
                self.cut((net != Net::Hanging).then_some(0), 1_000);
                self.net = net;
                self.after(wait, Later::Up);
            }
            Op::Restart(wait) => {
                self.server.restart();
                self.net = Net::Refusing;
                self.after(wait, Later::Up);
            }
            Op::Stall(wait) => {
                self.server.stall(true);
                self.after(wait, Later::Flow);
            }
            Op::Lapse => self.server.lapse(),
            Op::Block(wait) => {
                self.blocked = true;
                self.feed(Input::Blocked, None);
                self.after(wait, Later::Unblock);
            }
            Op::Delay(delay) => self.delay = delay,
        }
    }
}
