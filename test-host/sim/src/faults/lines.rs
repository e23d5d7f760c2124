//! All TCP connections and what may happen to them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use futures_util::task::AtomicWaker;
use tokio::net::TcpStream;

/// What a connection does with its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Flow {
    /// Everything passes.
    Open,
    /// Nothing passes for now.
    Stalled,
    /// Nothing will ever pass again.
    Silent,
    /// It is to be closed with a FIN.
    Closed,
    /// It is to be closed with a RST.
    Reset,
}

impl Flow {
    fn from_u8(value: u8) -> Self {
        [Self::Open, Self::Stalled, Self::Silent, Self::Closed]
            .into_iter()
            .find(|flow| *flow as u8 == value)
            .unwrap_or(Self::Reset)
    }
}

/// One TCP connection, as those see it who may cut it.
#[derive(Debug)]
pub(crate) struct Line {
    id: u64,
    flow: AtomicU8,
    pub(super) reader: AtomicWaker,
    pub(super) writer: AtomicWaker,
}

impl Line {
    fn new(id: u64, flow: Flow) -> Arc<Self> {
        let flow = AtomicU8::new(flow as u8);
        Arc::new(Self { id, flow, reader: AtomicWaker::new(), writer: AtomicWaker::new() })
    }

    /// What the connection does with its bytes now.
    pub(super) fn flow(&self) -> Flow {
        Flow::from_u8(self.flow.load(Ordering::Acquire))
    }

    /// Hangs up: nothing more is written, not even what was answered already.
    pub(crate) fn close(&self) {
        self.set(Flow::Closed);
    }

    fn set(&self, flow: Flow) {
        self.flow.store(flow as u8, Ordering::Release);
        self.reader.wake();
        self.writer.wake();
    }
}

/// The connections that faults concern.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    refuse: bool,
    half_open: bool,
    stall: bool,
    stopped: bool,
    next_id: u64,
    open: HashMap<u64, Arc<Line>>,
    /// What the server gave up while nothing may pass, not even a FIN.
    parked: Vec<(Arc<Line>, TcpStream)>,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection; `None` if it is to be reset at once.
    pub(crate) fn open(&self) -> Option<Arc<Line>> {
        let mut inner = self.lock();
        if inner.refuse {
            return None;
        }
        let flow = match (inner.half_open, inner.stall) {
            (true, _) => Flow::Silent,
            (false, true) => Flow::Stalled,
            (false, false) => Flow::Open,
        };
        inner.next_id += 1;
        let line = Line::new(inner.next_id, flow);
        inner.open.insert(line.id, Arc::clone(&line));
        Some(line)
    }

    /// A new connection that no fault concerns.
    pub(crate) fn open_exempt(&self) -> Arc<Line> {
        Line::new(0, Flow::Open)
    }

    /// Takes a connection out of the reach of faults; it goes on even if it was held.
    pub(crate) fn exempt(&self, line: &Line) {
        let mut inner = self.lock();
        if inner.open.remove(&line.id).is_some() && matches!(line.flow(), Flow::Stalled | Flow::Silent) {
            line.set(Flow::Open);
        }
    }

    /// Ends a connection that the server has no more use for, in the way that its state asks for.
    pub(super) fn give_up(&self, line: &Arc<Line>, stream: TcpStream) {
        let mut inner = self.lock();
        inner.open.remove(&line.id);
        match line.flow() {
            Flow::Open | Flow::Closed => {}
            Flow::Stalled | Flow::Silent if inner.stopped => {}
            Flow::Stalled | Flow::Silent => inner.parked.push((Arc::clone(line), stream)),
            Flow::Reset => reset(&stream),
        }
    }

    /// Resets everything, and new connections while it is on.
    pub(super) fn refuse(&self, on: bool) {
        let mut inner = self.lock();
        inner.refuse = on;
        if on {
            inner.change(|_| Some(Flow::Reset));
        }
    }

    /// Silences everything, and new connections while it is on; resets the silenced ones when it ends.
    pub(super) fn half_open(&self, on: bool) {
        let mut inner = self.lock();
        inner.half_open = on;
        inner.change(|flow| match flow {
            Flow::Open | Flow::Stalled if on => Some(Flow::Silent),
            Flow::Silent if !on => Some(Flow::Reset),
            _ => None,
        });
    }

    /// Holds everything, and new connections, while it is on.
    pub(super) fn stall(&self, on: bool) {
        let mut inner = self.lock();
        inner.stall = on;
        inner.change(|flow| match flow {
            Flow::Open if on => Some(Flow::Stalled),
            Flow::Stalled if !on => Some(Flow::Open),
            _ => None,
        });
    }

    /// Which of refusing, silence and stalling are on.
    pub(super) fn active(&self) -> (bool, bool, bool) {
        let inner = self.lock();
        (inner.refuse, inner.half_open, inner.stall)
    }

    /// Closes every connection.
    pub(super) fn close_all(&self) {
        self.lock().change(|_| Some(Flow::Closed));
    }

    /// The server is gone: nothing is kept any more.
    pub(crate) fn stop(&self) {
        let mut inner = self.lock();
        inner.stopped = true;
        inner.parked.clear();
    }
}

impl Inner {
    /// Changes the flow of the connections for which there is a new one.
    fn change(&mut self, change: impl Fn(Flow) -> Option<Flow>) {
        for line in self.open.values() {
            // What was hung up stays so.
            let flow = line.flow();
            if let Some(new) = change(flow).filter(|_| !matches!(flow, Flow::Closed | Flow::Reset)) {
                line.set(new);
            }
        }
        self.parked.retain(|(line, stream)| match change(line.flow()) {
            None => true,
            Some(Flow::Stalled | Flow::Silent) => {
                line.set(Flow::Silent);
                true
            }
            Some(Flow::Reset) => {
                reset(stream);
                false
            }
            Some(Flow::Open | Flow::Closed) => false,
        });
    }
}

/// Makes the end of a connection a RST instead of a FIN.
pub(crate) fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a connection could not be reset");
    }
}
