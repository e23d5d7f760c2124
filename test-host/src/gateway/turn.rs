//! One turn: ask the agent, send its answer, settle the event.

use super::start::Channel;
use crate::agent::Agent;
use host_sdk::protocol::{Acknowledge, Error, ErrorCode, HandleRequest, InboundMessage, Outbound, Refuse};
use std::time::Duration;

/// First pause when the plugin's queue is full; doubled up to the longest.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// So often a full queue is tried, about a minute in all.
const BUSY_TRIES: u32 = 60;

/// Take one turn to its end.
pub async fn take(agent: &dyn Agent, channel: &Channel, message: &InboundMessage) {
    let of = format!("{} {}", channel.id, message.account_id);
    let outcome = match agent.answer(message).await {
        Ok(Some(text)) => send(channel, message, text).await,
        Ok(None) => Ok(()),
        Err(reason) => Err(reason),
    };
    let settle = match outcome {
        Ok(()) => HandleRequest::InboundAck(Acknowledge { event_id: message.event_id.clone() }),
        Err(reason) => {
            let sender = &message.sender;
            let who = sender.username.as_ref().map_or_else(|| sender.id.clone(), |name| format!("@{name}"));
            tracing::error!("{of}: no answer to {who} (message {}): {reason}", message.message_id);
            HandleRequest::InboundNack(Refuse { event_id: message.event_id.clone(), reason, give_up: true })
        }
    };
    let mut patience = Patience::new();
    while let Err(error) = channel.instance.handle(&settle).await {
        if !patience.lasts(&error).await {
            tracing::error!("{of}: {} cannot be settled: {error}", message.event_id);
            return;
        }
    }
}

async fn send(channel: &Channel, message: &InboundMessage, text: String) -> Result<(), String> {
    let answer = Outbound {
        target: message.reply.target.clone(),
        thread_root_id: message.reply.thread_root_id.clone(),
        account_id: Some(message.account_id.clone()),
        event_id: Some(message.event_id.clone()),
        text,
        ..Outbound::default()
    };
    let mut patience = Patience::new();
    while let Err(error) = channel.instance.send(&answer).await {
        if !patience.lasts(&error).await {
            return Err(format!("the answer cannot be sent: {error}"));
        }
    }
    Ok(())
}

/// How long a call is made again while the plugin's queue is full: then nothing of it was taken.
struct Patience {
    tries: u32,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self { tries: BUSY_TRIES, pause: BUSY_PAUSE }
    }

    /// True after a pause when the call should be made again.
    async fn lasts(&mut self, error: &Error) -> bool {
        if error.code != ErrorCode::Busy || self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
