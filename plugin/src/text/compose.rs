//! What an account makes of a text before it is cut.

use super::{convert, is_reasoning, prefixed, split};
use crate::config::AccountConfig;
use host_sdk::protocol::{DeliveryKind, Outbound};

/// The most code points that a post may have on any server.
pub const LONGEST: usize = 16_383;

/// Is this message the agent's reasoning, by its kind or by what it says?
#[must_use]
pub fn is_suppressed(message: &Outbound) -> bool {
    message.kind == DeliveryKind::Reasoning || is_reasoning(&message.text)
}

/// The whole text as an account posts it. Only answers have a prefix: what is said about pairing, or sent by a person, is
/// not the agent's.
#[must_use]
pub fn composed(message: &Outbound, account: &AccountConfig) -> String {
    let text = convert(&message.text, account.tables);
    match &account.response_prefix {
        Some(prefix) if message.event_id.is_some() => {
            prefixed(prefix, &message.agent.clone().unwrap_or_default(), &text)
        }
        _ => text.into_owned(),
    }
}

/// The texts of its posts.
#[must_use]
pub fn parts(text: &str, account: &AccountConfig) -> Vec<String> {
    split(text, account.text_chunk_limit.min(LONGEST), account.chunk_mode)
}
