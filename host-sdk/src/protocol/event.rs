//! What a plugin tells its host unasked.

use super::inbound::InboundMessage;
use super::status::AccountStatus;
use serde::{Deserialize, Serialize};

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum Event {
    /// Somebody said something that the agent should answer. To be settled with `inbound.ack` or `inbound.nack`.
    #[serde(rename = "inbound.message")]
    InboundMessage(Box<InboundMessage>),
    /// Something happened that the agent may want to know; no answer is expected.
    #[serde(rename = "inbound.system_event")]
    SystemEvent(SystemEvent),
    /// An account's state changed.
    #[serde(rename = "status.changed")]
    StatusChanged(Box<AccountStatus>),
    /// An event of a newer plugin that this host does not know; to be ignored.
    #[serde(other)]
    Unknown,
}

/// A line for the agent's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SystemEvent {
    /// The same thing has the same id, also when it is delivered again.
    pub event_id: String,
    /// The account that saw it.
    pub account_id: String,
    /// What happened, as a sentence.
    pub text: String,
    /// What it is about; a later event with the same key replaces an earlier one that was not read yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_key: Option<String>,
}
