//! One turn: ask the agent, show what it does, send its answer, settle the event.

use super::commands;
use super::house::House;
use super::signs;
use super::start::Channel;
use super::wish;
use crate::agent::{Extras, Failed, Sign, Turn, Voice, session};
use host_sdk::protocol::{
    Acknowledge, Error, ErrorCode, HandleRequest, InboundMessage, Outbound, Refuse, SystemEvent,
};
use std::sync::Arc;
use std::time::Duration;

/// First pause when the plugin's queue is full; doubled up to the longest.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// So often a full queue is tried, about a minute in all.
const BUSY_TRIES: u32 = 60;

/// Whether messages are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Acknowledging {
    /// As soon as their turn is over.
    Always,
    /// A while after it.
    Late,
    /// Not at all.
    Never,
}

/// How late is late.
const LATE: Duration = Duration::from_secs(5);

/// Take one turn to its end.
pub async fn take(
    house: &House,
    channel: &Arc<Channel>,
    message: &InboundMessage,
    system_events: &[SystemEvent],
    how: Acknowledging,
) {
    let agent = house.agent.as_ref();
    let model = house.models.choice(&session(message));
    let model_name = model.as_ref().map(|name| name.model.as_str()).or(agent.model());
    let speaker = channel.names.speaker(&message.session.agent_id, model_name);
    let voice = Voice::asking(house.inquiries.of_turn(channel.clone(), message));
    let mut hints = if agent.takes_hints() { channel.hints.of(&message.account_id) } else { Vec::new() };
    let wishes = !hints.is_empty();
    if wishes {
        hints.push(wish::HOW.to_owned());
    }
    let answer = async {
        match commands::answer(message, agent, &house.models) {
            Some(text) => Ok(Some(text)),
            None => {
                let turn = Turn { message, system_events, model: model.as_ref(), hints: &hints };
                agent.answer(turn, &voice).await
            }
        }
    };
    let mut shown = false;
    let answer = signs::during(answer, &voice, |sign| {
        shown = true;
        let sign = match sign {
            Sign::Partial(text) if wishes => Sign::Partial(wish::shown(&text).to_owned()),
            sign => sign,
        };
        signs::send(channel, message, speaker.clone(), sign)
    })
    .await;
    if shown && !matches!(answer, Ok(Some(_))) {
        signs::end(channel, message).await;
    }
    let outcome = match answer {
        Ok(Some(text)) => {
            let Extras { buttons, presentation } = voice.extras();
            let (text, wished) = if wishes { wish::split(&text) } else { (text.as_str(), None) };
            let answer = Outbound {
                text: text.to_owned(),
                buttons: buttons.or(wished),
                presentation,
                agent: speaker,
                ..signs::delivery(message)
            };
            send(channel, &answer).await
        }
        Ok(None) => Ok(()),
        Err(failed) => Err(failed),
    };
    let event_id = message.event_id.clone();
    let settlement = match outcome {
        Ok(()) => HandleRequest::InboundAck(Acknowledge { event_id }),
        Err(Failed { why, again }) => {
            let sender = &message.sender;
            let who = sender.username.as_ref().map_or_else(|| sender.id.clone(), |name| format!("@{name}"));
            let then = if again { "; it will be tried again" } else { "" };
            tracing::error!(
                "{} {}: no answer to {who} (message {}): {why}{then}",
                channel.id,
                message.account_id,
                message.message_id
            );
            HandleRequest::InboundNack(Refuse { event_id, reason: why, give_up: !again })
        }
    };
    conclude(channel, message, settlement, how).await;
}

/// Settle a message without a turn: nobody wants an answer to it any more.
pub async fn leave_out(channel: &Arc<Channel>, message: &InboundMessage, how: Acknowledging) {
    let done = HandleRequest::InboundAck(Acknowledge { event_id: message.event_id.clone() });
    conclude(channel, message, done, how).await;
}

async fn conclude(
    channel: &Arc<Channel>,
    message: &InboundMessage,
    settlement: HandleRequest,
    how: Acknowledging,
) {
    match how {
        Acknowledging::Always => settle(channel, &message.account_id, &message.event_id, settlement).await,
        Acknowledging::Never => {}
        Acknowledging::Late => {
            let (channel, account, event) =
                (channel.clone(), message.account_id.clone(), message.event_id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(LATE).await;
                settle(&channel, &account, &event, settlement).await;
            });
        }
    }
}

async fn settle(channel: &Channel, account: &str, event: &str, settlement: HandleRequest) {
    let mut patience = Patience::new();
    while let Err(error) = channel.instance.handle(&settlement).await {
        if !patience.lasts(&error).await {
            tracing::error!("{} {account}: {event} cannot be settled: {error}", channel.id);
            return;
        }
    }
}

/// The answer has no id of its own: the plugin makes one of the event's, so that a message that is delivered and
/// answered again has one answer.
async fn send(channel: &Channel, answer: &Outbound) -> Result<(), Failed> {
    let mut patience = Patience::new();
    while let Err(error) = channel.instance.send(answer).await {
        if !patience.lasts(&error).await {
            let why = format!("the answer cannot be sent: {error}");
            return Err(Failed { why, again: error.retryable });
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
