//! Where the host hands HTTP requests over: which part of the channel a path belongs to, and what can be refused before
//! a body is read.

use super::answer::{and_header, closing, json, respond};
use super::clicks::Clicks;
use super::routes::{self, BODY, CLICK_MS, COMMAND_MS, COMMANDS};
use super::tickets::{Slot, Tickets};
use crate::account::{Accounts, Deps};
use crate::callbacks::interaction_path;
use crate::config::AccountConfig;
use crate::slash::Calls;
use host_sdk::protocol::{Event, HttpAnswer, HttpRequest, HttpResponse, ReadBody};
use serde_json::json as value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Clicks of one account that may be open at once.
const CLICKS_OPEN: usize = 64;

/// Slash commands that may be open at once, of one command and of all whose command is not known yet.
const CALLS_OPEN: usize = 8;

/// The channel's side of the host's HTTP server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    deps: Deps,
    accounts: Arc<Accounts>,
    clicks: Clicks,
    calls: Calls,
    tickets: Arc<Mutex<Tickets>>,
}

/// What a path is for.
enum Way {
    Clicks(Arc<crate::account::Account>),
    Commands,
    Nowhere,
}

impl Door {
    pub(crate) fn new(deps: Deps, accounts: Arc<Accounts>, clicks: Clicks, calls: Calls) -> Self {
        Self { deps, accounts, clicks, calls, tickets: Arc::default() }
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tell the host which paths it is to serve.
    pub(crate) fn announce(&self) {
        let accounts = self.accounts.select(None).unwrap_or_default();
        let routes = routes::routes(self.deps.urls, accounts.iter().map(|account| account.config.as_ref()));
        let context = self.deps.context.clone();
        self.deps.context.spawn(async move {
            // During shutdown the host is told nothing more.
            let _ = context.emit(&Event::HttpRoutes(routes)).await;
        });
    }

    fn way(&self, path: &str) -> Way {
        let accounts = self.accounts.select(None).unwrap_or_default();
        if let Some(account) = accounts.iter().find(|account| interaction_path(&account.config.id) == path) {
            return Way::Clicks(account.clone());
        }
        let configured = |config: &AccountConfig| routes::command_paths(config).iter().any(|own| own == path);
        if path == COMMANDS || accounts.iter().any(|account| configured(&account.config)) {
            return Way::Commands;
        }
        Way::Nowhere
    }

    /// Answer a request, or ask for its body.
    pub(crate) async fn serve(&self, request: HttpRequest) -> HttpAnswer {
        match self.way(&request.path) {
            Way::Nowhere => respond(json(404, &value!({ "error": "Not Found" }))),
            Way::Clicks(account) => {
                if request.method != "POST" {
                    let refused = json(405, &value!({ "error": "Method Not Allowed" }));
                    return respond(and_header(refused, "Allow", "POST"));
                }
                if let Err(refused) = self.clicks.judge_source(&account, &request) {
                    return respond(refused);
                }
                let id = &account.config.id;
                if !self.accounts.runs(id) || !self.deps.claims.are_known(id) {
                    let refused = closing(json(503, &value!({ "error": "Account not running" })));
                    return respond(and_header(refused, "Retry-After", "5"));
                }
                let key = format!("click {}", account.config.id);
                match self.with_body(&request, &key, CLICKS_OPEN, CLICK_MS, |_| too_many()) {
                    Err(answer) => answer,
                    Ok(_held) => respond(self.clicks.answer(&account, &request).await),
                }
            }
            Way::Commands => {
                if let Err(refused) = self.calls.may_come(&request) {
                    return respond(refused);
                }
                let bucket = self.calls.bucket(&request);
                let held =
                    match self.with_body(&request, &bucket, CALLS_OPEN, COMMAND_MS, |_| Calls::too_many()) {
                        Err(answer) => return answer,
                        Ok(held) => held,
                    };
                let proven = self.calls.prove(&request).await;
                // Whoever proved his token takes nobody's place: the host bounds how many are open.
                drop(held);
                respond(match proven {
                    Ok(proven) => self.calls.answer(proven).await,
                    Err(refused) => refused,
                })
            }
        }
    }

    /// The place of a request whose body is there; else the answer: the body is asked for, or too many are open.
    fn with_body(
        &self,
        request: &HttpRequest,
        key: &str,
        most: usize,
        reading_ms: u64,
        refuse: impl Fn(&str) -> HttpResponse,
    ) -> Result<Held, HttpAnswer> {
        let now = Instant::now();
        let mut tickets = self.tickets();
        let has_body = request.body.is_some() || request.body_problem.is_some();
        let returning = request.ticket.as_deref().and_then(|ticket| tickets.come_back(ticket, now));
        let slot = returning.or_else(|| tickets.enter(key, most, now));
        let Some(slot) = slot else { return Err(respond(closing(refuse(key)))) };
        if has_body {
            return Ok(Held { slot, tickets: self.tickets.clone() });
        }
        let reading = Duration::from_millis(reading_ms);
        let Some(ticket) = tickets.wait(&slot, reading, now) else {
            tickets.leave(&slot);
            return Err(respond(closing(refuse(key))));
        };
        Err(HttpAnswer::ReadBody(ReadBody { max_bytes: BODY, timeout_ms: reading_ms, ticket }))
    }
}

/// A place among the open requests; given back when this is dropped, also by a request that is cancelled.
struct Held {
    slot: Slot,
    tickets: Arc<Mutex<Tickets>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner).leave(&self.slot);
    }
}

fn too_many() -> HttpResponse {
    json(429, &value!({ "error": "Too Many Requests" }))
}
