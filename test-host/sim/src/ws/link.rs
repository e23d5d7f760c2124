//! One logical connection: what waits to be written, and what was written lately.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{clock::now_ms, ids::Id};

/// How many frames may wait to be written.
pub(super) const SEND_QUEUE: usize = 256;
/// How many written frames are kept for a resume.
pub(super) const DEAD_QUEUE: usize = 128;

/// A logical connection, which outlives the TCP connection it is attached to.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) user_id: Id,
    pub(crate) token: String,
    pub(super) inner: Mutex<Inner>,
    /// Something waits to be written, or the attachment changed.
    pub(super) wake: Notify,
    /// The socket is to be dropped, even while it is being written to.
    pub(super) dropped: Notify,
}

/// The changing part of a link.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) connection_id: Id,
    pub(super) queue: VecDeque<Outgoing>,
    pub(super) dead: VecDeque<(i64, Arc<str>)>,
    /// Frames that a resume writes again, before the queue.
    pub(super) replay: VecDeque<String>,
    pub(super) next_seq: i64,
    /// Counts the sockets that this link had.
    pub(super) attachment: u64,
    pub(super) state: LinkState,
    /// When the connection last counted as active.
    pub(super) activity_at: i64,
}

/// Whether a link has a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// A socket writes its frames.
    Attached,
    /// The socket is gone and may come back.
    Detached,
    /// It cannot be resumed any more.
    Removed,
}

/// Something to be written.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// An event, which gets its number when it is written.
    Event(Arc<str>),
    /// The reply to a request, which has none.
    Reply(String),
}

/// What a socket is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Write this.
    Write(String),
    /// Wait.
    Idle,
    /// Close: the link has another socket or none.
    Gone,
}

impl Link {
    /// A link that is attached to its first socket.
    pub(super) fn new(user_id: Id, token: String, hello: impl FnOnce(Id) -> Arc<str>) -> Self {
        let connection_id = Id::new();
        let inner = Inner {
            connection_id,
            queue: VecDeque::from([Outgoing::Event(hello(connection_id))]),
            dead: VecDeque::new(),
            replay: VecDeque::new(),
            next_seq: 0,
            attachment: 1,
            state: LinkState::Attached,
            activity_at: now_ms(),
        };
        let wake = Notify::new();
        // The `hello` waits already.
        wake.notify_one();
        Self { user_id, token, inner: Mutex::new(inner), wake, dropped: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an event. A connection whose queue is full is given up for good.
    pub(super) fn push_event(&self, frame: &Arc<str>, is_droppable: bool) {
        let mut inner = self.lock();
        if inner.state == LinkState::Removed || (is_droppable && inner.queue.len() >= SEND_QUEUE / 2) {
            return;
        }
        self.push(&mut inner, Outgoing::Event(Arc::clone(frame)));
    }

    /// Whether half of what may wait is waiting.
    pub(super) fn is_behind(&self) -> bool {
        self.lock().queue.len() >= SEND_QUEUE / 2
    }

    /// Queues the reply to a request.
    pub(super) fn push_reply(&self, reply: String) {
        let mut inner = self.lock();
        if inner.state != LinkState::Removed {
            self.push(&mut inner, Outgoing::Reply(reply));
        }
    }

    fn push(&self, inner: &mut Inner, outgoing: Outgoing) {
        if inner.queue.len() >= SEND_QUEUE {
            inner.state = LinkState::Removed;
            inner.queue.clear();
            inner.dead.clear();
            self.dropped.notify_one();
            return;
        }
        inner.queue.push_back(outgoing);
        self.wake.notify_one();
    }

    /// The next frame for the socket with this attachment. What is handed out counts as written.
    pub(super) fn next(&self, attachment: u64) -> Next {
        let mut inner = self.lock();
        if inner.state != LinkState::Attached || inner.attachment != attachment {
            return Next::Gone;
        }
        if let Some(frame) = inner.replay.pop_front() {
            return Next::Write(frame);
        }
        match inner.queue.pop_front() {
            None => Next::Idle,
            Some(Outgoing::Reply(reply)) => Next::Write(reply),
            Some(Outgoing::Event(frame)) => {
                let seq = inner.next_seq;
                inner.next_seq += 1;
                if inner.dead.len() >= DEAD_QUEUE {
                    inner.dead.pop_front();
                }
                let text = numbered(&frame, seq);
                inner.dead.push_back((seq, frame));
                Next::Write(text)
            }
        }
    }

    /// Notes that the socket with this attachment is gone; whether it was the current one.
    pub(super) fn detach(&self, attachment: u64, activity_at: i64) -> bool {
        let mut inner = self.lock();
        if inner.attachment != attachment || inner.state != LinkState::Attached {
            return false;
        }
        inner.state = LinkState::Detached;
        inner.activity_at = inner.activity_at.max(activity_at);
        // Replies belong to the socket that asked.
        inner.queue.retain(|outgoing| matches!(outgoing, Outgoing::Event(_)));
        inner.replay.clear();
        self.dropped.notify_one();
        true
    }

    /// The current attachment, if there is a socket.
    pub(super) fn attachment(&self) -> Option<u64> {
        let inner = self.lock();
        (inner.state == LinkState::Attached).then_some(inner.attachment)
    }

    /// Whether the link can be forgotten: removed, or without a socket and inactive since before `limit`.
    pub(super) fn is_stale(&self, limit: i64) -> bool {
        let inner = self.lock();
        match inner.state {
            LinkState::Attached => false,
            LinkState::Detached => inner.activity_at < limit,
            LinkState::Removed => true,
        }
    }
}

/// A frame with its number.
pub(super) fn numbered(frame: &str, seq: i64) -> String {
    let mut text = String::with_capacity(frame.len() + 21);
    text.push_str(frame);
    text.push_str(&seq.to_string());
    text.push('}');
    text
}
