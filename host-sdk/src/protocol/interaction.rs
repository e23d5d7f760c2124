//! What somebody did with a message or a command of the server instead of writing: a click, a slash command.

use serde::{Deserialize, Serialize};

/// How an inbound message came about that nobody wrote as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum Interaction {
    /// A button was clicked.
    #[serde(rename = "button")]
    Button(Click),
    /// One of the server's slash commands was given.
    #[serde(rename = "command")]
    Command(SlashCall),
}

/// A click on a button.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Click {
    /// The post that has the button.
    pub message_id: String,
    /// The button's id.
    pub action_id: String,
    /// What stands on the button.
    pub label: String,
    /// The button's value (`callback_data`), when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What else its author put into it, without signature and bindings; `null`: nothing.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub context: serde_json::Value,
}

/// A slash command as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlashCall {
    /// The word behind the slash, as the server has it: `oc_status`.
    pub trigger: String,
    /// What followed it.
    #[serde(default)]
    pub arguments: String,
}
