//! Pending requests: each ends in exactly one completion.
//!
//! A request is pending from its acceptance until its completion is handed to the host. Its id cannot be used again
//! before that, and it counts for the limit: a host that does not fetch completions is told `BUSY` instead of
//! filling the memory.

use super::outlet::{Completion, Outlet};
use super::panics;
use super::redact::Redactor;
use crate::protocol::{Error, ErrorCode};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::task::AbortHandle;

/// Requests that may be pending at once; the next one is answered with `BUSY`.
pub(super) const PENDING_LIMIT: usize = 1024;
/// Cancel requests have room of their own: they are how a host gets out of a full table.
pub(super) const CANCEL_LIMIT: usize = PENDING_LIMIT * 2;

enum State {
    /// Being worked on; the handle ends the task that does so.
    Open(Option<AbortHandle>),
    /// Ended; the completion waits for the host.
    Ended,
}

struct Entry {
    serial: u64,
    state: State,
}

#[derive(Default)]
struct Table {
    entries: HashMap<u64, Entry>,
    next_serial: u64,
    closed: bool,
}

/// One acceptance of a request id. Ids come back once they are free; a serial number never does, so a late answer
/// cannot end somebody else's request.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    request_id: u64,
    serial: u64,
}

/// The pending requests of one instance.
pub(super) struct Requests {
    table: Mutex<Table>,
    outlet: Arc<Outlet>,
    redactor: Redactor,
}

impl Requests {
    pub fn new(outlet: Arc<Outlet>, redactor: Redactor) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), outlet, redactor })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Take on a request, unless `limit` are pending already.
    pub fn accept(self: &Arc<Self>, request_id: u64, limit: usize) -> Result<Responder, Error> {
        let mut table = self.lock();
        if table.closed {
            return Err(Error::new(ErrorCode::Closed, "the channel is shut down; create a new instance"));
        }
        if table.entries.contains_key(&request_id) {
            return Err(Error::invalid(format!(
                "request id {request_id} is still pending; choose another one or wait for its completion"
            ))
            .at("request_id"));
        }
        if table.entries.len() >= limit {
            return Err(Error::new(
                ErrorCode::Busy,
                format!("{limit} requests are pending; take a completion and try again"),
            ));
        }
        table.next_serial += 1;
        let ticket = Ticket { request_id, serial: table.next_serial };
        table.entries.insert(request_id, Entry { serial: ticket.serial, state: State::Open(None) });
        Ok(Responder { requests: self.clone(), ticket, open: true })
    }

    /// Tell how a request ended, unless that was told already.
    fn finish(&self, ticket: Ticket, result: Result<Value, Error>) {
        let result = result.map_err(|error| clean(&self.redactor, error));
        let mut completion = Completion::new(ticket.request_id, result);
        completion.json = self.redactor.clean_json(&completion.json).into_owned();
        let mut table = self.lock();
        if let Some(entry) = table.entries.get_mut(&ticket.request_id)
            && entry.serial == ticket.serial
            && matches!(entry.state, State::Open(_))
        {
            entry.state = State::Ended;
            // Still under the lock: otherwise a shutdown could find the request ended and close the outlet before
            // the completion is in it.
            self.outlet.push_completion(completion);
        }
    }

    /// End a request with `CANCELLED`. False when it was not being worked on.
    pub fn cancel(&self, request_id: u64) -> bool {
        let mut table = self.lock();
        let Some(entry) = table.entries.get_mut(&request_id) else { return false };
        let State::Open(abort) = std::mem::replace(&mut entry.state, State::Ended) else { return false };
        self.outlet.push_completion(Completion::new(request_id, Err(cancelled("by the host"))));
        drop(table);
        if let Some(abort) = abort {
            abort.abort();
        }
        true
    }

    fn is_open(&self, ticket: Ticket) -> bool {
        self.lock()
            .entries
            .get(&ticket.request_id)
            .is_some_and(|entry| entry.serial == ticket.serial && matches!(entry.state, State::Open(_)))
    }

    /// The host was given the completion: the id is free.
    pub fn handed_over(&self, request_id: u64) {
        let mut table = self.lock();
        if table.entries.get(&request_id).is_some_and(|entry| matches!(entry.state, State::Ended)) {
            table.entries.remove(&request_id);
        }
    }

    /// Accept nothing any more.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// End everything that is still being worked on.
    pub fn cancel_all(&self) {
        let mut aborts = Vec::new();
        let mut table = self.lock();
        for (request_id, entry) in &mut table.entries {
            if let State::Open(abort) = std::mem::replace(&mut entry.state, State::Ended) {
                aborts.extend(abort);
                let why = Err(cancelled("by the shutdown"));
                self.outlet.push_completion(Completion::new(*request_id, why));
            }
        }
        drop(table);
        for abort in aborts {
            abort.abort();
        }
    }

    /// Let a cancel request end this task. One that came before ends it now.
    pub fn abort_with(&self, ticket: Ticket, abort: AbortHandle) {
        let mut table = self.lock();
        if let Some(entry) = table.entries.get_mut(&ticket.request_id)
            && entry.serial == ticket.serial
            && let State::Open(slot) = &mut entry.state
        {
            *slot = Some(abort);
            return;
        }
        drop(table);
        abort.abort();
    }
}

fn cancelled(by: &str) -> Error {
    Error::new(ErrorCode::Cancelled, format!("the request was cancelled {by}"))
}

/// The error without secrets.
pub(super) fn clean(redactor: &Redactor, mut error: Error) -> Error {
    error.message = redactor.clean(&error.message).into_owned();
    error.field = error.field.map(|field| redactor.clean(&field).into_owned());
    error.remote_id = error.remote_id.map(|id| redactor.clean(&id).into_owned());
    error
}

/// The duty to end one request. Dropping it unanswered ends the request too: with `PANIC` while a panic unwinds,
/// else with `INTERNAL`.
pub struct Responder {
    requests: Arc<Requests>,
    ticket: Ticket,
    open: bool,
}

impl Responder {
    /// End the request.
    pub fn complete<T: Serialize>(mut self, result: Result<T, Error>) {
        let result = result.and_then(|value| {
            serde_json::to_value(value).map_err(|error| {
                Error::new(ErrorCode::Internal, format!("the result cannot be written as JSON: {error}"))
            })
        });
        // Not earlier: if writing the value panics, the drop ends the request.
        self.open = false;
        self.requests.finish(self.ticket, result);
    }

    /// The host's own id of the request.
    #[must_use]
    pub fn request_id(&self) -> u64 {
        self.ticket.request_id
    }

    /// The request has ended already: the host cancelled it, or the instance shuts down.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        !self.requests.is_open(self.ticket)
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.ticket
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if self.open {
            let error = if std::thread::panicking() {
                panics::last("while serving the request")
            } else {
                Error::new(ErrorCode::Internal, "the channel dropped the request without an answer")
            };
            self.requests.finish(self.ticket, Err(error));
        }
    }
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Responder").field("request_id", &self.ticket.request_id).finish()
    }
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
