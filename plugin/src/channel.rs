//! The glue between the ABI and the channel: each request to the part that serves it.

use crate::account::{Accounts, Deps};
use crate::config::{ChannelConfig, Env};
use crate::error::from_client;
use crate::intake::Unsettled;
use crate::outbox::Outbox;
use crate::status::StatusBook;
use host_sdk::plugin::{Channel, Context, Responder};
use host_sdk::protocol::{
    AccountStatus, BotIdentity, ChannelStatus, Error, ErrorCode, HandleRequest, Init, Outbound, Probe,
    QueryRequest, Role,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a probe waits for the server unless the host says otherwise.
const PROBE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// The Mattermost channel.
pub struct Mattermost {
    role: Role,
    accounts: Arc<Accounts>,
    deps: Deps,
    outbox: Outbox,
}

impl Channel for Mattermost {
    const ID: &'static str = "mattermost";
    const NAME: &'static str = "Mattermost";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn query(request: QueryRequest) -> Result<serde_json::Value, Error> {
        crate::query::answer(request)
    }

    fn open(context: Context, init: Init) -> Result<Self, Error> {
        let config = ChannelConfig::read(&init.config, &Env::from(init.env))?;
        for account in &config.accounts {
            if let Some(token) = &account.token {
                context.redactor().add(token.expose());
            }
        }
        if init.role == Role::Gateway {
            for warning in &config.warnings {
                tracing::warn!("{warning}");
            }
        }
        let book =
            Arc::new(StatusBook::new(config.accounts.iter().map(crate::config::AccountConfig::status)));
        let accounts = Arc::new(Accounts::new(config));
        let unsettled = Unsettled::default();
        let outbox =
            Outbox::new(init.role, context.clone(), accounts.clone(), book.clone(), unsettled.clone());
        Ok(Self { role: init.role, accounts, deps: Deps { context, book, unsettled }, outbox })
    }

    fn handle(&self, request: HandleRequest, responder: Responder) {
        match request {
            HandleRequest::AccountStart(which) => {
                responder.complete(self.start(which.account_id.as_deref()));
            }
            HandleRequest::AccountStop(which) => {
                let stopping = self.accounts.stop(which.account_id.as_deref());
                self.deps.context.spawn_request(responder, async move {
                    let stopped = stopping?.ended().await;
                    Ok(serde_json::json!({ "accounts": stopped }))
                });
            }
            HandleRequest::AccountList(which) => {
                responder.complete(self.statuses(which.account_id.as_deref()));
            }
            HandleRequest::StatusGet(which) => {
                let status = self.statuses(which.account_id.as_deref()).map(|accounts| ChannelStatus {
                    channel: Self::ID.to_owned(),
                    version: Self::VERSION.to_owned(),
                    default_account_id: self.accounts.default_id().to_owned(),
                    accounts,
                });
                responder.complete(status);
            }
            HandleRequest::StatusProbe(which) => {
                let accounts = self.accounts.clone();
                let timeout = which.timeout_ms.map_or(PROBE_TIMEOUT, Duration::from_millis);
                self.deps.context.spawn_request(responder, async move {
                    let mut probes = Vec::new();
                    for account in accounts.select(which.account_id.as_deref())? {
                        probes.push(probe(&account, timeout).await);
                    }
                    Ok(probes)
                });
            }
            HandleRequest::InboundAck(done) => responder.complete(self.settle(&done.event_id, None)),
            HandleRequest::InboundNack(refused) => {
                responder.complete(self.settle(&refused.event_id, Some(&refused.reason)));
            }
            _ => Context::refuse(responder, "this request"),
        }
    }

    fn send(&self, message: Outbound, responder: Responder) {
        self.outbox.submit(message, responder);
    }

    async fn shutdown(&self) {
        if let Ok(stopping) = self.accounts.stop(None) {
            stopping.ended().await;
        }
        // What was accepted goes out; the host's time limit bounds the wait.
        self.outbox.idle().await;
    }
}

impl Mattermost {
    fn start(&self, account_id: Option<&str>) -> Result<serde_json::Value, Error> {
        if self.role == Role::Client {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "an instance with the role \"client\" does not run accounts; use the role \"gateway\"",
            ));
        }
        let started = self.accounts.start(account_id, &self.deps)?;
        Ok(serde_json::json!({ "accounts": started }))
    }

    fn statuses(&self, account_id: Option<&str>) -> Result<Vec<AccountStatus>, Error> {
        let id = account_id.map(|id| self.accounts.get(Some(id))).transpose()?;
        let mut statuses = self.deps.book.list(id.as_ref().map(|account| account.config.id.as_str()));
        for status in &mut statuses {
            status.unsettled = self.deps.unsettled.count(&status.account_id);
        }
        Ok(statuses)
    }

    /// The host is done with an event. Settling one that is not waiting is harmless: it may have been settled before.
    fn settle(&self, event_id: &str, reason: Option<&str>) -> Result<serde_json::Value, Error> {
        let turn = self.deps.unsettled.settle(event_id);
        if let (Some(turn), Some(reason)) = (&turn, reason) {
            tracing::debug!(account = %turn.account_id, event = %event_id, "the host could not finish a turn: {reason}");
        }
        Ok(serde_json::json!({ "settled": turn.is_some() }))
    }
}

/// Ask the server whether an account's credentials work.
async fn probe(account: &crate::account::Account, timeout: Duration) -> Probe {
    let began = Instant::now();
    let asked = async {
        let client = account.client()?;
        match tokio::time::timeout(timeout, client.me()).await {
            Ok(Ok(user)) => Ok(BotIdentity { id: user.id, username: user.username }),
            Ok(Err(error)) => Err(from_client(&error)),
            Err(_) => Err(Error::new(
                ErrorCode::Timeout,
                format!("{} did not answer within {} ms", client.server(), timeout.as_millis()),
            )),
        }
    };
    let result = asked.await;
    let mut probe = Probe {
        account_id: account.config.id.clone(),
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..Probe::default()
    };
    match result {
        Ok(bot) => {
            account.remember_bot(&bot);
            (probe.ok, probe.status, probe.bot) = (true, Some(200), Some(bot));
        }
        Err(error) => {
            (probe.status, probe.error) = (error.http_status, Some(error));
        }
    }
    probe
}
