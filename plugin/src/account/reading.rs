//! Reading what was missed: when, and what becomes of it.

use super::hearing::Hearing;
use crate::catchup::{CatchUp, Found};
use crate::intake::{Job, Ledger, Pass};
use crate::outbox::Mark;
use crate::status::now_ms;
use host_sdk::protocol::CatchUp as Progress;
use mattermost_client::Client;
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, Post};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// What answers may be behind what was asked: the lists are read again after these pauses.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8), Duration::from_secs(18)];
/// Nothing is behind by more. Milliseconds.
const LAG: i64 = 60_000;
/// How often what was heard is compared with the list of channels: a socket may answer pings and bring nothing.
const AUDIT_EVERY: Duration = Duration::from_secs(45);
/// A channel that could not be read so often (about half an hour) is given up.
const MOST_TRIES: u32 = 40;
/// What the socket has not told after this is not going to come. Milliseconds.
const OVERDUE: i64 = 5_000;
/// The same again for each so many channels: their list is long.
const AUDIT_CHANNELS: usize = 100;

/// Answers of the bot that were found while reading: the posts that they answer, by their marks.
#[derive(Debug, Default)]
struct Answered {
    parts: HashMap<String, BTreeSet<usize>>,
    whole: HashSet<String>,
}

impl Answered {
    fn note(&mut self, post: &Post) {
        let Some(mark) = Mark::of(post) else { return };
        let parts = self.parts.entry(mark.delivery.clone()).or_default();
        parts.insert(mark.part);
        if parts.len() >= mark.parts {
            self.parts.remove(&mark.delivery);
            self.whole.extend(mark.answers);
        }
    }
}

/// Reads for one account.
pub(super) struct Reading {
    catch_up: CatchUp,
    client: Client,
    progress: Progress,
    answered: Answered,
    /// What is read may have been heard by an earlier process.
    doubtful: bool,
    /// Readings that are going on.
    going_on: usize,
    /// Lists that were read again.
    again: usize,
    /// When the channels were listed first, by the server's clock.
    listed_at: i64,
    channels: usize,
    /// The audit found what the socket should have told.
    mute: bool,
    /// Channels that could not be read, and how often.
    owed: HashMap<String, (Job, u32)>,
    connected: bool,
}

impl Reading {
    pub(super) fn new(catch_up: CatchUp, client: Client, doubtful: bool) -> Self {
        Self {
            catch_up,
            client,
            progress: Progress::default(),
            answered: Answered::default(),
            doubtful,
            going_on: 0,
            again: 0,
            listed_at: 0,
            channels: 0,
            mute: false,
            owed: HashMap::new(),
            connected: false,
        }
    }

    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The connection is new: find out what was missed.
    pub(super) fn begin(&mut self, ledger: &mut Ledger) {
        self.catch_up.stop();
        (self.going_on, self.again) = (0, 0);
        self.answered = Answered::default();
        self.owed.clear();
        self.progress = Progress { running: true, started_at_ms: now_ms(), ..Progress::default() };
        self.catch_up.list(ledger.begin(), Pass::First, Duration::ZERO);
    }

    /// Something was found out. True when the progress is another one now.
    pub(super) async fn found(&mut self, found: Found, hearing: &mut Hearing<'_>) -> bool {
        match found {
            Found::Channels(pass, channels) => self.listed(pass, channels, hearing).await,
            Found::Posts(pass, job, posts) => self.posts(pass, &job, posts, hearing).await,
            Found::Read(job, Ok(skipped)) => {
                self.owed.remove(&job.channel.id);
                self.progress.skipped += skipped;
                self.read_to_its_end(&job, hearing).await;
            }
            Found::Read(job, Err(why)) => self.failed(&job, why, hearing).await,
            Found::Unlisted(why) => {
                self.progress.problem = Some(format!("the channels cannot be listed: {why}"));
                for posted in hearing.ledger.flow() {
                    hearing.offer(posted, false).await;
                }
            }
            Found::Edited(posts) => {
                for posted in posts {
                    if hearing.offer(posted, self.doubtful).await {
                        self.progress.messages += 1;
                    }
                }
            }
            Found::Done(pass) => self.done(pass, hearing).await,
            Found::Problem(problem) => self.progress.problem = problem,
        }
        true
    }

    async fn read_to_its_end(&mut self, job: &Job, hearing: &mut Hearing<'_>) {
        let after = hearing.ledger.read(job);
        hearing.moved(&job.channel.id);
        self.progress.channels_read += 1;
        if self.owed.is_empty() {
            self.progress.problem = None;
        }
        for posted in after.released {
            hearing.offer(posted, false).await;
        }
        if let Some(job) = after.again {
            self.progress.channels += 1;
            self.read(Pass::First, vec![job], None, hearing);
        }
    }

    /// A channel could not be read. It stays due, and nothing is taken as proven until it was, or is given up.
    async fn failed(&mut self, job: &Job, why: String, hearing: &mut Hearing<'_>) {
        let id = &job.channel.id;
        let (_, tries) = self.owed.entry(id.clone()).or_insert_with(|| (job.clone(), 0));
        *tries += 1;
        if *tries >= MOST_TRIES {
            tracing::error!(account = %hearing.id, channel = %id, "what was missed in this channel could not be read for a long time and is given up: {why}");
            self.owed.remove(id);
            self.progress.skipped += 1;
            return self.read_to_its_end(job, hearing).await;
        }
        if *tries == 1 {
            tracing::warn!(account = %hearing.id, channel = %id, "what was missed in this channel cannot be read, it is tried on: {why}");
        }
        self.progress.problem = Some(format!("channel {id} cannot be read: {why}"));
        for posted in hearing.ledger.fail(job) {
            hearing.offer(posted, false).await;
        }
    }

    /// Whether the socket is there: what was under way when it was lost is not known to anybody yet, so that nothing is
    /// compared or proven until a new one said whether something was missed.
    pub(super) fn connected(&mut self, connected: bool) {
        self.connected = connected;
    }

    async fn listed(&mut self, pass: Pass, channels: Vec<Channel>, hearing: &mut Hearing<'_>) {
        if pass == Pass::Audit && !self.connected {
            return self.catch_up.list(hearing.ledger.generation(), Pass::Audit, AUDIT_EVERY);
        }
        self.channels = channels.len();
        if self.owed.is_empty() {
            self.progress.problem = None;
        }
        let now = self.client.server_time().unwrap_or_else(now_ms);
        if pass == Pass::First {
            self.listed_at = now;
        }
        let (mut jobs, released) = hearing.ledger.listed(pass, &channels);
        let age = i64::try_from(self.catch_up.limits().age.as_millis()).unwrap_or(i64::MAX);
        let oldest = match pass {
            // What is older was there when it was read first.
            Pass::Again => self.listed_at - LAG,
            Pass::First | Pass::Audit => now.saturating_sub(age),
        };
        for job in jobs.iter_mut().filter(|job| job.from < oldest) {
            // Its anchor leads to what is not wanted.
            (job.from, job.anchor) = (oldest, String::new());
        }
        let owed = self.owed.values().map(|(job, _)| job);
        let due = owed.filter(|owed| jobs.iter().all(|job| job.channel.id != owed.channel.id));
        let due: Vec<Job> = due.cloned().collect();
        jobs.extend(due);
        for posted in released {
            hearing.offer(posted, false).await;
        }
        if pass == Pass::First {
            self.progress.channels += jobs.len() as u64;
        }
        let since = hearing.ledger.edits_since();
        let edited = (pass == Pass::First).then_some((since, channels));
        self.read(pass, jobs, edited, hearing);
    }

    fn read(
        &mut self,
        pass: Pass,
        jobs: Vec<Job>,
        edited: Option<(i64, Vec<Channel>)>,
        hearing: &Hearing<'_>,
    ) {
        self.going_on += 1;
        self.catch_up.read(hearing.ledger.generation(), pass, jobs, edited);
    }

    async fn posts(&mut self, pass: Pass, job: &Job, mut posts: Vec<Posted>, hearing: &mut Hearing<'_>) {
        self.progress.posts += posts.len() as u64;
        if job.newcomer
            && let Some(joined) = posts.iter().rposition(|posted| is_joining(posted, hearing))
        {
            // What was said before the bot came is not for it.
            posts.drain(..=joined);
        }
        let marks = hearing.outbox().marks().filter(|_| self.doubtful);
        for posted in &posts {
            if !hearing.is_own(posted) {
                continue;
            }
            if marks.is_some() {
                // Nobody looks at them otherwise, and while connections keep breaking they are all that was ever answered.
                self.answered.note(&posted.post);
            }
            hearing.own(posted).await;
        }
        for posted in posts {
            hearing.ledger.see(&posted.post);
            let answer = marks.as_ref().map(|marks| marks.answer(&hearing.id, &posted.post.id));
            if answer.is_some_and(|answer| self.answered.whole.contains(&answer)) {
                hearing.pass_over(posted.post.id).await;
                continue;
            }
            // What the socket of this process told as well is new.
            let doubtful = self.doubtful && !hearing.ledger.holds(&posted.post.id);
            let overdue = self.client.server_time().is_some_and(|now| posted.post.create_at < now - OVERDUE);
            if hearing.offer(posted, doubtful).await {
                self.progress.messages += 1;
                self.mute |= pass == Pass::Audit && overdue;
            }
        }
    }

    async fn done(&mut self, pass: Pass, hearing: &mut Hearing<'_>) {
        self.going_on = self.going_on.saturating_sub(1);
        if self.going_on > 0 {
            return;
        }
        if pass == Pass::First {
            self.progress.running = false;
            self.progress.finished_at_ms = Some(now_ms());
            let Progress { channels, posts, messages, .. } = self.progress;
            tracing::info!(account = %hearing.id, channels, posts, messages, "caught up");
        }
        let generation = hearing.ledger.generation();
        match AGAIN.get(self.again) {
            Some(pause) if pass != Pass::Audit => {
                self.again += 1;
                self.catch_up.list(generation, Pass::Again, *pause);
            }
            _ => {
                if self.owed.is_empty() && (self.connected || pass != Pass::Audit) {
                    hearing.settle().await;
                    self.answered = Answered::default();
                    // From here on everything that is new was made in this process's time.
                    self.doubtful = false;
                }
                if std::mem::take(&mut self.mute) {
                    tracing::warn!(account = %hearing.id, "the socket did not tell of posts that the server has; connecting anew");
                    hearing.reconnect();
                }
                let times = 1 + u32::try_from(self.channels / AUDIT_CHANNELS).unwrap_or(u32::MAX);
                let every = AUDIT_EVERY.saturating_mul(times);
                // Catching up has taken its time already.
                let spent = if pass == Pass::Audit { Duration::ZERO } else { AGAIN.iter().sum() };
                self.catch_up.list(generation, Pass::Audit, every.saturating_sub(spent));
            }
        }
    }

    /// The socket told of an edit. It says nothing of the channel, so that is asked for; one that was given to the host
    /// before is not given again.
    pub(super) fn edited(&mut self, post: Post, hearing: &Hearing<'_>) {
        if post.edit_at <= 0 || !hearing.may_wake(&post) || hearing.ledger.has_taken(&post.id) {
            return;
        }
        self.catch_up.edited(hearing.ledger.generation(), post);
    }
}

/// The server's remark that the bot came into the channel.
fn is_joining(posted: &Posted, hearing: &Hearing<'_>) -> bool {
    let post = &posted.post;
    match post.type_.as_str() {
        "system_join_channel" => hearing.is_own(posted),
        "system_add_to_channel" => {
            post.props.get("addedUserId").and_then(|id| id.as_str()).is_some_and(|id| hearing.is_bot(id))
        }
        _ => false,
    }
}
