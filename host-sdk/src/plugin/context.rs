//! What a channel may use of its instance.

use super::instance::Shared;
use super::redact::Redactor;
use super::requests::Responder;
use crate::protocol::{Error, ErrorCode, Event};
use serde::Serialize;
use std::future::Future;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// The instance is shutting down and tells the host nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the channel is shutting down")]
pub struct Closed;

/// The instance, as its channel sees it. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub(super) shared: Arc<Shared>,
}

impl Context {
    /// Tell the host of an event. Waits while the host is behind: whoever produces events must wait with it.
    ///
    /// # Errors
    /// [`Closed`] during shutdown; the event was not told.
    pub async fn emit(&self, event: &Event) -> Result<(), Closed> {
        let json = match serde_json::to_string(event) {
            Ok(json) => json,
            Err(error) => {
                tracing::error!(%error, "an event cannot be written as JSON");
                return Ok(());
            }
        };
        let json = match self.shared.redactor.clean_json(&json) {
            std::borrow::Cow::Owned(clean) => clean,
            std::borrow::Cow::Borrowed(_) => json,
        };
        let outlet = &self.shared.outlet;
        let left = match &self.shared.caller {
            Some(caller) => caller.offer(outlet, json),
            None => Some(json),
        };
        let Some(json) = left else { return Ok(()) };
        if outlet.push_event(json).await { Ok(()) } else { Err(Closed) }
    }

    /// Run work on the instance's runtime. A panic ends this task only; it is logged with its place.
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.shared.runtime.spawn(work)
    }

    /// Run the work of a request and end the request with its result. A cancel request aborts it.
    pub fn spawn_request<F, T>(&self, responder: Responder, work: F)
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Serialize + Send + 'static,
    {
        let ticket = responder.ticket();
        let task = self.shared.runtime.spawn(async move {
            let responder = responder;
            let result = work.await;
            responder.complete(result);
        });
        self.shared.requests.abort_with(ticket, task.abort_handle());
    }

    /// The runtime, for libraries that want a handle.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.shared.runtime
    }

    /// Where secrets are made known, so that nothing that the host is told shows them.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }

    /// The answer to a request that this channel does not serve.
    pub fn refuse(responder: Responder, what: &str) {
        responder.complete::<()>(Err(Error::new(
            ErrorCode::NotSupported,
            format!("this channel does not support {what}"),
        )));
    }
}
