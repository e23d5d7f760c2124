//! What a plugin found out about its configuration and its accounts.

use serde::{Deserialize, Serialize};

/// What a new configuration changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfigUpdated {
    /// Accounts that are new or switched on, and were started.
    pub started: Vec<String>,
    /// Accounts that are changed, and were stopped and started.
    pub restarted: Vec<String>,
    /// Accounts that are gone or switched off, and were stopped.
    pub stopped: Vec<String>,
    /// Accounts that are as before; their connections were not touched.
    pub unchanged: Vec<String>,
    /// What an operator should know although it stops nothing.
    pub warnings: Vec<String>,
}

/// A configuration, repaired as far as it can be without a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfigRepair {
    /// The whole configuration object with the changes made.
    pub config: serde_json::Value,
    /// What was changed, one sentence each; empty when nothing had to be.
    pub changes: Vec<String>,
    /// What an operator should look at.
    pub warnings: Vec<String>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The account.
    pub account_id: String,
    /// What was looked at: `server`, `token`, `teams`, `channels`, ...
    pub check: String,
    /// How it is.
    pub level: FindingLevel,
    /// What was found, for a person.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FindingLevel {
    /// As it should be.
    #[default]
    Ok,
    /// It works, but perhaps not as it is meant.
    Warning,
    /// It does not work.
    Error,
}

/// What would become of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The account that would hear it.
    pub account_id: String,
    /// The remote id of the message.
    pub message_id: String,
    /// The agent would be asked.
    pub answered: bool,
    /// The reason code of the decision.
    pub reason: String,
    /// What was decided, in its order.
    pub steps: Vec<ExplainedStep>,
}

/// One decision about a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExplainedStep {
    /// What was asked: `author`, `kind`, `access`, `command`, `mention`, `content`.
    pub step: String,
    /// The way was clear.
    pub passed: bool,
    /// The reason code.
    pub reason: String,
    /// In a sentence, with the configuration key that decides.
    pub detail: String,
}
