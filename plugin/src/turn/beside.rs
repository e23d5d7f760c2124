//! What a session is told beside a message.

use host_sdk::protocol::{InboundMessage, Interaction, SystemEvent};

/// The line for the session of a click on a button. What a picker's button stands for is a command, and says itself what
/// was done.
#[must_use]
pub fn beside(message: &InboundMessage) -> Option<SystemEvent> {
    let Some(Interaction::Button(click)) = &message.interaction else { return None };
    if message.command.native {
        return None;
    }
    let key = format!("mattermost:interaction:{}:{}", click.message_id, click.action_id);
    let who =
        message.sender.username.as_ref().map_or_else(|| message.sender.id.clone(), |name| format!("@{name}"));
    Some(SystemEvent {
        event_id: format!("{}:{key}", message.account_id),
        account_id: message.account_id.clone(),
        text: format!(
            "Mattermost button click: action=\"{}\" by {who} in channel {}",
            click.action_id, message.conversation.channel_id
        ),
        context_key: Some(key),
        session: message.session.clone(),
        conversation: Some(message.conversation.clone()),
    })
}
