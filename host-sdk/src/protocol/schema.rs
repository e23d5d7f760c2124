//! JSON Schemas of the messages, generated from the types.

use super::{ActionDone, ApprovalCheck, ChannelInfo, MessageList, ReactionList};
use super::{ChannelStatus, ConfigRepair, ConfigUpdated, Explanation, Finding, Probe, Reconciliation};
use super::{Delivery, Error, Event, HandleRequest, Init, Outbound, QueryRequest, Receipt};
use super::{Directory, HttpAnswer, ResolvedTarget};
use schemars::{JsonSchema, schema_for};

/// Every message's file name and schema, in the order of the header's text.
#[must_use]
pub fn schemas() -> Vec<(&'static str, serde_json::Value)> {
    fn of<T: JsonSchema>() -> serde_json::Value {
        schema_for!(T).to_value()
    }
    vec![
        ("init.json", of::<Init>()),
        ("handle.json", of::<HandleRequest>()),
        ("send.json", of::<Outbound>()),
        ("receipt.json", of::<Receipt>()),
        ("reconciliation.json", of::<Reconciliation>()),
        ("query.json", of::<QueryRequest>()),
        ("approval_check.json", of::<ApprovalCheck>()),
        ("event.json", of::<Event>()),
        ("delivery.json", of::<Delivery>()),
        ("status.json", of::<ChannelStatus>()),
        ("probe.json", of::<Probe>()),
        ("config_updated.json", of::<ConfigUpdated>()),
        ("config_repair.json", of::<ConfigRepair>()),
        ("explanation.json", of::<Explanation>()),
        ("finding.json", of::<Finding>()),
        ("action_done.json", of::<ActionDone>()),
        ("reaction_list.json", of::<ReactionList>()),
        ("message_list.json", of::<MessageList>()),
        ("channel_info.json", of::<ChannelInfo>()),
        ("directory.json", of::<Directory>()),
        ("target.json", of::<ResolvedTarget>()),
        ("http_answer.json", of::<HttpAnswer>()),
        ("error.json", of::<Error>()),
    ]
}
