//! A running channel, as its host sees it.

use super::ffi::RawInstance;
use super::library::Library;
use super::pending::Pending;
use crate::protocol::{Error, ErrorCode, Event, HandleRequest, Init, LogLevel, Outbound, Receipt};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events that wait in this process; beyond them the plugin waits.
const EVENT_ROOM: usize = 64;

/// One log record of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The level.
    pub level: LogLevel,
    /// Milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Which part speaks.
    pub target: String,
    /// One line.
    pub message: String,
    /// The record's fields as a JSON object.
    pub fields_json: String,
}

/// Gets the log records; called from the plugin's threads.
pub type LogHook = Arc<dyn Fn(LogLine) + Send + Sync>;

/// A running channel. Cheap to clone; the last clone that goes shuts it down at once.
#[derive(Clone)]
pub struct Instance {
    inner: Arc<Inner>,
}

struct Inner {
    raw: RawInstance,
    pending: Arc<Pending>,
}

impl Instance {
    pub(super) fn create(
        library: Library,
        init: &Init,
        log: Option<LogHook>,
    ) -> Result<(Self, Events), Error> {
        let (sender, events) = mpsc::channel(EVENT_ROOM);
        let pending = Pending::new(sender);
        let json = serde_json::to_string(init)
            .map_err(|error| Error::invalid(format!("the init object cannot be written: {error}")))?;
        let raw = RawInstance::create(library, &json, pending.clone(), log)?;
        Ok((Self { inner: Arc::new(Inner { raw, pending }) }, Events { events }))
    }

    /// Ask the channel to do something and wait for the end of it.
    ///
    /// # Errors
    /// The plugin's error.
    pub async fn handle(&self, request: &HandleRequest) -> Result<Value, Error> {
        let json = serde_json::to_string(request)
            .map_err(|error| Error::invalid(format!("the request cannot be written: {error}")))?;
        self.ask(|raw, id| raw.handle(id, &json)).await
    }

    /// As [`Instance::handle`], with the request as JSON.
    ///
    /// # Errors
    /// The plugin's error.
    pub async fn handle_json(&self, json: &str) -> Result<Value, Error> {
        self.ask(|raw, id| raw.handle(id, json)).await
    }

    /// Deliver a message and wait until the server has it.
    ///
    /// Messages to one conversation go out in the order in which the returned futures were first polled.
    ///
    /// # Errors
    /// The plugin's error.
    pub async fn send(&self, message: &Outbound) -> Result<Receipt, Error> {
        let json = serde_json::to_string(message)
            .map_err(|error| Error::invalid(format!("the message cannot be written: {error}")))?;
        let result = self.ask(|raw, id| raw.send(id, &json)).await?;
        serde_json::from_value(result).map_err(|error| {
            Error::new(ErrorCode::Internal, format!("the plugin's receipt cannot be read: {error}"))
        })
    }

    async fn ask(&self, call: impl FnOnce(&RawInstance, u64) -> Result<(), Error>) -> Result<Value, Error> {
        let (request_id, end) = self.inner.pending.expect();
        if let Err(error) = call(&self.inner.raw, request_id) {
            self.inner.pending.forget(request_id);
            return Err(error);
        }
        end.await.unwrap_or_else(|_| Err(Error::new(ErrorCode::Closed, "the channel is gone")))
    }

    /// Stop the channel: work in hand may end within `timeout`, the rest is cancelled, every thread is joined.
    ///
    /// # Errors
    /// The plugin's error.
    pub async fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || inner.raw.shutdown(timeout))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorCode::Internal, error.to_string())))
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Instance")
    }
}

/// The events of one instance, in order. While nobody reads, the plugin waits; nothing is dropped.
#[derive(Debug)]
pub struct Events {
    events: mpsc::Receiver<Event>,
}

impl Events {
    /// The next event; `None` after the instance is gone.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}
