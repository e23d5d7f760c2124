//! How a channel and its accounts are doing.

use super::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChannelStatus {
    /// The channel's id.
    pub channel: String,
    /// The plugin's version.
    pub version: String,
    /// The account that is used when none is named.
    pub default_account_id: String,
    /// Every account.
    pub accounts: Vec<AccountStatus>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ValueSource {
    /// The configuration.
    Config,
    /// An environment variable.
    Env,
    /// It is missing.
    #[default]
    None,
}

/// Whether a token is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenStatus {
    /// It is.
    Available,
    /// It is configured as a reference to a secret that cannot be had here.
    ConfiguredUnavailable,
    /// It is not configured.
    #[default]
    Missing,
}

/// Where an account is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    /// Not running.
    #[default]
    Stopped,
    /// Running, not connected yet.
    Starting,
    /// Connected.
    Ready,
    /// Lost the connection and tries again.
    Recovering,
    /// Cannot go on without a person (a refused token, for example); tries again from time to time.
    Blocked,
}

/// The state of one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountStatus {
    /// The account's id.
    pub account_id: String,
    /// Its display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Neither the channel nor the account is switched off.
    pub enabled: bool,
    /// Everything that a start needs is there.
    pub configured: bool,
    /// What is missing or wrong, with the way out, when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Error>,
    /// The account is being run.
    pub running: bool,
    /// Its connection is up.
    pub connected: bool,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// The server's base URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Where the base URL comes from.
    pub base_url_source: ValueSource,
    /// Where the token comes from. The token itself is never shown.
    pub token_source: ValueSource,
    /// Whether the token is there.
    #[serde(default)]
    pub token_status: TokenStatus,
    /// Who the bot is, once the server said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotIdentity>,
    /// The server's version, once it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// Who may write to the bot directly, as configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dm_policy: Option<String>,
    /// Last start, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start_at_ms: Option<i64>,
    /// Last time that it became connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connected_at_ms: Option<i64>,
    /// Last time that the connection was lost, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_disconnect: Option<Disconnect>,
    /// The last error that a person should know of; cleared by a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Last message given to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_inbound_at_ms: Option<i64>,
    /// Last message posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_outbound_at_ms: Option<i64>,
    /// Connections lost and made again since the start.
    pub reconnects: u64,
    /// Events given to the host that it has not settled yet.
    pub unsettled: u64,
    /// Messages accepted from the host that have not gone out yet.
    #[serde(default)]
    pub undelivered: u64,
    /// Reading what was missed: going on, or the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
    /// Messages that were not for the agent since the start, by reason code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_answered: BTreeMap<String, u64>,
    /// Why the journal cannot be written, while it cannot. Nothing is lost meanwhile, but a crash may lead to events
    /// being delivered again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_problem: Option<String>,
    /// The server's slash commands, where they are switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slash: Option<SlashStatus>,
}

/// How an account's slash commands are doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlashStatus {
    /// They are switched on.
    pub enabled: bool,
    /// How many stand on the server and are answered, in all teams together.
    pub commands: u64,
    /// In how many teams.
    pub teams: u64,
    /// What keeps commands from being registered or checked, with the way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Where the server is told to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// Reading what was missed while there was no connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatchUp {
    /// It is going on.
    pub running: bool,
    /// When it began, in milliseconds since 1970 UTC.
    pub started_at_ms: i64,
    /// When it was done, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at_ms: Option<i64>,
    /// Channels that had news.
    pub channels: u64,
    /// How many of them have been read.
    pub channels_read: u64,
    /// Posts that were read.
    pub posts: u64,
    /// Messages that were found for the agent.
    pub messages: u64,
    /// Posts that were left out because of the configured limits.
    pub skipped: u64,
    /// Why it does not go on, while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Who the bot is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BotIdentity {
    /// The remote user id.
    pub id: String,
    /// The name without `@`.
    pub username: String,
}

/// Why and when a connection was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Disconnect {
    /// In milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Why, for a person.
    pub reason: String,
    /// The WebSocket close code, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// What the remote server said to an account's credentials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// The account.
    pub account_id: String,
    /// They work.
    pub ok: bool,
    /// The HTTP status, when the server answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the answer took, in milliseconds.
    pub elapsed_ms: u64,
    /// Who the bot is, when they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotIdentity>,
    /// Why they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}
