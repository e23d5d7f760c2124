//! The switches.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::sync::watch;

use crate::{
    schedule::Fault,
    stats::{Counters, Stats},
};

/// What holds for all connections at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    pub(crate) refuse: bool,
    pub(crate) half_open: bool,
    pub(crate) stall: bool,
    pub(crate) split: bool,
    pub(crate) throttle: Option<u32>,
    pub(crate) refuse_posts: bool,
    /// Counts how often everything that was open was closed.
    pub(crate) cuts: u64,
    /// Counts how often everything that was open was reset.
    pub(crate) resets: u64,
}

impl Weather {
    /// Whether bytes pass.
    pub(crate) fn flows(&self) -> bool {
        !self.half_open && !self.stall
    }
}

/// What the proxy, its connections and its controls share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) weather: watch::Sender<Weather>,
    responses_to_drop: AtomicU32,
    pub(crate) counters: Counters,
}

impl Shared {
    /// Whether the answer of a post is to be swallowed; counts it if so.
    pub(crate) fn takes_response(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.responses_to_drop.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }
}

/// The fault switches of a proxy: a cheap handle, all of whose clones turn the same switches.
#[derive(Debug, Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl Control {
    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.shared.weather.send_modify(change);
    }

    /// Closes every open connection on both sides (FIN). What was not forwarded yet is lost.
    pub fn cut(&self) {
        self.change(|weather| weather.cuts += 1);
    }

    /// Resets every open connection on both sides (RST).
    pub fn reset(&self) {
        self.change(|weather| weather.resets += 1);
    }

    /// Resets every open connection on both sides, and while on each new one at once.
    pub fn refuse(&self, on: bool) {
        self.change(|weather| {
            weather.refuse = on;
            weather.resets += u64::from(on);
        });
    }

    /// While on, bytes of both directions wait, also those of new connections; afterwards they go on, none is lost.
    pub fn stall(&self, on: bool) {
        self.change(|weather| weather.stall = on);
    }

    /// While on, nothing more is read or written on any connection and none is closed, whatever the other side does;
    /// new ones are accepted and silent. When switched off, all of these are reset.
    pub fn half_open(&self, on: bool) {
        self.change(|weather| {
            weather.resets += u64::from(weather.half_open && !on);
            weather.half_open = on;
        });
    }

    /// While on, what is written is cut into small pieces of seeded sizes with tiny seeded pauses.
    pub fn split(&self, on: bool) {
        self.change(|weather| weather.split = on);
    }

    /// Lets this many bytes a second pass in each direction of each connection (at least one); `None`: all.
    pub fn throttle(&self, bytes_per_second: Option<u32>) {
        self.change(|weather| weather.throttle = bytes_per_second);
    }

    /// The answers of the next `count` requests that write a post (`POST /api/v4/posts`) are swallowed: the request is
    /// forwarded whole, and when the first byte of its answer comes, the connection is closed on both sides. Zero: off.
    pub fn drop_post_response(&self, count: u32) {
        self.shared.responses_to_drop.store(count, Ordering::Relaxed);
    }

    /// While on, a request that writes a post is not forwarded, not even its first byte; its connection is closed.
    pub fn refuse_posts(&self, on: bool) {
        self.change(|weather| weather.refuse_posts = on);
    }

    /// Switches everything off.
    pub fn clear(&self) {
        self.drop_post_response(0);
        self.change(|weather| {
            *weather = Weather {
                cuts: weather.cuts,
                // What was silent cannot go on.
                resets: weather.resets + u64::from(weather.half_open),
                ..Weather::default()
            };
        });
    }

    /// Begins a fault of a schedule; what happens once has then happened.
    pub fn begin(&self, fault: Fault) {
        match fault {
            Fault::Cut => self.cut(),
            Fault::Reset => self.reset(),
            Fault::Refuse => self.refuse(true),
            Fault::Stall => self.stall(true),
            Fault::HalfOpen => self.half_open(true),
            Fault::Split => self.split(true),
            Fault::Throttle(bytes_per_second) => self.throttle(Some(bytes_per_second)),
            Fault::DropPostResponse(count) => self.drop_post_response(count),
            Fault::RefusePosts => self.refuse_posts(true),
        }
    }

    /// Ends a fault of a schedule. Answers that are still to be swallowed stay so: they wait for a post.
    pub fn end(&self, fault: Fault) {
        match fault {
            Fault::Cut | Fault::Reset | Fault::DropPostResponse(_) => {}
            Fault::Refuse => self.refuse(false),
            Fault::Stall => self.stall(false),
            Fault::HalfOpen => self.half_open(false),
            Fault::Split => self.split(false),
            Fault::Throttle(_) => self.throttle(None),
            Fault::RefusePosts => self.refuse_posts(false),
        }
    }

    /// What the proxy did so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.counters.snapshot()
    }
}
