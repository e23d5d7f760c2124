//! Who asks for an action.

use host_sdk::protocol::{Caller, CurrentConversation};

/// Somebody at the command line.
pub fn operator() -> Caller {
    Caller::Operator {}
}

/// An agent that works for a conversation.
pub fn agent(channel_id: &str) -> Caller {
    let current = CurrentConversation {
        account_id: "default".to_owned(),
        channel_id: channel_id.to_owned(),
        requester_id: None,
    };
    Caller::Agent { current: Some(current) }
}
