//! Pending requests: each ends in exactly one completion.

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
const PENDING_LIMIT: usize = 1024;

#[derive(Default)]
struct Table {
    pending: HashMap<u64, Option<AbortHandle>>,
    closed: bool,
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

    /// Take on a request.
    pub fn accept(self: &Arc<Self>, request_id: u64) -> Result<Responder, Error> {
        let mut table = self.lock();
        if table.closed {
            return Err(Error::new(ErrorCode::Closed, "the channel is shut down"));
        }
        if table.pending.contains_key(&request_id) {
            return Err(Error::invalid(format!(
                "request id {request_id} is still pending; choose another one"
            ))
            .at("request_id"));
        }
        if table.pending.len() >= PENDING_LIMIT {
            return Err(Error::new(
                ErrorCode::Busy,
                format!("{PENDING_LIMIT} requests are pending; wait for a completion and try again"),
            ));
        }
        table.pending.insert(request_id, None);
        Ok(Responder { requests: self.clone(), request_id, open: true })
    }

    /// Tell how a request ended, unless that was told already.
    fn finish(&self, request_id: u64, result: Result<Value, Error>) {
        if self.lock().pending.remove(&request_id).is_none() {
            return;
        }
        let result = result.map_err(|error| clean(&self.redactor, error));
        self.outlet.push_completion(Completion::new(request_id, result));
    }

    /// End a request with `CANCELLED`. False when it was not pending.
    pub fn cancel(&self, request_id: u64) -> bool {
        let Some(abort) = self.lock().pending.remove(&request_id) else { return false };
        if let Some(abort) = abort {
            abort.abort();
        }
        self.outlet.push_completion(Completion::new(request_id, Err(cancelled("by the host"))));
        true
    }

    /// Accept nothing any more.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// End everything that is still pending.
    pub fn cancel_all(&self) {
        let pending = std::mem::take(&mut self.lock().pending);
        for (request_id, abort) in pending {
            if let Some(abort) = abort {
                abort.abort();
            }
            self.outlet.push_completion(Completion::new(request_id, Err(cancelled("by the shutdown"))));
        }
    }
}

fn cancelled(by: &str) -> Error {
    Error::new(ErrorCode::Cancelled, format!("the request was cancelled {by}"))
}

/// The error without secrets.
pub(super) fn clean(redactor: &Redactor, mut error: Error) -> Error {
    error.message = redactor.clean(&error.message).into_owned();
    error
}

/// The duty to end one request. Dropping it unanswered ends the request too: with `PANIC` while a panic unwinds,
/// else with `INTERNAL`.
pub struct Responder {
    requests: Arc<Requests>,
    request_id: u64,
    open: bool,
}

impl Responder {
    /// End the request.
    pub fn complete<T: Serialize>(mut self, result: Result<T, Error>) {
        self.open = false;
        let result = result.and_then(|value| {
            serde_json::to_value(value).map_err(|error| {
                Error::new(ErrorCode::Internal, format!("the result cannot be written as JSON: {error}"))
            })
        });
        self.requests.finish(self.request_id, result);
    }

    /// The host's own id of the request.
    #[must_use]
    pub fn request_id(&self) -> u64 {
        self.request_id
    }

    /// Let a cancel request end this task.
    pub(super) fn abort_with(requests: &Requests, request_id: u64, abort: AbortHandle) {
        if let Some(slot) = requests.lock().pending.get_mut(&request_id) {
            *slot = Some(abort);
        }
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
            self.requests.finish(self.request_id, Err(error));
        }
    }
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Responder").field("request_id", &self.request_id).finish()
    }
}
