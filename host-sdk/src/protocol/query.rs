//! Pure questions.

use super::error::Error;
use super::read::read_tagged;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The argument of `openclaw_query`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum QueryRequest {
    /// What the channel is and can do. Result: an object with `id`, `name`, `capabilities`, ...
    #[serde(rename = "capabilities")]
    Capabilities {},
    /// Is this configuration right? Result: `{"valid": bool, "problems": [error, ...], "warnings": [text, ...]}`.
    #[serde(rename = "config.validate")]
    ConfigValidate {
        /// The host's whole configuration object.
        config: serde_json::Value,
    },
    /// The JSON Schema of the channel's configuration. Result: `{"channel": schema, "plugin": schema}`, for
    /// `channels.<id>` and for `plugins.entries.<id>.config`.
    #[serde(rename = "config.schema")]
    ConfigSchema {},
    /// Old keys moved to where they belong now. Result: a configuration repair object.
    #[serde(rename = "config.doctor")]
    ConfigDoctor {
        /// The host's whole configuration object, as it is written: secrets need not be resolved.
        config: serde_json::Value,
    },
    /// Every account that the configuration has, and where its values come from. Result: a list of account status
    /// objects as they are before a start.
    #[serde(rename = "account.list")]
    AccountList {
        /// The host's whole configuration object.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
    },
    /// What may an agent do with this configuration? Result: `{"actions": [name, ...], "accounts": {id: [name, ...]}}`,
    /// the names of `action.*` and `send`; only accounts that are enabled and have what they need.
    #[serde(rename = "actions.list")]
    ActionsList {
        /// The host's whole configuration object.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
    },
    /// May this person approve what an agent wants to do (`approvalCapability` of OpenClaw's channel plugins)? Result: an
    /// [`ApprovalCheck`].
    #[serde(rename = "approvals.check")]
    ApprovalsCheck {
        /// The host's whole configuration object.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
        /// The account that the approval came over; missing: the default account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<String>,
        /// The remote user id of who approves. Names mean nothing here: they can be changed.
        sender_id: String,
    },
    /// What does this target mean? Result: `{"kind": "channel"|"user"|..., ...}`.
    #[serde(rename = "targets.parse")]
    TargetsParse {
        /// As a person or an agent writes it: `channel:<id>`, `user:<id>`, `@name`, ...
        target: String,
    },
    /// Which posts would this text become? Result: `{"chunks": [text, ...], "limit": characters}`.
    #[serde(rename = "text.chunks")]
    TextChunks {
        /// Markdown.
        text: String,
        /// The most characters of a post, as Unicode code points; more than the channel allows is as much as it allows.
        /// Missing: what the channel uses where nothing is configured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// Where it is cut.
        #[serde(default)]
        mode: ChunkMode,
        /// What becomes of its tables.
        #[serde(default)]
        tables: TableMode,
    },
    /// Buttons for a post that a program makes by itself. Result: `{"attachments": [...], "callback_url": url}`; the first
    /// is what `props.attachments` of the post holds.
    #[serde(rename = "buttons.build")]
    ButtonsBuild {
        /// The host's whole configuration object, secrets resolved.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
        /// The account whose gateway answers clicks; missing: the default account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<String>,
        /// Where clicks arrive; missing: where the configuration says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        callback_url: Option<String>,
        /// `[{"id", "name", "style"?, "context"?}]`, or rows as in an outbound message.
        buttons: serde_json::Value,
        /// What stands above the buttons.
        #[serde(default)]
        text: String,
        /// The channel that they are for: a click in another one is refused. Missing: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel_id: Option<String>,
    },
    /// Sign the context of a button. Result: `{"token": text, "context": {..., "_token": text}}`.
    #[serde(rename = "buttons.sign")]
    ButtonsSign {
        /// The host's whole configuration object, secrets resolved.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
        /// The account whose gateway answers clicks; missing: the default account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<String>,
        /// All that the button brings back. A `_token` in it does not count.
        context: serde_json::Value,
    },
    /// What should an agent be told of this channel in its system prompt? Result: `{"hints": [text, ...]}`.
    #[serde(rename = "agent.hints")]
    AgentHints {
        /// The host's whole configuration object.
        config: serde_json::Value,
        /// The environment variables to fall back to; missing: the process's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
        /// The account that the agent speaks with; missing: the default account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<String>,
    },
}

/// Who may approve what an agent wants to do: the result of `approvals.check`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApprovalCheck {
    /// The remote user ids that may approve; empty: nobody is named.
    pub approvers: Vec<String>,
    /// The person that was asked about may.
    pub authorized: bool,
    /// Why, or why not.
    pub reason: ApprovalReason,
}

/// Why somebody may approve, or may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovalReason {
    /// The person is named.
    Listed,
    /// Others are named.
    #[default]
    NotListed,
    /// Nobody is named: whoever may speak in the conversation that the request came from may approve it there, and only
    /// there.
    SameChat,
}

/// Where a long text is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChunkMode {
    /// Where the limit is reached, at the best place before it.
    #[default]
    Length,
    /// At blank lines, as long as the parts between them fit.
    Newline,
}

/// What becomes of a Markdown table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TableMode {
    /// It stays.
    #[default]
    Off,
    /// A list.
    Bullets,
    /// A block of code.
    Code,
    /// What the channel shows best instead of a table.
    Block,
}

impl QueryRequest {
    /// Every `type` that this version knows, for error messages.
    pub const TYPES: &'static [&'static str] = &[
        "capabilities",
        "config.validate",
        "config.schema",
        "config.doctor",
        "account.list",
        "actions.list",
        "approvals.check",
        "targets.parse",
        "text.chunks",
        "buttons.build",
        "buttons.sign",
        "agent.hints",
    ];

    /// Read a question.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field, or `NOT_SUPPORTED` listing the known types.
    pub fn parse(json: &str) -> Result<Self, Error> {
        read_tagged(json, "query", Self::TYPES, "")
    }
}
