//! What an instance is created with.

use super::error::Error;
use super::read::read;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The argument of `openclaw_init`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Init {
    /// What the instance is for. Default: `gateway`.
    #[serde(default)]
    pub role: Role,
    /// The host's whole configuration object, secrets resolved, as OpenClaw's `openclaw.json` has it
    /// (`channels.<id>`, `messages`, `gateway`, ...). Missing: an empty one.
    #[serde(default)]
    pub config: serde_json::Value,
    /// Where the channel may keep state; created when missing. Needed by the role `gateway` of channels that keep any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
    /// Folders of which a gateway's agents may attach files to their messages; links that lead out of them are refused. The
    /// files that the channel received are attached from `state_dir` whatever stands here. An instance with the role
    /// `client` attaches any file that its process can read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_roots: Vec<PathBuf>,
    /// The environment variables that configuration may fall back to. Missing: the process's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// How much is logged.
    #[serde(default)]
    pub log: LogOptions,
    /// Who the host is.
    #[serde(default)]
    pub host: HostFacts,
    /// What the channel needs to know of the host's HTTP server.
    #[serde(default)]
    pub gateway: GatewayFacts,
    /// The host's text commands. Missing: OpenClaw's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<CommandSpec>>,
}

/// A text command of the host, as it is typed: `/new`, `/model gpt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// Its name without the slash.
    pub name: String,
    /// Other names, without the slash.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// It takes arguments.
    #[serde(default)]
    pub takes_args: bool,
}

/// What an instance is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Owns the state directory and the connections; one per state directory.
    #[default]
    Gateway,
    /// A short-lived process that sends or asks once: no socket, no journal, no lock.
    Client,
}

/// How much is logged, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogOptions {
    /// Records below this level are not made. Default: `info`.
    #[serde(default)]
    pub level: LogLevel,
    /// Pull mode without a log callback: deliver records through `poll`. A record that finds the queue full is
    /// dropped and counted; events never are.
    #[serde(default)]
    pub poll: bool,
}

/// The level of a log record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something failed and needs a person.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What an operator wants to see.
    #[default]
    Info,
    /// Why something happened.
    Debug,
    /// Everything.
    Trace,
}

/// Who the host is, for logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostFacts {
    /// Name of the program.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
}

/// What the channel needs to know of the host's HTTP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GatewayFacts {
    /// The port it listens on, when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

impl Init {
    /// Read an init object.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub fn parse(json: &str) -> Result<Self, Error> {
        read(json, "init object")
    }
}
