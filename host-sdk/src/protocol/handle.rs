//! What a host may ask a running instance to do.

use super::actions::{
    ChannelAction, EditAction, MessageAction, ReactAction, ReadAction, SearchAction, ThreadAction,
};
use super::directory::{DirectoryMembers, DirectoryQuery, ResolveTarget};
use super::error::Error;
use super::http::HttpRequest;
use super::question::HostAnswer;
use serde::{Deserialize, Serialize};

/// The argument of `openclaw_handle`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum HandleRequest {
    /// Connect an account, or every enabled and configured one when none is named. Completes when the accounts
    /// are being run, not when they are connected; `status.changed` tells the rest. Result: `{"accounts": [ids]}`.
    #[serde(rename = "account.start")]
    AccountStart(AccountRef),
    /// Disconnect an account, or all. Completes when they are stopped. Result: `{"accounts": [ids]}`.
    #[serde(rename = "account.stop")]
    AccountStop(AccountRef),
    /// Every account that the configuration has. Result: a list of account status objects.
    #[serde(rename = "account.list")]
    AccountList(AccountRef),
    /// The state of the channel and its accounts. Result: a channel status object.
    #[serde(rename = "status.get")]
    StatusGet(AccountRef),
    /// Ask the remote server whether an account's credentials work. Result: a list of probes.
    #[serde(rename = "status.probe")]
    StatusProbe(StatusProbe),
    /// The host is done with an inbound event: its turn is settled and need not be delivered again.
    #[serde(rename = "inbound.ack")]
    InboundAck(Acknowledge),
    /// The host could not take or finish an inbound event: it is delivered again after a pause that grows with every
    /// refusal (1 s, doubled up to 3 min), until it is settled or older than a day and refused 8 times.
    #[serde(rename = "inbound.nack")]
    InboundNack(Refuse),
    /// What became of an outbound message, for a host that lost its completion. Result: a reconciliation object.
    #[serde(rename = "delivery.reconcile")]
    DeliveryReconcile(Reconcile),
    /// The answer to a `host.request`. Result: `{"taken": bool}`; false when nobody waits for it any more.
    #[serde(rename = "host.reply")]
    HostReply(HostReply),
    /// A new configuration. Only accounts that it changes are restarted; started and stopped as it says. A configuration
    /// that cannot be read changes nothing. Result: a configuration update object.
    #[serde(rename = "config.update")]
    ConfigUpdate(ConfigUpdate),
    /// Somebody was approved by pairing: tell him. Result: a receipt.
    #[serde(rename = "pairing.approved")]
    PairingApproved(PairingApproved),
    /// A request arrived at one of the routes of `http.routes`. Result: an HTTP answer object.
    #[serde(rename = "http.request")]
    HttpRequest(HttpRequest),
    /// A turn without an event is over: what is left of its preview is removed. `inbound.ack` and `inbound.nack` do the
    /// same for the turn of their event. Result: `{"ended": bool}`; false when nothing of it was shown.
    #[serde(rename = "turn.end")]
    TurnEnd(TurnEnd),
    /// What would become of a message that stands on the server, and why? Nothing is done. Result: an explanation.
    #[serde(rename = "inbound.explain")]
    InboundExplain(Explain),
    /// Look for what is wrong with an account, or all: token, server, team membership, permissions. Result: a list of
    /// findings.
    #[serde(rename = "account.doctor")]
    AccountDoctor(AccountRef),
    /// Put an emoji on a message, or take it off. Result: an action done object.
    #[serde(rename = "action.react")]
    ActionReact(ReactAction),
    /// Who reacted to a message, and how. Result: a reaction list object.
    #[serde(rename = "action.reactions")]
    ActionReactions(MessageAction),
    /// Read a channel. Result: a message list object.
    #[serde(rename = "action.read")]
    ActionRead(ReadAction),
    /// Change the text of a message. Result: an action done object.
    #[serde(rename = "action.edit")]
    ActionEdit(EditAction),
    /// Delete a message, with its thread when it is the first of one. Result: an action done object.
    #[serde(rename = "action.delete")]
    ActionDelete(MessageAction),
    /// Pin a message to its channel. Result: an action done object.
    #[serde(rename = "action.pin")]
    ActionPin(MessageAction),
    /// Take the pin off a message. Result: an action done object.
    #[serde(rename = "action.unpin")]
    ActionUnpin(MessageAction),
    /// What is pinned to a channel. Result: a message list object.
    #[serde(rename = "action.list-pins")]
    ActionListPins(ChannelAction),
    /// Read a thread. Result: a message list object.
    #[serde(rename = "action.thread")]
    ActionThread(ThreadAction),
    /// Look for messages by their text. Result: a message list object.
    #[serde(rename = "action.search")]
    ActionSearch(SearchAction),
    /// What a channel is. Result: a channel info object.
    #[serde(rename = "action.channel-info")]
    ActionChannelInfo(ChannelAction),
    /// Who the bot is, on every account or one. Result: a directory object.
    #[serde(rename = "directory.self")]
    DirectorySelf(AccountRef),
    /// The people whom the bot can write to. Result: a directory object.
    #[serde(rename = "directory.peers")]
    DirectoryPeers(DirectoryQuery),
    /// The channels and groups that the bot is in. Result: a directory object.
    #[serde(rename = "directory.groups")]
    DirectoryGroups(DirectoryQuery),
    /// Who is in a channel or group. Result: a directory object.
    #[serde(rename = "directory.members")]
    DirectoryMembers(DirectoryMembers),
    /// What a target is on the server. Nothing is made for it. Result: a resolved target object.
    #[serde(rename = "targets.resolve")]
    TargetsResolve(ResolveTarget),
    /// End a pending request with `CANCELLED`. Result: `{"cancelled": bool}`. Served by the border itself.
    #[serde(rename = "cancel")]
    Cancel(Cancel),
    /// Panic on purpose, to prove that a panic stays inside. Only in debug builds. Served by the border itself.
    #[serde(rename = "test.panic")]
    TestPanic,
}

/// One account, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountRef {
    /// The account's id; missing: all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// Which account to probe, and how long to wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusProbe {
    /// The account's id; missing: all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Milliseconds to wait for the server's answer; missing: 2 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// Which inbound event is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// The event's id.
    pub event_id: String,
}

/// Which inbound event failed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// The event's id.
    pub event_id: String,
    /// Why, for the log.
    #[serde(default)]
    pub reason: String,
    /// Do not deliver it again: as settled as by `inbound.ack`.
    #[serde(default)]
    pub give_up: bool,
}

/// Which delivery is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// The host's own id of the delivery, as it was given to `send`.
    pub delivery_id: String,
    /// The account that was to speak; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// The answer to a question of the plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostReply {
    /// The question's id.
    pub request_id: String,
    /// The answer.
    pub answer: HostAnswer,
}

/// A new configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfigUpdate {
    /// The host's whole configuration object, secrets resolved.
    pub config: serde_json::Value,
}

/// Who was approved by pairing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PairingApproved {
    /// The account that was asked; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The remote user id.
    pub sender_id: String,
}

/// Which turn is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TurnEnd {
    /// The account that speaks; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The turn, as its messages named it.
    pub turn_id: String,
}

/// Which message to explain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// The account that would hear it; missing: the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The remote id of the message.
    pub message_id: String,
}

/// Which request to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The host's own id of the pending request.
    pub request_id: u64,
}

impl HandleRequest {
    /// Every `type` that this version knows, for error messages.
    pub const TYPES: &'static [&'static str] = &[
        "account.start",
        "account.stop",
        "account.list",
        "status.get",
        "status.probe",
        "inbound.ack",
        "inbound.nack",
        "delivery.reconcile",
        "host.reply",
        "config.update",
        "pairing.approved",
        "http.request",
        "turn.end",
        "inbound.explain",
        "account.doctor",
        "action.react",
        "action.reactions",
        "action.read",
        "action.edit",
        "action.delete",
        "action.pin",
        "action.unpin",
        "action.list-pins",
        "action.thread",
        "action.search",
        "action.channel-info",
        "directory.self",
        "directory.peers",
        "directory.groups",
        "directory.members",
        "targets.resolve",
        "cancel",
    ];

    /// Read a request.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field, or `NOT_SUPPORTED` listing the known types.
    pub fn parse(json: &str) -> Result<Self, Error> {
        super::read::read_tagged(json, "handle request", Self::TYPES, "test.panic")
    }
}
