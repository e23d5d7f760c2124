//! Each request to the action that serves it.

use super::asking::Asking;
use super::gates::Gate;
use super::{channels, messages, reactions, reading, search};
use crate::account::Accounts;
use crate::brake::Brakes;
use host_sdk::plugin::{Context, Redactor, Responder};
use host_sdk::protocol::{Caller, Error, HandleRequest};
use std::future::Future;
use std::sync::Arc;

/// Serves `action.*`.
pub(crate) struct Actions {
    context: Context,
    accounts: Arc<Accounts>,
    brakes: Arc<Brakes>,
}

impl Actions {
    pub(crate) fn new(context: Context, accounts: Arc<Accounts>, brakes: Arc<Brakes>) -> Self {
        Self { context, accounts, brakes }
    }

    /// Serve a request; one that is no action is refused.
    pub(crate) fn handle(&self, request: HandleRequest, responder: Responder) {
        use HandleRequest as Request;
        match request {
            Request::ActionReact(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Reactions);
                self.run(responder, begun, |asking| async move { reactions::react(&asking, &ask).await });
            }
            Request::ActionReactions(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Reactions);
                self.run(responder, begun, |asking| async move { reactions::list(&asking, &ask).await });
            }
            Request::ActionRead(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Read);
                self.run(responder, begun, |asking| async move { reading::channel(&asking, &ask).await });
            }
            Request::ActionThread(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Threads);
                self.run(responder, begun, |asking| async move { reading::thread(&asking, &ask).await });
            }
            Request::ActionListPins(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::ListPins);
                self.run(responder, begun, |asking| async move { reading::pins(&asking, &ask).await });
            }
            Request::ActionEdit(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Edit);
                let redactor: Redactor = self.context.redactor().clone();
                self.run(responder, begun, |asking| async move {
                    messages::edit(&asking, &ask, &redactor.clean(&ask.text)).await
                });
            }
            Request::ActionDelete(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Delete);
                self.run(responder, begun, |asking| async move { messages::delete(&asking, &ask).await });
            }
            Request::ActionPin(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Pin);
                self.run(responder, begun, |asking| async move { messages::pin(&asking, &ask, true).await });
            }
            Request::ActionUnpin(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Pin);
                self.run(responder, begun, |asking| async move { messages::pin(&asking, &ask, false).await });
            }
            Request::ActionSearch(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::Search);
                self.run(responder, begun, |asking| async move { search::search(&asking, &ask).await });
            }
            Request::ActionChannelInfo(ask) => {
                let begun = self.begin(ask.account_id.as_deref(), &ask.caller, Gate::ChannelInfo);
                self.run(responder, begun, |asking| async move { channels::info(&asking, &ask).await });
            }
            _ => Context::refuse(responder, "this request"),
        }
    }

    fn begin(&self, account_id: Option<&str>, caller: &Caller, gate: Gate) -> Result<Asking, Error> {
        Asking::begin(&self.accounts, &self.brakes, account_id, caller.clone(), gate)
    }

    fn run<T, F>(&self, responder: Responder, begun: Result<Asking, Error>, work: impl FnOnce(Asking) -> F)
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: serde::Serialize + Send + 'static,
    {
        match begun {
            Ok(asking) => self.context.spawn_request(responder, work(asking)),
            Err(error) => responder.complete::<()>(Err(error)),
        }
    }
}
