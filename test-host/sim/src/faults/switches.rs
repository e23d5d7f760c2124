//! The switches.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Lines, document::Fault};

/// The fault switches of a server: a cheap handle, all of whose clones turn the same switches.
///
/// Any of them may be on together. Where two say something of the same request, the one nearer to the wire wins:
/// first what happens to TCP, then [`Faults::rate_limited`], [`Faults::errors`] and [`Faults::refuse_posts`].
/// The admin API is affected by none of them.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

/// What one request gets instead of being carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// A JSON error body with this status. A number that is no status counts as 500.
    Status(u16),
    /// 429 as the server's own rate limit answers it, with `Retry-After` in seconds.
    Limited(u64),
    /// No answer, for as long as the caller waits.
    Silence,
}

#[derive(Debug, Default)]
struct Shared {
    lines: Lines,
    switches: Mutex<Switches>,
}

#[derive(Debug, Default)]
struct Switches {
    drop_post_responses: u32,
    lose_files: u32,
    upload_errors: Vec<u16>,
    refuse_posts: Option<u16>,
    rate_limited: bool,
    errors: Vec<u16>,
    /// How many of the errors were answered.
    errors_told: usize,
    replica_lag: Duration,
    slow_posts: Duration,
    duplicate_events: bool,
    deaf: bool,
    /// By path.
    instead: HashMap<String, VecDeque<Instead>>,
}

impl Faults {
    fn switches(&self) -> MutexGuard<'_, Switches> {
        self.shared.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All TCP connections.
    pub(crate) fn lines(&self) -> &Lines {
        &self.shared.lines
    }

    /// Resets all TCP connections (RST), and while on each new one at once: nothing listens behind the address.
    ///
    /// The resume state of the WebSockets is kept. With the admin API on, a new connection is first given a quarter of
    /// a second to say that it wants that one.
    pub fn refuse(&self, on: bool) {
        self.shared.lines.refuse(on);
    }

    /// While on, no connection, HTTP or WebSocket, reads or writes anything more, and none is closed; new ones are
    /// accepted and silent too. A packet filter that drops everything looks like this.
    ///
    /// The server goes on as a real one would, which learns nothing of it: events for a silent WebSocket fill its
    /// queue, a request that was read is carried out, and what the server itself gives up sends no FIN. When switched
    /// off, every connection that was silent is reset.
    pub fn half_open(&self, on: bool) {
        self.shared.lines.half_open(on);
    }

    /// While on, nothing is read or written on any connection, old or new; afterwards each goes on where it was, and
    /// no byte is lost.
    ///
    /// The server's own deadlines run on: a WebSocket that could not write for 30 seconds is given up, which its
    /// client sees when the stall ends.
    pub fn stall(&self, on: bool) {
        self.shared.lines.stall(on);
    }

    /// The next `count` successful `POST /posts` are carried out, events included, and then the TCP connection is
    /// closed (FIN) instead of answering. A repetition that finds the post of its first try counts as well. Zero: off.
    ///
    /// The request log shows the status that would have been answered.
    pub fn drop_post_responses(&self, count: u32) {
        self.switches().drop_post_responses = count;
    }

    /// The next `count` posts with files are made without them, as by a server that fails to attach what was uploaded and
    /// only logs that. The files stay without a post. Zero: off.
    pub fn lose_files(&self, count: u32) {
        self.switches().lose_files = count;
    }

    /// The next uploads answer these statuses, one each, with a JSON error body, and store nothing. A number that is no
    /// status counts as 500.
    pub fn upload_errors(&self, statuses: &[u16]) {
        self.switches().upload_errors = statuses.to_vec();
    }

    /// While there is a status, `POST /posts` answers it with a JSON error body and does nothing, before it looks at
    /// anything of the request. A number that is no status counts as 500.
    pub fn refuse_posts(&self, status: Option<u16>) {
        self.switches().refuse_posts = status;
    }

    /// While on, every REST request and every WebSocket handshake answers 429 as the server's own rate limit does:
    /// plain text, `Retry-After: 1`, `X-RateLimit-*`. Open WebSockets are not concerned.
    ///
    /// The numbers are those of [`crate::Options::rate_limit`], or of a real server's defaults.
    pub fn rate_limited(&self, on: bool) {
        self.switches().rate_limited = on;
    }

    /// Every REST request answers the next of these statuses, the first again after the last, with a JSON error body,
    /// and does nothing. WebSocket handshakes are not concerned. Empty: off. A number that is no status counts as 500.
    pub fn errors(&self, statuses: &[u16]) {
        let mut switches = self.switches();
        switches.errors = statuses.to_vec();
        switches.errors_told = 0;
    }

    /// Reads come from a replica that is this far behind: pages of a channel, threads, `GET /posts/{id}`, pinned posts
    /// and `POST /posts/ids` do not have younger posts, `since=` lists no younger change, `after=` and `before=` do
    /// not know younger anchors, and channels show the `last_post_at` and message counts from before them. Zero: off.
    ///
    /// Writes (their own answers included) and WebSocket events are not affected. An edit or a deletion of a post that
    /// is shown shows at once.
    pub fn replica_lag(&self, lag: Duration) {
        self.switches().replica_lag = lag;
    }

    /// `POST /posts` stays in flight this long before the post is written, if [`crate::Options::post_latency`] is not
    /// longer. A caller who hangs up does not undo the post. Zero: off.
    pub fn slow_posts(&self, delay: Duration) {
        self.switches().slow_posts = delay;
    }

    /// While on, every `posted` event is sent twice to each connection, each with a number of its own.
    pub fn duplicate_events(&self, on: bool) {
        self.switches().duplicate_events = on;
    }

    /// While on, WebSockets stay open, answer pings and say `hello`, but no event reaches any of them, and none is
    /// queued for a resume: the numbers have no gap that would tell. What was queued before is still written.
    pub fn deaf(&self, on: bool) {
        self.switches().deaf = on;
    }

    /// The next requests to a path behind `/api/v4`, of any method, get these instead of being carried out, one each;
    /// those after them are carried out again. Empty: off. The admin API neither switches nor shows it.
    pub fn instead(&self, path: &str, answers: &[Instead]) {
        self.switches().instead.insert(path.to_owned(), answers.iter().copied().collect());
    }

    /// Switches everything off.
    pub fn clear(&self) {
        *self.switches() = Switches::default();
        self.refuse(false);
        self.half_open(false);
        self.stall(false);
    }

    /// What is on, as the documents that switch it on.
    pub(super) fn active(&self) -> Vec<Fault> {
        let (refuse, half_open, stall) = self.shared.lines.active();
        let switches = self.switches();
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        [
            (refuse, Fault::Refuse { on: true }),
            (half_open, Fault::HalfOpen { on: true }),
            (stall, Fault::Stall { on: true }),
            (
                switches.drop_post_responses > 0,
                Fault::DropPostResponses { count: switches.drop_post_responses },
            ),
            (switches.lose_files > 0, Fault::LoseFiles { count: switches.lose_files }),
            (
                !switches.upload_errors.is_empty(),
                Fault::UploadErrors { statuses: switches.upload_errors.clone() },
            ),
            (switches.refuse_posts.is_some(), Fault::RefusePosts { status: switches.refuse_posts }),
            (switches.rate_limited, Fault::RateLimited { on: true }),
            (!switches.errors.is_empty(), Fault::Errors { statuses: switches.errors.clone() }),
            (!switches.replica_lag.is_zero(), Fault::ReplicaLag { ms: ms(switches.replica_lag) }),
            (!switches.slow_posts.is_zero(), Fault::SlowPosts { ms: ms(switches.slow_posts) }),
            (switches.duplicate_events, Fault::DuplicateEvents { on: true }),
            (switches.deaf, Fault::Deaf { on: true }),
        ]
        .into_iter()
        .filter_map(|(on, fault)| on.then_some(fault))
        .collect()
    }

    /// Whether this request is to be refused by a rate limit.
    pub(crate) fn is_rate_limited(&self) -> bool {
        self.switches().rate_limited
    }

    /// The error that the next upload is to answer.
    pub(crate) fn next_upload_error(&self) -> Option<u16> {
        let mut switches = self.switches();
        (!switches.upload_errors.is_empty()).then(|| switches.upload_errors.remove(0))
    }

    /// Whether the post that is being made loses its files.
    pub(crate) fn takes_files(&self) -> bool {
        let mut switches = self.switches();
        let left = switches.lose_files.checked_sub(1);
        switches.lose_files = left.unwrap_or(0);
        left.is_some()
    }

    /// The error that the next REST request is to answer.
    pub(crate) fn next_error(&self) -> Option<u16> {
        let mut switches = self.switches();
        let status = switches.errors.get(switches.errors_told % switches.errors.len().max(1)).copied();
        switches.errors_told = switches.errors_told.wrapping_add(1);
        status
    }

    /// What the next request to a path gets instead of being carried out.
    pub(crate) fn next_instead(&self, path: &str) -> Option<Instead> {
        self.switches().instead.get_mut(path.strip_prefix("/api/v4")?)?.pop_front()
    }

    /// What a new post is refused with.
    pub(crate) fn post_refusal(&self) -> Option<u16> {
        self.switches().refuse_posts
    }

    /// Whether the answer of a post that was just written is to be dropped; counts it if so.
    pub(crate) fn takes_post_response(&self) -> bool {
        let mut switches = self.switches();
        let left = switches.drop_post_responses.checked_sub(1);
        switches.drop_post_responses = left.unwrap_or(0);
        left.is_some()
    }

    /// How far reads are behind.
    pub(crate) fn lag(&self) -> Duration {
        self.switches().replica_lag
    }

    /// How long a post stays in flight.
    pub(crate) fn post_delay(&self) -> Duration {
        self.switches().slow_posts
    }

    /// How often an event of this name is sent: none, one or two times.
    pub(crate) fn copies(&self, event: &str) -> usize {
        let switches = self.switches();
        match (switches.deaf, switches.duplicate_events && event == "posted") {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        }
    }
}
