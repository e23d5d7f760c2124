//! What an account makes of a text: its tables, its prefix, its posts.

use super::{convert, is_reasoning, prefixed, split};
use crate::config::{AccountConfig, ChunkMode, Tables};
use host_sdk::protocol::{DeliveryKind, Outbound};
use std::borrow::Cow;

/// The most code points that a post may have on any server.
pub const LONGEST: usize = 16_383;

/// How texts are posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The most code points of a post: servers count these, not bytes or UTF-16 units.
    pub limit: usize,
    /// Where longer texts are cut.
    pub mode: ChunkMode,
    /// What becomes of tables.
    pub tables: Tables,
}

impl Look {
    /// How an account posts. `server` is the longest post that its server takes, as far as that is known.
    #[must_use]
    pub fn of(account: &AccountConfig, server: Option<usize>) -> Self {
        let limit = account.text_chunk_limit.min(server.unwrap_or(LONGEST)).clamp(1, LONGEST);
        Self { limit, mode: account.chunk_mode, tables: account.tables }
    }

    /// The posts that a text becomes.
    #[must_use]
    pub fn chunks(&self, text: &str) -> Vec<String> {
        self.split(&self.tables(text))
    }

    /// The text with its tables as they are wanted.
    #[must_use]
    pub fn tables<'t>(&self, text: &'t str) -> Cow<'t, str> {
        convert(text, self.tables)
    }

    /// The posts that a text becomes whose tables were seen to.
    #[must_use]
    pub fn split(&self, text: &str) -> Vec<String> {
        split(text, self.limit, self.mode)
    }
}

/// Is this message the agent's reasoning, by its kind or by what it says?
#[must_use]
pub fn is_suppressed(message: &Outbound) -> bool {
    message.kind == DeliveryKind::Reasoning || is_reasoning(&message.text)
}

/// The text of a message as an account begins with it. Only answers have a prefix: what is said about pairing, or sent by
/// a person, is not the agent's.
#[must_use]
pub fn introduced(message: &Outbound, account: &AccountConfig, text: &str) -> String {
    match &account.response_prefix {
        Some(prefix) if message.event_id.is_some() || message.turn_id.is_some() => {
            prefixed(prefix, &message.agent.clone().unwrap_or_default(), text)
        }
        _ => text.to_owned(),
    }
}
