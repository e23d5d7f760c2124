//! What the journal keeps. Everything is keyed by account; times are milliseconds since 1970 UTC.

use crate::buttons::Button;
use host_sdk::protocol::{InboundMessage, Outbound, Receipt};
use serde::{Deserialize, Serialize};

/// How far an account is in all of its channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountMark {
    /// Every post up to this time, by the server's clock, was seen in every channel.
    pub proven_at: i64,
    /// What was posted up to this time, by the server's clock, was there before the account ran for the first time. It
    /// is never answered.
    #[serde(default)]
    pub born_at: i64,
}

/// How far an account is in one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelMark {
    /// Every post up to this time, by the server's clock, was seen.
    pub frontier_at: i64,
    /// A post some seconds older than the frontier, where reading begins again; empty when none is known.
    #[serde(default)]
    pub anchor_id: String,
    /// When the anchor was made, by the server's clock.
    #[serde(default)]
    pub anchor_at: i64,
}

impl ChannelMark {
    /// The same, not after a time: a mark from the future would hide everything until then.
    #[must_use]
    pub fn not_after(mut self, latest: i64) -> Self {
        if self.anchor_at > latest {
            (self.anchor_id, self.anchor_at) = (String::new(), 0);
        }
        self.frontier_at = self.frontier_at.min(latest);
        self
    }
}

/// When the bot said something in a thread, by the server's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TookPart {
    /// First, as far as it is remembered.
    pub first_at: i64,
    /// Last.
    pub last_at: i64,
}

/// An event that the host was given and has not settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenEvent {
    /// Orders the events of an account as they were given.
    pub seq: u64,
    /// The posts that it is made of; several when a burst was merged.
    pub posts: Vec<String>,
    /// How often the host was given it and refused it.
    #[serde(default)]
    pub refusals: u32,
    /// When the host was given it first, by the local clock.
    pub opened_at: i64,
    /// It was not given to the host yet: files may have to be fetched, a thread read, or it may have to be asked
    /// whether its sender was approved by pairing.
    #[serde(default)]
    pub draft: bool,
    /// What the host was given. Its `event_id` and `account_id` are the key.
    pub message: InboundMessage,
}

/// One outbound message that was accepted from the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The account that speaks.
    pub account_id: String,
    /// Unique per account; the same id again is the same delivery.
    pub id: String,
    /// Orders the deliveries of an account as they were accepted.
    pub seq: u64,
    /// When it was accepted, by the local clock.
    pub accepted_at: i64,
    /// What became of it.
    pub state: DeliveryState,
    /// A pending delivery whose row goes at the same time: the preview that became this one. Not kept.
    #[serde(skip)]
    pub replaces: Option<String>,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum DeliveryState {
    /// Not known to have gone out whole.
    Pending {
        /// What to send.
        message: Box<Outbound>,
        /// Buttons of the channel's own, which no host can write.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Button>,
    },
    /// It stands on the server.
    Sent {
        /// What the host was told.
        receipt: Box<Receipt>,
        /// When, by the local clock.
        sent_at: i64,
    },
}

/// A slash command that stands on a server for an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlashCommand {
    /// The account that it is for.
    pub account_id: String,
    /// The server's id of it.
    pub id: String,
    /// The server's base URL.
    pub server: String,
    /// The team that it works in.
    pub team_id: String,
    /// The word behind the slash.
    pub trigger: String,
    /// Where the server calls.
    pub url: String,
    /// What the server proves itself with: a secret, never shown by `Debug`.
    pub token: String,
    /// This plugin made it, so it is this plugin's to remove.
    pub managed: bool,
}

impl std::fmt::Debug for SlashCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlashCommand")
            .field("account_id", &self.account_id)
            .field("id", &self.id)
            .field("team_id", &self.team_id)
            .field("trigger", &self.trigger)
            .field("url", &self.url)
            .field("managed", &self.managed)
            .finish_non_exhaustive()
    }
}

/// One change of the journal. Changes are idempotent: doing one twice is doing it once.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An account's mark. It never goes back: an older one is ignored.
    MarkAccount {
        /// The account.
        account_id: String,
        /// How far it is.
        mark: AccountMark,
    },
    /// A channel's mark. Unlike the account's it is written as given.
    MarkChannel {
        /// The account.
        account_id: String,
        /// The channel.
        channel_id: String,
        /// How far it is.
        mark: ChannelMark,
    },
    /// The host was given an event, or was given it again. Replaces what was stored under the same event id.
    Open(Box<OpenEvent>),
    /// An event is done: its row goes, its posts are remembered as done so that they are never given again.
    Settle {
        /// The account.
        account_id: String,
        /// The event.
        event_id: String,
        /// Its posts.
        posts: Vec<String>,
        /// When, by the local clock.
        at: i64,
    },
    /// Posts that are done without ever having been given to the host. They are remembered as by `Settle`.
    Done {
        /// The account.
        account_id: String,
        /// The posts.
        posts: Vec<String>,
        /// When, by the local clock.
        at: i64,
    },
    /// The bot said something in a thread. The first and the last time are kept.
    TookPart {
        /// The account.
        account_id: String,
        /// The first post of the thread.
        root_id: String,
        /// When, by the server's clock.
        at: i64,
    },
    /// A delivery was accepted or has changed. Replaces what was stored under the same id; one that was sent is never
    /// replaced by a pending one.
    Deliver(Box<Delivery>),
    /// A delivery will never go out: its row goes. One that was sent stays.
    Forget {
        /// The account.
        account_id: String,
        /// The delivery.
        id: String,
    },
    /// A slash command stands on the server. Replaces what was stored under the same id.
    Registered(Box<SlashCommand>),
    /// A slash command does not stand on the server any more, or is not the account's any more.
    Unregistered {
        /// The account.
        account_id: String,
        /// The server's id of it.
        id: String,
    },
}

/// All that is kept of one account, for its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// How far it is; `None` when it never ran before.
    pub mark: Option<AccountMark>,
    /// Its channels.
    pub channels: Vec<(String, ChannelMark)>,
    /// Events that are not settled, in the order of `seq`.
    pub open: Vec<OpenEvent>,
    /// Posts that are done, oldest first.
    pub done: Vec<String>,
    /// Threads in which the bot said something, and when.
    pub threads: Vec<(String, TookPart)>,
    /// Slash commands that stand on the server, by their ids.
    pub commands: Vec<SlashCommand>,
    /// Deliveries that are pending, in the order of `seq`.
    pub pending: Vec<Delivery>,
    /// The ids of the deliveries that were sent, oldest first.
    pub sent: Vec<String>,
    /// One more than the highest `seq` of any event or delivery of the account.
    pub next_seq: u64,
}

/// What is kept of what is done, per account: the newest `rows` that are not older than `days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u32,
    /// Rows.
    pub rows: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30, rows: 20_000 }
    }
}
