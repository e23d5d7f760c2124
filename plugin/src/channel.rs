//! The glue between the ABI and the channel: each request to the part that serves it.

use crate::account::{self, Accounts, Deps, Media, Questions, Tuning};
use crate::acks::Acks;
use crate::actions::Actions;
use crate::brake::Brakes;
use crate::callbacks::Urls;
use crate::config::{ChannelConfig, Env};
use crate::directory::Desk;
use crate::gate::Commands;
use crate::intake::Unsettled;
use crate::interactive::{Claims, Clicks, Door, People};
use crate::outbox::{Outbox, Parts, Roots};
use crate::sequence::Sequence;
use crate::slash::{Calls, Slash};
use crate::status::StatusBook;
use crate::store::{Journal, Note, Opened, Retention};
use crate::turns::Turns;
use host_sdk::plugin::{Channel, Context, Responder};
use host_sdk::protocol::{
    AccountStatus, ChannelStatus, ConfigUpdate, ConfigUpdated, Error, ErrorCode, HandleRequest, Init,
    Outbound, QueryRequest, Refuse, Role, TurnEnd,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a probe waits for the server unless the host says otherwise.
const PROBE_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long the journal may take to write the rest at shutdown.
const JOURNAL_CLOSES: Duration = Duration::from_secs(2);

/// The Mattermost channel.
pub struct Mattermost {
    context: Context,
    accounts: Arc<Accounts>,
    book: Arc<StatusBook>,
    outbox: Outbox,
    directory: Desk,
    /// What is done with messages that stand already.
    actions: Actions,
    /// The host's text commands.
    commands: Arc<Commands>,
    /// The environment that the configuration may refer to.
    env: Env,
    /// What running accounts need; `None` for a process that only sends or asks.
    gateway: Option<Deps>,
    /// Where the server calls this host.
    urls: Urls,
    /// Where the host hands HTTP requests over; `None` where nothing runs.
    door: Option<Door>,
}

impl Channel for Mattermost {
    const ID: &'static str = "mattermost";
    const NAME: &'static str = "Mattermost";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn query(request: QueryRequest) -> Result<serde_json::Value, Error> {
        crate::query::answer(request)
    }

    fn open(context: Context, init: Init) -> Result<Self, Error> {
        let env = Env::from(init.env);
        let config = ChannelConfig::read(&init.config, &env)?;
        hide_tokens(&context, &config);
        if init.role == Role::Gateway {
            for warning in &config.warnings {
                tracing::warn!("{warning}");
            }
        }
        let book =
            Arc::new(StatusBook::new(config.accounts.iter().map(crate::config::AccountConfig::status)));
        let tuning = Arc::new(Tuning::new(config.catch_up, config.debounce));
        let media = Arc::new(Media::new(init.state_dir.as_deref()));
        let commands = Arc::new(init.commands.map_or_else(Commands::default, Commands::new));
        let accounts = Arc::new(Accounts::new(config));
        let opened = match init.role {
            Role::Gateway => Some(open_journal(init.state_dir.as_deref())?),
            Role::Client => None,
        };
        let urls = Urls::new(init.gateway.port);
        let (unsettled, brakes) = (Unsettled::default(), Arc::new(Brakes::default()));
        let sequence = Arc::new(Sequence::default());
        // What is fetched to be sent on may be large: not where the memory is, if there is a disk of ours.
        let spool = match &init.state_dir {
            Some(dir) => dir.join("media").join("outbound"),
            None => std::env::temp_dir(),
        };
        // Without a state directory they are where other users of this machine could put something else.
        let received = init.state_dir.as_ref().map(|_| media.folder());
        let directory = Desk { accounts: accounts.clone(), brakes: brakes.clone() };
        let outbox = Outbox::new(Parts {
            role: init.role,
            roots: Roots::new(init.role, init.media_roots, received),
            spool,
            context: context.clone(),
            accounts: accounts.clone(),
            book: book.clone(),
            unsettled: unsettled.clone(),
            brakes: brakes.clone(),
            sequence: sequence.clone(),
            urls,
            journal: opened.as_ref().map(|(journal, _)| journal.clone()),
        });
        let actions = Actions::new(context.clone(), accounts.clone(), brakes.clone());
        let gateway = opened.map(|(journal, damaged_at)| {
            let acks = Acks::new(context.clone(), brakes.clone());
            let turns =
                Turns { context: context.clone(), journal, unsettled, sequence, book: book.clone(), acks };
            Deps {
                context: context.clone(),
                book: book.clone(),
                turns,
                outbox: outbox.clone(),
                brakes,
                tuning,
                questions: Questions::default(),
                claims: Claims::default(),
                slash: Slash::default(),
                urls,
                media,
                commands: commands.clone(),
                damaged_at,
            }
        });
        let door = gateway.as_ref().map(|deps| {
            watch_journal(deps);
            clean_media(deps);
            let people = People::new(deps.brakes.clone());
            let clicks = Clicks::new(deps.clone(), people.clone());
            let calls = Calls::new(deps.clone(), accounts.clone(), people);
            Door::new(deps.clone(), accounts.clone(), clicks, calls)
        });
        if let Some(door) = &door {
            door.announce();
        }
        Ok(Self { context, accounts, book, outbox, directory, actions, commands, env, gateway, urls, door })
    }

    fn handle(&self, request: HandleRequest, responder: Responder) {
        match request {
            HandleRequest::AccountStart(which) => {
                responder.complete(self.start(which.account_id.as_deref()));
            }
            HandleRequest::AccountStop(which) => {
                let stopping = self.accounts.stop(which.account_id.as_deref());
                self.context.spawn_request(responder, async move {
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
                    default_account_id: self.accounts.default_id(),
                    accounts,
                });
                responder.complete(status);
            }
            HandleRequest::StatusProbe(which) => {
                let accounts = self.accounts.clone();
                let timeout = which.timeout_ms.map_or(PROBE_TIMEOUT, Duration::from_millis);
                self.context.spawn_request(responder, async move {
                    let mut probes = Vec::new();
                    for account in accounts.select(which.account_id.as_deref())? {
                        probes.push(account::probe(&account, timeout).await);
                    }
                    Ok(probes)
                });
            }
            HandleRequest::InboundAck(done) => {
                let settled = self.turns().is_some_and(|turns| turns.acknowledge(&done.event_id));
                self.end_turn_of(&done.event_id);
                responder.complete(Ok(serde_json::json!({ "settled": settled })));
            }
            HandleRequest::InboundNack(refused) => {
                let Refuse { event_id, reason, give_up } = refused;
                let settled = self.turns().is_some_and(|turns| turns.refuse(&event_id, &reason, give_up));
                self.end_turn_of(&event_id);
                responder.complete(Ok(serde_json::json!({ "settled": settled })));
            }
            HandleRequest::DeliveryReconcile(which) => {
                let (outbox, accounts) = (self.outbox.clone(), self.accounts.clone());
                self.context.spawn_request(responder, async move {
                    let account = accounts.get(which.account_id.as_deref())?;
                    outbox.reconcile(&account.config.id, &which.delivery_id).await
                });
            }
            HandleRequest::HostReply(reply) => {
                let questions = self.gateway.as_ref().map(|deps| &deps.questions);
                let taken = questions.is_some_and(|open| open.answer(&reply.request_id, reply.answer));
                responder.complete(Ok(serde_json::json!({ "taken": taken })));
            }
            HandleRequest::ConfigUpdate(ConfigUpdate { config }) => {
                responder.complete(self.update(&config));
            }
            HandleRequest::PairingApproved(who) => match self.accounts.get(who.account_id.as_deref()) {
                Ok(account) => {
                    self.outbox.submit(account::approved(&account.config.id, &who.sender_id), responder);
                }
                Err(error) => responder.complete::<()>(Err(error)),
            },
            HandleRequest::HttpRequest(request) => match self.door.clone() {
                Some(door) => {
                    self.context.spawn_request(responder, async move { Ok(door.serve(request).await) });
                }
                None => responder.complete::<()>(Err(no_accounts())),
            },
            HandleRequest::TurnEnd(TurnEnd { account_id, turn_id }) => {
                let account = self.accounts.get(account_id.as_deref());
                let ended = account.map(|account| self.outbox.end_turn(&account.config.id, &turn_id));
                responder.complete(ended.map(|ended| serde_json::json!({ "ended": ended })));
            }
            HandleRequest::InboundExplain(which) => {
                let (accounts, gateway) = (self.accounts.clone(), self.gateway.clone());
                let commands = self.commands.clone();
                self.context.spawn_request(responder, async move {
                    let account = accounts.get(which.account_id.as_deref())?;
                    account::explain(&account, gateway.as_ref(), commands, &which.message_id).await
                });
            }
            HandleRequest::AccountDoctor(which) => {
                let (accounts, urls) = (self.accounts.clone(), self.urls);
                self.context.spawn_request(responder, async move {
                    let mut findings = Vec::new();
                    for account in accounts.select(which.account_id.as_deref())? {
                        findings.extend(account::doctor(&account, urls).await);
                    }
                    Ok(findings)
                });
            }
            request @ (HandleRequest::DirectorySelf(_)
            | HandleRequest::DirectoryPeers(_)
            | HandleRequest::DirectoryGroups(_)
            | HandleRequest::DirectoryMembers(_)
            | HandleRequest::TargetsResolve(_)) => {
                let directory = self.directory.clone();
                self.context.spawn_request(responder, async move { directory.answer(request).await });
            }
            other => self.actions.handle(other, responder),
        }
    }

    fn send(&self, message: Outbound, responder: Responder) {
        self.outbox.submit(message, responder);
    }

    async fn shutdown(&self) {
        if let Ok(stopping) = self.accounts.stop(None) {
            stopping.ended().await;
        }
        // What was accepted goes out now, or stays in the journal; the host's time limit bounds the wait.
        self.outbox.finish().await;
        if let Some(turns) = self.turns() {
            turns.journal.close(JOURNAL_CLOSES).await;
        }
    }
}

impl Mattermost {
    fn turns(&self) -> Option<&Turns> {
        self.gateway.as_ref().map(|deps| &deps.turns)
    }

    /// The host is done with an event: nothing shows any more that it is being worked on.
    fn end_turn_of(&self, event_id: &str) {
        if let Some((account_id, _)) = event_id.rsplit_once(':') {
            self.outbox.end_turn(account_id, event_id);
        }
    }

    fn start(&self, account_id: Option<&str>) -> Result<serde_json::Value, Error> {
        let Some(deps) = &self.gateway else {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "an instance with the role \"client\" does not run accounts; use the role \"gateway\"",
            ));
        };
        let started = self.accounts.start(account_id, deps)?;
        Ok(serde_json::json!({ "accounts": started }))
    }

    fn update(&self, config: &serde_json::Value) -> Result<ConfigUpdated, Error> {
        let Some(deps) = &self.gateway else {
            return Err(no_accounts());
        };
        let config = ChannelConfig::read(config, &self.env)?;
        hide_tokens(&self.context, &config);
        let updated = self.accounts.update(config, deps);
        if let Some(door) = &self.door {
            door.announce();
        }
        Ok(updated)
    }

    fn statuses(&self, account_id: Option<&str>) -> Result<Vec<AccountStatus>, Error> {
        let id = account_id.map(|id| self.accounts.get(Some(id))).transpose()?;
        let mut statuses = self.book.list(id.as_ref().map(|account| account.config.id.as_str()));
        for status in &mut statuses {
            status.unsettled = self.turns().map_or(0, |turns| turns.unsettled.count(&status.account_id));
        }
        Ok(statuses)
    }
}

fn no_accounts() -> Error {
    Error::new(ErrorCode::Forbidden, "an instance with the role \"client\" runs no accounts")
}

fn hide_tokens(context: &Context, config: &ChannelConfig) {
    for token in config.accounts.iter().filter_map(|account| account.token.as_ref()) {
        context.redactor().add(token.expose());
    }
}

/// The journal of a gateway's state directory; also, when a journal that had to be set aside was written last.
fn open_journal(state_dir: Option<&Path>) -> Result<(Journal, Option<i64>), Error> {
    let Opened { journal, notes } = Journal::open(state_dir, Retention::default())
        .map_err(|error| Error::new(ErrorCode::Config, error.to_string()).at("state_dir"))?;
    if state_dir.is_none() {
        tracing::warn!("no state_dir was given: what is in work when the process ends is not taken up again");
    }
    let mut damaged_at = None;
    for note in notes {
        match note {
            Note::SetAside { path, reason, last_written } => {
                tracing::error!(
                    "the journal was damaged ({reason}); it is kept as {} and a new one was begun. What was posted \
                     since it was written last is read again, and what was answered is recognised by the answers",
                    path.display()
                );
                damaged_at = last_written;
            }
            Note::KeySetAside { path, reason } => tracing::error!(
                "the key of the deliveries was damaged ({reason}); it is kept as {} and a new one was made. Answers of \
                 before are not recognised any more",
                path.display()
            ),
        }
    }
    Ok((journal, damaged_at))
}

/// Remove the files of messages that are long over, every day.
fn clean_media(deps: &Deps) {
    let (context, media) = (deps.context.clone(), deps.media.clone());
    deps.context.spawn(async move {
        loop {
            let media = media.clone();
            // A fault of it is logged, and tried again the next day.
            let _ = context.runtime().spawn_blocking(move || media.clean()).await;
            tokio::time::sleep(Duration::from_secs(24 * 60 * 60)).await;
        }
    });
}

/// Tell of a journal that cannot be written.
fn watch_journal(deps: &Deps) {
    let mut problems = deps.turns.journal.watch_problem();
    let deps = deps.clone();
    let context = deps.context.clone();
    context.spawn(async move {
        while problems.changed().await.is_ok() {
            let problem = problems.borrow_and_update().clone();
            match &problem {
                Some(problem) => {
                    tracing::error!("the journal cannot be written, nothing is lost yet: {problem}");
                }
                None => tracing::info!("the journal can be written again"),
            }
            for account in deps.book.list(None) {
                let problem = problem.clone();
                deps.change(&account.account_id, |status| status.journal_problem = problem).await;
            }
        }
    });
}
