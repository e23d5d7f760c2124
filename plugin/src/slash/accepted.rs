//! What an accepted command leads to: one turn of the agent, durable before the caller is answered.

use super::once::KIND;
use super::payload::Payload;
use super::places::Where;
use super::words::Answer;
use crate::account::{Account, Deps};
use crate::interactive::{Deed, Person, Place, key_of, message};
use crate::picker;
use crate::status::now_ms;
use host_sdk::protocol::{CommandFacts, InboundMessage, Interaction, SlashCall};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A command that is obeyed.
pub(super) struct Accepted {
    pub account: Arc<Account>,
    pub payload: Payload,
    pub place: Where,
    pub person: Person,
    /// What the agent reads: `/model gpt-5`.
    pub text: String,
    pub facts: CommandFacts,
    /// Why its giver is heard: a reason code.
    pub access: String,
}

/// The text of a command for the host.
pub(super) fn text(command: &str, arguments: &str) -> String {
    format!("/{command} {}", arguments.trim()).trim_end().to_owned()
}

/// Give a command its effect. It comes to its end whatever becomes of the request.
pub(super) async fn accept(deps: &Deps, accepted: Accepted) -> Answer {
    let (answered, answer) = oneshot::channel();
    let working = deps.clone();
    deps.context.spawn(async move {
        // Nobody may be waiting any more.
        let _ = answered.send(effect(&working, accepted).await);
    });
    answer.await.unwrap_or(Answer::NotWritten)
}

async fn effect(deps: &Deps, accepted: Accepted) -> Answer {
    let account_id = accepted.account.config.id.clone();
    let now = now_ms();
    let trigger_id = accepted.payload.trigger_id.as_str();
    let (key, message_id) = if trigger_id.is_empty() {
        (key_of(KIND, &[&accepted.payload.token, &now.to_string()]), format!("{KIND}-{now}"))
    } else {
        let key = key_of(KIND, &[trigger_id]);
        (key.clone(), key)
    };
    let Some(taking) = deps.slash.once().take(&account_id, &key) else {
        // The same call again: whoever sent it is answered as before, and nothing happens twice.
        return Answer::Processing;
    };
    let inbound = inbound(&accepted, &key, message_id, now);
    let event_id = inbound.event_id.clone();
    let delivery_id = format!("picker:{event_id}");
    let Ok(mut written) = deps.turns.admit(inbound, vec![key.clone()]).await else {
        return Answer::NotWritten;
    };
    taking.keep();
    if let Some(hook) = accepted.payload.hook() {
        written.tell_failure_at(hook);
    }
    let asked = picker::asked(&accepted.text).filter(|_| accepted.facts.authorized);
    let telling = deps.clone();
    deps.context.spawn(async move {
        if let Some(asked) = asked {
            let Accepted { account, place: Where { room, thread, .. }, person, .. } = accepted;
            let opening = picker::Opening { account, room, person, thread, delivery_id };
            if picker::open(&telling, opening, asked).await {
                telling.turns.done(&account_id, &event_id, vec![key]);
                return;
            }
        }
        telling.turns.tell(written).await;
    });
    Answer::Processing
}

fn inbound(accepted: &Accepted, key: &str, message_id: String, now: i64) -> InboundMessage {
    let Accepted { account, payload, place, person, text, facts, access, .. } = accepted;
    let at = Place {
        account: &account.config,
        room: &place.room,
        person,
        thread: &place.thread,
        inside: place.inside.as_deref(),
    };
    let interaction = Interaction::Command(SlashCall {
        trigger: payload.trigger.clone(),
        arguments: payload.text.trim().to_owned(),
    });
    let deed = Deed {
        key: key.to_owned(),
        message_id,
        text: text.clone(),
        interaction,
        command: *facts,
        access: access.clone(),
        at_ms: now,
    };
    message(at, deed)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_command_is_written_as_one_types_it() {
        assert_eq!(text("model", "  gpt-5  "), "/model gpt-5");
        assert_eq!(text("new", " "), "/new");
        assert_eq!(text("deploy", "a  b\nc"), "/deploy a  b\nc");
    }
}
