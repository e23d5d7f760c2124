//! The JSON messages at the border, one type each.
//!
//! The same types serve both sides; the JSON Schemas under `docs/protocol/` are generated from them. Unknown keys
//! are refused in what a host sends (a typo must not be silently ignored) and ignored in what a plugin sends (a
//! newer plugin may say more).

mod actions;
mod delivery;
mod directory;
mod error;
mod event;
mod findings;
mod handle;
mod http;
mod inbound;
mod init;
mod interaction;
mod outbound;
mod query;
mod question;
mod read;
#[cfg(feature = "schema")]
mod schema;
mod speaker;
mod status;
mod turn;

pub use actions::{
    ActionDone, ActionUser, Caller, ChannelAction, ChannelInfo, CurrentConversation, EditAction,
    MessageAction, MessageList, ReactAction, ReactionCount, ReactionList, ReadAction, ReadMessage,
    SearchAction, ThreadAction,
};
pub use delivery::Delivery;
pub use directory::{
    Directory, DirectoryEntry, DirectoryFailure, DirectoryKind, DirectoryMembers, DirectoryQuery,
    ResolveTarget, ResolvedTarget,
};
pub use error::{Error, ErrorCode};
pub use event::{Event, SystemEvent, Withdrawn};
pub use findings::{ConfigRepair, ConfigUpdated, ExplainedStep, Explanation, Finding, FindingLevel};
pub use handle::{
    AccountRef, Acknowledge, Cancel, ConfigUpdate, Explain, HandleRequest, HostReply, PairingApproved,
    Reconcile, Refuse, StatusProbe, TurnEnd,
};
pub use http::{
    BodyProblem, HttpAnswer, HttpHeader, HttpRequest, HttpResponse, HttpRoute, HttpRoutes, ReadBody,
    RoutePurpose,
};
pub use inbound::{ChatKind, Conversation, InboundMessage, MentionFacts, MentionReason, Reply, Sender};
pub use init::{CommandSpec, GatewayFacts, HostFacts, Init, LogLevel, LogOptions, Role};
pub use interaction::{Click, Interaction, SlashCall};
pub use outbound::{
    DeliveryKind, Outbound, PlanStep, Receipt, Reconciliation, StepStatus, ToolPhase, ToolProgress,
};
pub use query::{ApprovalCheck, ApprovalReason, ChunkMode, QueryRequest, TableMode};
pub use question::{
    Choice, ChoiceOutcome, ChosenAnswer, HostAnswer, HostRequest, ModelCatalogue, ModelName, ModelProvider,
    ModelsQuestion, PairingAnswer, PairingQuestion, Question, Skill, SkillList, SkillsQuestion,
};
#[cfg(feature = "schema")]
pub use schema::schemas;
pub use speaker::Speaker;
pub use status::{
    AccountStatus, BotIdentity, CatchUp, ChannelStatus, Disconnect, Lifecycle, Probe, SlashStatus,
    TokenStatus, ValueSource,
};
pub use turn::{Attachment, CommandFacts, HistoryEntry, MediaKind, ParentMessage, Peer, SessionFacts};

/// Version of the messages; grows when a message changes in a way that a reader could trip over.
pub const PROTOCOL_VERSION: u32 = 1;
