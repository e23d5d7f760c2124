//! Which posts of an account have been heard, and what must be read because it may have been missed.
//!
//! No clock, no network: connections, lists and pages go in, what to read and what to take comes out. Time is the
//! server's, as the posts carry it.

use super::held::Held;
use super::progress::{OVERLAP, Progress};
use super::seen::Seen;
use crate::store::{AccountMark, Change, ChannelMark, Snapshot};
use mattermost_client::event::Posted;
use mattermost_client::model::{Channel, ChannelType, Post};
use std::collections::{HashMap, HashSet};

/// Posts that are remembered per account.
const SEEN_LIMIT: usize = 20_000;

/// One look at the list of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The first after a connection that may have missed something: posts that come meanwhile wait for what is older.
    First,
    /// A later one, because what answered the first may have been behind: a database replica, a node of a cluster.
    Again,
    /// From time to time: a connection that looks fine may still bring nothing.
    Audit,
}

/// A channel that has to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The channel.
    pub channel: Channel,
    /// A post to begin after; empty when none is known.
    pub anchor: String,
    /// Older posts are not wanted. Milliseconds since 1970 by the server's clock.
    pub from: i64,
    /// The account may have joined it meanwhile: what was posted before is not for it.
    pub newcomer: bool,
    /// The channel's newest post when it was listed.
    pub until: i64,
}

/// What follows from the end of a reading.
#[derive(Debug, Default)]
pub struct AfterReading {
    /// Posts that had to wait for it, in the order in which they came.
    pub released: Vec<Posted>,
    /// It has to be read once more: too many posts came meanwhile to keep them all.
    pub again: Option<Job>,
}

/// The server's remarks that it does not count among a channel's posts.
fn is_coming_or_going(post: &Post) -> bool {
    matches!(
        post.type_.as_str(),
        "system_join_leave"
            | "system_join_channel"
            | "system_leave_channel"
            | "system_join_team"
            | "system_leave_team"
            | "system_add_to_channel"
            | "system_remove_from_channel"
            | "system_add_to_team"
            | "system_remove_from_team"
    )
}

#[derive(Debug)]
enum Stage {
    /// It is not known which channels have news: everything waits.
    Waiting,
    /// These have, and are being read; what comes in them waits.
    Reading(HashSet<String>),
    /// Nothing waits.
    Flowing,
}

/// What an account has heard.
#[derive(Debug)]
pub struct Ledger {
    mark: AccountMark,
    channels: HashMap<String, Progress>,
    seen: Seen,
    held: Held,
    stage: Stage,
    generation: u64,
    /// Nothing is missing: marks may move.
    settled: bool,
    newest_at: i64,
    /// Up to here the last list and what was read since leave nothing open, in any channel.
    horizon: i64,
    /// The channels were listed before.
    listed: bool,
    /// What is from later is from the future.
    ceiling: i64,
}

/// A post that is so much newer than now is from the future. Milliseconds.
const AHEAD: i64 = 10_000;

impl Ledger {
    /// As it was stored.
    #[must_use]
    pub fn new(snapshot: &Snapshot, now: Option<i64>) -> Self {
        let ceiling = now.map_or(i64::MAX / 2, |now| now.saturating_add(AHEAD));
        let mut seen = Seen::new(SEEN_LIMIT);
        for id in snapshot.done.iter().chain(snapshot.open.iter().flat_map(|open| &open.posts)) {
            seen.insert(id);
        }
        let channels = snapshot
            .channels
            .iter()
            .map(|(id, mark)| (id.clone(), Progress::new(mark.clone().not_after(ceiling))))
            .collect();
        let mark = snapshot.mark.unwrap_or_default();
        let (proven_at, born_at) = (mark.proven_at.min(ceiling), mark.born_at.min(ceiling));
        let mark = AccountMark { proven_at, born_at };
        Self {
            mark,
            channels,
            seen,
            held: Held::default(),
            stage: Stage::Waiting,
            generation: 0,
            settled: false,
            newest_at: mark.proven_at,
            horizon: mark.proven_at,
            listed: false,
            ceiling,
        }
    }

    /// It is `now` by the server's clock, in milliseconds since 1970. Posts can be given any time by imports and bridges:
    /// one from the future says nothing about what was heard.
    pub fn clock(&mut self, now: i64) {
        self.ceiling = now.saturating_add(AHEAD);
    }

    /// The marks of an account that runs for the first time: what was posted before is not for it.
    #[must_use]
    pub fn first_marks(account_id: &str, channels: &[Channel], now: i64) -> Vec<Change> {
        let ceiling = now.saturating_add(AHEAD);
        let times = channels.iter().map(|channel| channel.last_post_at);
        let newest = times.filter(|at| (1..=ceiling).contains(at)).max();
        let born_at = newest.unwrap_or(now);
        let mut changes: Vec<Change> = channels
            .iter()
            .map(|channel| Change::MarkChannel {
                account_id: account_id.to_owned(),
                channel_id: channel.id.clone(),
                mark: ChannelMark {
                    frontier_at: channel.last_post_at.min(ceiling),
                    ..ChannelMark::default()
                },
            })
            .collect();
        let mark = AccountMark { proven_at: born_at, born_at };
        changes.push(Change::MarkAccount { account_id: account_id.to_owned(), mark });
        changes
    }

    /// The marks of an account whose marks were lost, but which had heard everything up to `at`, in milliseconds since
    /// 1970.
    #[must_use]
    pub fn marks_since(account_id: &str, at: i64) -> Vec<Change> {
        let mark = AccountMark { proven_at: at, born_at: at };
        vec![Change::MarkAccount { account_id: account_id.to_owned(), mark }]
    }

    /// Events may have been missed. What is told of earlier generations does not count any more.
    pub fn begin(&mut self) -> u64 {
        self.generation += 1;
        self.stage = Stage::Waiting;
        self.settled = false;
        self.generation
    }

    /// The current generation.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether posts of this channel wait until it was read.
    fn waits(&self, channel_id: &str) -> bool {
        match &self.stage {
            Stage::Waiting => true,
            Stage::Reading(channels) => channels.contains(channel_id),
            Stage::Flowing => false,
        }
    }

    /// A post came over the socket. It is given back when its time is now, else kept.
    pub fn live(&mut self, posted: Posted) -> Option<Posted> {
        if self.waits(&posted.post.channel_id) {
            self.held.keep(posted);
            return None;
        }
        self.see(&posted.post);
        Some(posted)
    }

    /// Whether a post came over the socket and waits.
    #[must_use]
    pub fn holds(&self, post_id: &str) -> bool {
        self.held.has(post_id)
    }

    /// A post was heard or read.
    pub fn see(&mut self, post: &Post) {
        let progress = self.channels.entry(post.channel_id.clone()).or_default();
        if post.create_at <= self.ceiling {
            self.newest_at = self.newest_at.max(post.create_at);
            progress.see(post.create_at, &post.id);
        }
        if !is_coming_or_going(post) {
            progress.count(&post.id);
        }
    }

    /// Take a post for the host. False when it was taken before.
    pub fn take(&mut self, post_id: &str) -> bool {
        self.seen.insert(post_id)
    }

    /// Whether a post was taken.
    #[must_use]
    pub fn has_taken(&self, post_id: &str) -> bool {
        self.seen.contains(post_id)
    }

    /// The channels as they are now. Those that have to be read, and the posts that need not wait any more.
    pub fn listed(&mut self, pass: Pass, channels: &[Channel]) -> (Vec<Job>, Vec<Posted>) {
        let ceiling = self.ceiling;
        let earlier = self.listed.then_some(self.horizon);
        self.listed = true;
        let times = channels.iter().map(|channel| channel.last_post_at);
        self.horizon = times.filter(|at| *at <= ceiling).max().unwrap_or_default();
        let mut jobs = Vec::new();
        for channel in channels {
            let has_news = self.has_news(pass, channel) || self.held.has_lost(&channel.id);
            let progress = self.channels.entry(channel.id.clone()).or_default();
            let missed = progress.listed(channel.total_msg_count, channel.last_post_at, earlier);
            let missed = missed.filter(|_| pass == Pass::Audit);
            if has_news || missed.is_some() {
                let mut job = self.job(pass, channel.clone());
                if let Some(since) =
                    missed.map(|at| at.saturating_sub(OVERLAP)).filter(|since| *since < job.from)
                {
                    // What came later was heard, and moved the mark.
                    (job.from, job.anchor) = (since.max(self.mark.born_at + 1), String::new());
                }
                jobs.push(job);
            }
        }
        if pass == Pass::Audit && !jobs.is_empty() {
            // The socket may bring nothing any more: what is read in one channel proves nothing for the others.
            self.settled = false;
        }
        if pass != Pass::First {
            return (jobs, Vec::new());
        }
        let reading: HashSet<String> = jobs.iter().map(|job| job.channel.id.clone()).collect();
        for quiet in channels.iter().filter(|channel| !reading.contains(&channel.id)) {
            self.channels.entry(quiet.id.clone()).or_default().reach(quiet.last_post_at.min(ceiling));
        }
        self.stage = if reading.is_empty() { Stage::Flowing } else { Stage::Reading(reading) };
        let released = self.release();
        (jobs, released)
    }

    fn has_news(&self, pass: Pass, channel: &Channel) -> bool {
        let at = channel.last_post_at;
        match pass {
            // Posts of the same moment as the last one that was heard, and those around it that a cluster may have told
            // in another order, do not show in this time.
            Pass::First | Pass::Again => {
                at > self.mark.born_at
                    && (at > self.floor(&channel.id) || at >= self.mark.proven_at - OVERLAP)
            }
            // By what was heard in this very channel: others may be in order.
            Pass::Audit => {
                at > self.mark.born_at && at > self.channels.get(&channel.id).map_or(0, Progress::newest_at)
            }
        }
    }

    /// Everything up to here is proven.
    fn floor(&self, channel_id: &str) -> i64 {
        let own = self.channels.get(channel_id).map_or(0, |progress| progress.mark().frontier_at);
        own.max(self.mark.proven_at)
    }

    fn job(&self, pass: Pass, channel: Channel) -> Job {
        let progress = self.channels.get(&channel.id);
        let floor = match pass {
            Pass::First | Pass::Again => self.floor(&channel.id),
            Pass::Audit => progress.map_or(0, |progress| progress.mark().frontier_at),
        };
        let from = (floor - OVERLAP).max(self.mark.born_at + 1);
        Job {
            anchor: progress.map(|progress| progress.mark().anchor_id.clone()).unwrap_or_default(),
            from,
            // Until a mark says how far it is, whatever was heard in it so far.
            newcomer: progress.is_none_or(|progress| progress.mark().frontier_at == 0)
                && !matches!(channel.channel_type, ChannelType::Direct | ChannelType::Group),
            until: channel.last_post_at.min(self.ceiling),
            channel,
        }
    }

    /// A channel was read to its end.
    pub fn read(&mut self, job: &Job) -> AfterReading {
        let id = &job.channel.id;
        let progress = self.channels.entry(id.clone()).or_default();
        if progress.finish(job.until) {
            self.newest_at = self.newest_at.max(job.until);
        } else {
            self.horizon = self.horizon.min(progress.newest_at());
        }
        let Stage::Reading(channels) = &mut self.stage else { return AfterReading::default() };
        if !channels.contains(id) {
            return AfterReading::default();
        }
        if self.held.forgive(id) {
            return AfterReading { released: Vec::new(), again: Some(job.clone()) };
        }
        channels.remove(id);
        if channels.is_empty() {
            self.stage = Stage::Flowing;
        }
        AfterReading { released: self.release(), again: None }
    }

    /// A channel cannot be read at the moment: nothing waits for it any longer, and nothing of it is proven.
    pub fn fail(&mut self, job: &Job) -> Vec<Posted> {
        self.settled = false;
        let Stage::Reading(channels) = &mut self.stage else { return Vec::new() };
        channels.remove(&job.channel.id);
        if channels.is_empty() {
            self.stage = Stage::Flowing;
        }
        self.release()
    }

    /// The channels cannot be listed at the moment: nothing waits for that any longer, and nothing is proven.
    pub fn flow(&mut self) -> Vec<Posted> {
        self.settled = false;
        if matches!(self.stage, Stage::Waiting) {
            self.stage = Stage::Flowing;
        }
        self.release()
    }

    /// Everything that waits and need not any more.
    fn release(&mut self) -> Vec<Posted> {
        let mut held = std::mem::take(&mut self.held);
        let released = held.release(|channel_id| !self.waits(channel_id));
        self.held = held;
        for posted in &released {
            self.see(&posted.post);
        }
        released
    }

    /// Nothing can be missing any more: what was heard is proven.
    pub fn settle(&mut self, account_id: &str) -> Vec<Change> {
        self.settled = true;
        // What is newer was heard in some channels, and will be proven by what the socket brings next.
        let newest_at = self.channels.values().map(Progress::newest_at).max().unwrap_or_default();
        self.newest_at = newest_at.min(self.horizon).max(self.mark.proven_at);
        let mut changes = Vec::new();
        for (channel_id, progress) in &mut self.channels {
            changes.extend(progress.prove().map(|mark| Change::MarkChannel {
                account_id: account_id.to_owned(),
                channel_id: channel_id.clone(),
                mark,
            }));
        }
        changes.extend(self.mark_account(account_id));
        changes
    }

    /// How far it is now, after something was heard in a channel.
    pub fn marks(&mut self, account_id: &str, channel_id: &str) -> Vec<Change> {
        if !self.settled {
            return Vec::new();
        }
        let mark = self.channels.get_mut(channel_id).and_then(Progress::prove);
        let channel = mark.map(|mark| Change::MarkChannel {
            account_id: account_id.to_owned(),
            channel_id: channel_id.to_owned(),
            mark,
        });
        channel.into_iter().chain(self.mark_account(account_id)).collect()
    }

    fn mark_account(&mut self, account_id: &str) -> Option<Change> {
        if self.newest_at <= self.mark.proven_at {
            return None;
        }
        self.mark.proven_at = self.newest_at;
        Some(Change::MarkAccount { account_id: account_id.to_owned(), mark: self.mark })
    }

    /// Edits since this time may have been missed, by the server's clock.
    #[must_use]
    pub fn edits_since(&self) -> i64 {
        (self.mark.proven_at - OVERLAP).max(self.mark.born_at)
    }
}
