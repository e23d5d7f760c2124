//! One preview: a post that is made and edited by a task of its own.

use super::super::create::create;
use super::super::deliver::{Deliverer, root_id};
use super::super::lookup::Lookup;
use super::super::resolve::{NoPlace, place};
use super::super::retry::Retry;
use super::super::target::Target;
use super::show::Block;
use crate::account::Account;
use crate::directory::Server;
use crate::preview::{Pace, Step};
use crate::status::now_ms;
use crate::store::{Change, Delivery, DeliveryState, Journal};
use host_sdk::protocol::{Error, ErrorCode, Outbound};
use mattermost_client::model::Post;
use mattermost_client::{Client, NewPost, PostPatch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// A write that is under way when the answer comes is waited for; what takes longer is given up, and the preview is
/// replaced.
const GRACE: Duration = Duration::from_secs(5);
/// How often it is looked whether anything is still under way.
const LOOK: Duration = Duration::from_millis(20);
/// The longest that one write may take.
const WRITE: Duration = Duration::from_secs(15);

/// How a preview ended.
#[derive(Clone, Debug)]
pub(in super::super) enum Ended {
    /// It was never posted.
    Absent,
    /// It stands there, and nothing that was sent can change it any more.
    Posted {
        /// As the server answered last.
        post: Box<Post>,
        /// As it was made, so that it is known whom it woke.
        first: String,
    },
    /// It may stand there, or what was sent last may still change it: it must not become the answer.
    Doubtful {
        /// The channel, when that is known.
        channel_id: Option<String>,
        /// The post, when that is known.
        post_id: Option<String>,
    },
}

#[derive(Default)]
struct State {
    pace: Pace,
    closing: bool,
    /// The post, once it stands there.
    post_id: Option<String>,
}

/// A preview.
pub(in super::super) struct Draft {
    /// What the journal and its mark call it.
    pub(in super::super) id: String,
    /// How it is addressed.
    pub(super) message: Outbound,
    /// The account that speaks.
    pub(super) account_id: String,
    /// What stands above it.
    after: Option<Arc<Block>>,
    state: Mutex<State>,
    news: Notify,
    ended: watch::Sender<Option<Ended>>,
}

impl Draft {
    /// A preview that begins after `wait`, and when what was posted before it is there.
    pub(super) fn new(
        id: String,
        account_id: String,
        message: Outbound,
        after: Option<Arc<Block>>,
        wait: Duration,
    ) -> Self {
        let state = State { pace: Pace::new(Instant::now(), wait), ..State::default() };
        Self {
            id,
            message,
            account_id,
            after,
            state: Mutex::new(state),
            news: Notify::new(),
            ended: watch::Sender::new(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it should say.
    pub(super) fn want(&self, text: String, hurry: bool) {
        let mut state = self.state();
        if hurry {
            state.pace.hurry(Instant::now());
        }
        state.pace.want(text);
        drop(state);
        self.news.notify_one();
    }

    /// No more writes.
    pub(super) fn close(&self) {
        self.state().closing = true;
        self.news.notify_one();
    }

    async fn closed(&self) {
        while !self.state().closing {
            self.news.notified().await;
        }
    }

    /// The post that shows it, once there is one.
    pub(super) fn post_id(&self) -> Option<String> {
        self.state().post_id.clone()
    }

    /// Wait until it has ended. It must have been closed.
    pub(in super::super) async fn ended(&self) -> Ended {
        let mut ended = self.ended.subscribe();
        loop {
            if let Some(ended) = ended.borrow_and_update().clone() {
                return ended;
            }
            if ended.changed().await.is_err() {
                return Ended::Doubtful { channel_id: None, post_id: None };
            }
        }
    }

    /// The row of the journal that remembers it.
    fn row(&self, channel_id: &str, seq: u64) -> Change {
        let message = Outbound {
            target: format!("channel:{channel_id}"),
            text: String::new(),
            plan: Vec::new(),
            tool: None,
            ..self.message.clone()
        };
        Change::Deliver(Box::new(Delivery {
            account_id: self.account_id.clone(),
            id: self.id.clone(),
            seq,
            accepted_at: now_ms(),
            state: DeliveryState::Pending { message: Box::new(message), buttons: Vec::new() },
            replaces: None,
        }))
    }

    /// Write it until it is closed.
    pub(super) async fn write(
        self: Arc<Self>,
        deliverer: Arc<Deliverer>,
        journal: Option<Journal>,
        seq: u64,
    ) {
        // Whoever waits for the end must not wait for ever, whatever happens here.
        let ends = Ends(&self.ended);
        let mut writer = Writer {
            draft: &self,
            deliverer: &deliverer,
            journal,
            seq,
            ground: None,
            post: None,
            first: String::new(),
            doubtful: false,
        };
        let ended = writer.run().await;
        ends.0.send_replace(Some(ended));
    }
}

/// A writer that did not come to its end has left nobody knows what.
struct Ends<'a>(&'a watch::Sender<Option<Ended>>);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.send_if_modified(|ended| {
            let lost = ended.is_none();
            if lost {
                *ended = Some(Ended::Doubtful { channel_id: None, post_id: None });
            }
            lost
        });
    }
}

/// Where a preview stands.
struct Ground {
    account: Arc<Account>,
    client: Client,
    channel_id: String,
    root_id: Option<String>,
}

struct Writer<'a> {
    draft: &'a Draft,
    deliverer: &'a Deliverer,
    journal: Option<Journal>,
    seq: u64,
    ground: Option<Ground>,
    post: Option<Post>,
    first: String,
    doubtful: bool,
}

impl Writer<'_> {
    async fn run(&mut self) -> Ended {
        if let Some(above) = &self.draft.after {
            tokio::select! {
                () = above.over() => {}
                () = self.draft.closed() => {}
            }
        }
        loop {
            let news = self.draft.news.notified();
            let (closing, step) = {
                let state = self.draft.state();
                (state.closing, state.pace.step(Instant::now()))
            };
            match (closing, step) {
                (true, _) => return self.end(),
                (false, Step::Write(text)) => self.attempt(text).await,
                (false, Step::Wait(at)) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = news => {}
                },
                (false, Step::Rest) => news.await,
            }
        }
    }

    fn end(&mut self) -> Ended {
        let channel_id = self.ground.as_ref().map(|ground| ground.channel_id.clone());
        match self.post.take() {
            Some(post) if !self.doubtful => {
                Ended::Posted { post: Box::new(post), first: std::mem::take(&mut self.first) }
            }
            None if !self.doubtful => Ended::Absent,
            post => Ended::Doubtful { channel_id, post_id: post.map(|post| post.id) },
        }
    }

    /// Write once. When the preview is closed meanwhile, it is soon given up.
    async fn attempt(&mut self, text: String) {
        let draft = self.draft;
        let sent = AtomicBool::new(false);
        let closed = async {
            draft.closed().await;
            let until = Instant::now() + GRACE;
            while sent.load(Ordering::Relaxed) && Instant::now() < until {
                tokio::time::sleep(LOOK).await;
            }
        };
        let done = tokio::select! {
            done = self.write_once(&text, &sent) => Some(done),
            () = closed => None,
        };
        let now = Instant::now();
        let mut state = draft.state();
        match done {
            Some(Ok(())) => {
                state.pace.wrote(text, now);
                state.post_id = self.post.as_ref().map(|post| post.id.clone());
            }
            Some(Err(error)) => {
                tracing::debug!(account = %draft.account_id, "stream preview failed: {error}");
                if error.retryable {
                    state.pace.failed(now, error.retry_after_ms.map(Duration::from_millis));
                } else {
                    state.pace.give_up();
                }
            }
            None => self.doubtful |= sent.load(Ordering::Relaxed),
        }
    }

    async fn write_once(&mut self, text: &str, sent: &AtomicBool) -> Result<(), Error> {
        if self.ground.is_none() {
            self.ground = Some(self.find().await?);
        }
        let Some(ground) = &self.ground else { return Ok(()) };
        let brake = self.deliverer.brakes.of(ground.client.server().as_str());
        brake.ready().await;
        if let Some(post) = &self.post {
            sent.store(true, Ordering::Relaxed);
            let patch = PostPatch { message: Some(text.to_owned()), ..PostPatch::default() };
            let patched = timeout(WRITE, ground.client.patch_post(&post.id, &patch)).await;
            return match patched {
                Ok(Ok(patched)) => {
                    // An older one that was lost on the way may still come after this one.
                    self.post = Some(patched);
                    Ok(())
                }
                Ok(Err(error)) => {
                    brake.heed(&error);
                    self.doubtful |= error.outcome_is_unknown();
                    let mut told = crate::error::from_client(&error);
                    told.retryable |= error.outcome_is_unknown();
                    Err(told)
                }
                Err(_) => {
                    self.doubtful = true;
                    Err(slow())
                }
            };
        }
        let marks = self.deliverer.marks_for(&ground.client);
        let account_id = &self.draft.account_id;
        let post = NewPost {
            root_id: ground.root_id.clone().unwrap_or_default(),
            pending_post_id: marks.pending_post_id(account_id, &self.draft.id, 0),
            props: marks.props(account_id, &self.draft.id, (0, 1), &[]),
            ..NewPost::new(&ground.channel_id, text)
        };
        self.first = text.to_owned();
        let lookup = Lookup {
            client: &ground.client,
            brake: &brake,
            channel_id: &ground.channel_id,
            delivery: marks.delivery(account_id, &self.draft.id),
            author: ground.account.known_bot().map(|bot| bot.id),
            question: None,
            since: now_ms(),
        };
        let cancelled = || self.draft.state().closing;
        let mut retry = Retry::new(self.deliverer.role, self.deliverer.bell.clone(), &cancelled);
        match create(&lookup, &self.deliverer.echoes, &mut retry, &post, 0, sent).await {
            Ok(post) => {
                self.post = Some(post);
                Ok(())
            }
            Err(error) => {
                // It was tried for long, or the turn is over: whether it stands there is found out when it is removed.
                self.doubtful |= sent.load(Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// Find the channel and the thread, and write down that there will be a preview.
    async fn find(&self) -> Result<Ground, Error> {
        let message = &self.draft.message;
        let account = self.deliverer.accounts.get(message.account_id.as_deref())?;
        let server = Server::of(account, &self.deliverer.brakes)?;
        let target = Target::parse(&message.target)?;
        let never = || false;
        let retry = Retry::new(self.deliverer.role, self.deliverer.bell.clone(), &never);
        let channel_id = place(&server, &target, &retry).await.map_err(NoPlace::error)?.channel_id;
        let root_id = root_id(&server.client, message, &channel_id).await?;
        let Server { account, client, .. } = server;
        if let Some(journal) = &self.journal {
            journal.record(self.draft.row(&channel_id, self.seq)).await;
            // A crash must not leave a preview that nobody knows of.
            let _ = journal.flush().await;
        }
        Ok(Ground { account, client, channel_id, root_id })
    }
}

fn slow() -> Error {
    let mut error = Error::new(ErrorCode::Timeout, "the server did not answer in time");
    error.retryable = true;
    error
}
