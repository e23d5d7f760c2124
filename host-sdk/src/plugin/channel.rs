//! What an author writes.

use super::context::Context;
use super::requests::Responder;
use crate::protocol::{Error, HandleRequest, Init, Outbound, QueryRequest};
use std::future::Future;
use std::pin::Pin;

/// A channel: one value serves all accounts of an instance.
///
/// `handle` and `send` are called on the host's threads, in the order of the host's calls, and must not wait: spawn
/// the work with [`Context::spawn_request`], or queue it and keep the [`Responder`] until it is done.
pub trait Channel: Send + Sync + Sized + 'static {
    /// The channel's id: lower case, stable, used as configuration key (`channels.<id>`).
    const ID: &'static str;
    /// The channel's name for people.
    const NAME: &'static str;
    /// The plugin's version.
    const VERSION: &'static str;

    /// Answer a pure question: no runtime, file, thread or network.
    ///
    /// # Errors
    /// Whatever the question calls for; becomes `{"ok":false,"error":...}`.
    fn query(request: QueryRequest) -> Result<serde_json::Value, Error>;

    /// Create the channel: check the configuration, open the state; make no connection yet.
    ///
    /// # Errors
    /// `CONFIG` and the like; init fails with it.
    fn open(context: Context, init: Init) -> Result<Self, Error>;

    /// Do something. Completes through `responder`.
    fn handle(&self, request: HandleRequest, responder: Responder);

    /// Deliver a message. Completes through `responder` with a [`crate::protocol::Receipt`].
    fn send(&self, message: Outbound, responder: Responder);

    /// Stop: disconnect, finish what is in hand. Bounded by the host's time limit.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;
}

/// [`Channel`] without its type, for the instance.
pub(super) trait AnyChannel: Send + Sync {
    fn handle(&self, request: HandleRequest, responder: Responder);
    fn send(&self, message: Outbound, responder: Responder);
    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

impl<C: Channel> AnyChannel for C {
    fn handle(&self, request: HandleRequest, responder: Responder) {
        Channel::handle(self, request, responder);
    }
    fn send(&self, message: Outbound, responder: Responder) {
        Channel::send(self, message, responder);
    }
    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Channel::shutdown(self))
    }
}
