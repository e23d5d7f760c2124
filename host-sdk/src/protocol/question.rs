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
    /// Which models are there, and which one does this session use?
    #[serde(rename = "models.list")]
    Models(ModelsQuestion),
    /// Which skills does the host offer as commands?
    #[serde(rename = "skills.list")]
    Skills(SkillsQuestion),
    /// Somebody chose an answer to a question that the agent asked (`ask_user`).
    #[serde(rename = "question.answer")]
    Chosen(ChosenAnswer),
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
    /// To `models.list`.
    #[serde(rename = "models.list")]
    Models(ModelCatalogue),
    /// To `skills.list`.
    #[serde(rename = "skills.list")]
    Skills(SkillList),
    /// To `question.answer`.
    #[serde(rename = "question.answer")]
    Chosen(ChoiceOutcome),
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

/// Whose models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelsQuestion {
    /// The agent.
    pub agent_id: String,
    /// The session whose model is meant.
    pub session_key: String,
}

/// The models that may be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelCatalogue {
    /// The providers, in the order in which they are shown.
    #[serde(default)]
    pub providers: Vec<ModelProvider>,
    /// The model that the session uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ModelName>,
}

/// A provider and its models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelProvider {
    /// As it stands before the slash of a model's whole name: `openai`.
    pub id: String,
    /// Its models, without the provider.
    #[serde(default)]
    pub models: Vec<String>,
}

/// The name of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    /// The provider.
    pub provider: String,
    /// The model, without the provider.
    pub model: String,
}

/// Whose skills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkillsQuestion {
    /// The agent; missing: every agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

/// The skills that are commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SkillList {
    /// All of them.
    #[serde(default)]
    pub skills: Vec<Skill>,
}

/// A skill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// The command without the slash.
    pub name: String,
    /// What it does, for people.
    #[serde(default)]
    pub description: String,
}

/// Who chose which answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChosenAnswer {
    /// The question, as the host named it in the buttons.
    pub question_id: String,
    /// Which of its options, from 0.
    pub option_index: u32,
    /// What stands on the button.
    pub label: String,
    /// The remote user id of who chose.
    pub sender_id: String,
    /// The name without `@`, when known. It can be changed by its owner and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// The post with the buttons.
    pub message_id: String,
}

/// What became of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChoiceOutcome {
    /// What.
    pub outcome: Choice,
}

/// What became of a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The question is answered by it.
    Answered,
    /// It was answered before, or nobody waits for it any more.
    #[default]
    Closed,
    /// This person may not answer it.
    Denied,
}
