//! A message for the agent that is not ready yet.

use host_sdk::protocol::InboundMessage;

/// A message for the agent, as far as the post itself tells it: files are not fetched, a thread is not read, and it may
/// have to be asked whether the sender is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The message. Why its sender is heard is missing where pairing decides.
    pub message: InboundMessage,
    /// It does not become one with others of its burst: it has files, is a command, or is no text.
    pub alone: bool,
}

/// Whether the host must be asked if the sender of a message was approved by pairing.
#[must_use]
pub fn is_up_to_pairing(message: &InboundMessage) -> bool {
    message.access.is_empty()
}

/// Files of a message that were not fetched.
#[must_use]
pub fn has_open_files(message: &InboundMessage) -> bool {
    message.media.iter().any(|file| file.path.is_none() && file.problem.is_none())
}

/// Whether anything has to be fetched or asked for a message.
#[must_use]
pub fn needs_work(message: &InboundMessage) -> bool {
    is_up_to_pairing(message) || has_open_files(message) || message.conversation.thread_root_id.is_some()
}
