//! What a plugin asks its host, and what the host answers.

use serde::{Deserialize, Serialize};

/// A question of the plugin. A host that does not know it answers [`HostAnswer::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostRequest {
    /// Goes into the answer.
    pub request_id: String,
    /// The account that asks.
    pub account_id: String,
    /// What it asks.
    pub question: Question,
}

/// What a plugin asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum Question {
    /// Was this sender approved by pairing? If not, and `create` is set, a pairing request is made or refreshed.
    #[serde(rename = "pairing.check")]
    Pairing(PairingQuestion),
    /// A question of a newer plugin.
    #[serde(other)]
    Unknown,
}

/// Who wants to be let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairingQuestion {
    /// The remote user id.
    pub sender_id: String,
    /// The name without `@`, for people to see. It can be changed by its owner and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Make a pairing request when the sender was not approved.
    #[serde(default)]
    pub create: bool,
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum HostAnswer {
    /// To `pairing.check`.
    #[serde(rename = "pairing.check")]
    Pairing(PairingAnswer),
    /// The host does not know this question.
    #[serde(rename = "unknown")]
    Unknown {},
    /// The host cannot answer now; it may be asked again.
    #[serde(rename = "failed")]
    Failed {
        /// Why, for the log.
        reason: String,
    },
}

/// Whether a sender was approved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PairingAnswer {
    /// The sender was approved.
    pub approved: bool,
    /// The code of the sender's pending request. Missing when there is none: none was to be made, or too many wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request was made now: the sender has not been told the code yet.
    #[serde(default)]
    pub created: bool,
    /// The command that approves it, for the sender to pass on; missing: `openclaw pairing approve <channel> <code>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_command: Option<String>,
}
