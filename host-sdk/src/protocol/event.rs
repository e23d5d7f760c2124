//! What a plugin tells its host unasked.

use super::http::HttpRoutes;
use super::inbound::{Conversation, InboundMessage};
use super::question::HostRequest;
use super::status::AccountStatus;
use super::turn::SessionFacts;
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
    SystemEvent(Box<SystemEvent>),
    /// A message that was given to the host was deleted by its author. A turn that has not begun should not begin; the
    /// event is to be settled all the same.
    #[serde(rename = "inbound.withdrawn")]
    Withdrawn(Withdrawn),
    /// The plugin needs to know something that is the host's: to be answered with `host.reply`.
    #[serde(rename = "host.request")]
    HostRequest(HostRequest),
    /// An account's state changed.
    #[serde(rename = "status.changed")]
    StatusChanged(Box<AccountStatus>),
    /// The plugin wants these paths served over HTTP; they replace those that it named before. Requests are handed over
    /// by `http.request`.
    #[serde(rename = "http.routes")]
    HttpRoutes(HttpRoutes),
    /// An event of a newer plugin that this host does not know; to be ignored.
    #[serde(other)]
    Unknown,
}

/// A line for the agent's session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The session that it belongs to.
    #[serde(default)]
    pub session: SessionFacts,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
}

/// A message that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Withdrawn {
    /// The event that the message was given to the host as.
    pub event_id: String,
    /// The account that heard it.
    pub account_id: String,
    /// The remote id of the message that was deleted.
    pub message_id: String,
}
