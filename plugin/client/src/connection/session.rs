//! Where the stream of events stands: the name of the connection and the number of the next event.

use super::machine::Resume;

/// After this many failures to go on without a single event in order, the connection is given up as it is and a
/// new one is asked for.
const STRIKES: u8 = 2;

/// What survives a lost socket.
#[derive(Debug, Default)]
pub(super) struct Session {
    connection_id: Option<String>,
    server_version: Option<String>,
    /// The number that the next event must have; `None` when any will do.
    next: Option<u64>,
    /// Failures to go on since the last event in order.
    strikes: u8,
}

/// How an event's number fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the next one, or the server does not count.
    Next,
    /// Another was due.
    Gap { expected: u64 },
}

impl Session {
    /// What to ask the server for, if it can be asked. Number 0 is never asked for: with it a server resumes
    /// without saying what it left out.
    pub(super) fn resume(&self) -> Option<Resume> {
        match (&self.connection_id, self.next) {
            (Some(connection_id), Some(sequence_number)) if sequence_number >= 1 => {
                Some(Resume { connection_id: connection_id.clone(), sequence_number })
            }
            _ => None,
        }
    }

    /// A socket opens that does not resume: its numbering is unknown.
    pub(super) fn start_over(&mut self) {
        self.connection_id = None;
        self.next = None;
    }

    /// The server's greeting: a new connection with a new numbering.
    pub(super) fn greet(
        &mut self,
        connection_id: Option<String>,
        server_version: Option<String>,
        seq: Option<u64>,
    ) {
        self.connection_id = connection_id;
        self.server_version = server_version;
        self.next = Some(seq.unwrap_or(0).saturating_add(1));
    }

    /// Counts an event. On a gap nothing changes: the expected event can still be asked for.
    ///
    /// `resumed` says whether the socket went on with an older numbering. Where even a new connection has gaps
    /// at once, the server counts in its own way, and looking at its numbers leads nowhere.
    pub(super) fn count(&mut self, seq: Option<u64>, resumed: bool) -> Fit {
        let Some(seq) = seq else { return Fit::Next };
        match self.next {
            Some(expected) if expected == seq => self.strikes = 0,
            Some(expected) if resumed || self.strikes < STRIKES => return Fit::Gap { expected },
            _ => {}
        }
        self.next = Some(seq.saturating_add(1));
        Fit::Next
    }

    /// Going on failed. After the second time in a row the name is dropped.
    pub(super) fn strike(&mut self) {
        self.strikes = self.strikes.saturating_add(1);
        if self.strikes >= STRIKES {
            self.start_over();
        }
    }

    pub(super) fn connection_id(&self) -> Option<&str> {
        self.connection_id.as_deref()
    }

    pub(super) fn server_version(&self) -> Option<&str> {
        self.server_version.as_deref()
    }
}
