//! Whether a sender was approved by pairing, and what strangers are told.

use super::deps::Deps;
use super::questions::Unanswered;
use host_sdk::protocol::{HostAnswer, InboundMessage, Outbound, PairingAnswer, PairingQuestion, Question};
use std::time::Duration;

/// A host that cannot answer is asked again after these pauses.
const AGAIN: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// Why it is not known whether a sender was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTold {
    /// The host has no pairing.
    Never,
    /// It cannot answer now, or the instance shuts down.
    NotNow,
}

/// Was this sender approved? With `create` a stranger gets a request.
pub(crate) async fn ask(
    deps: &Deps,
    account_id: &str,
    sender_id: &str,
    sender_name: Option<&str>,
    create: bool,
) -> Result<PairingAnswer, NotTold> {
    let question = PairingQuestion {
        sender_id: sender_id.to_owned(),
        sender_name: sender_name.map(str::to_owned),
        create,
    };
    let mut again = AGAIN.iter();
    loop {
        let asked = deps.questions.ask(&deps.context, account_id, Question::Pairing(question.clone())).await;
        let why = match asked {
            Ok(HostAnswer::Pairing(answer)) => return Ok(answer),
            Ok(_) => "it answered another question".to_owned(),
            Err(Unanswered::Closed) => return Err(NotTold::NotNow),
            Err(Unanswered::NotKnown) => {
                tracing::error!(account = %account_id, "dmPolicy is \"pairing\", but this host has no pairing: nobody but allowFrom is heard in direct messages");
                return Err(NotTold::Never);
            }
            Err(Unanswered::Failed(why)) => why,
        };
        let Some(pause) = again.next() else {
            tracing::error!(account = %account_id, "the host cannot tell who was approved by pairing: {why}");
            return Err(NotTold::NotNow);
        };
        tracing::warn!(account = %account_id, "the host cannot tell who was approved by pairing, asking again: {why}");
        tokio::time::sleep(*pause).await;
    }
}

/// Whether a message is from somebody who was approved; `None` when it is to be asked later. A stranger is told his code
/// once.
pub(super) async fn admits(deps: &Deps, message: &InboundMessage, doubtful: bool) -> Option<bool> {
    let sender = &message.sender;
    let account_id = &message.account_id;
    let answer = match ask(deps, account_id, &sender.id, sender.username.as_deref(), true).await {
        Ok(answer) => answer,
        Err(NotTold::Never) => return Some(false),
        Err(NotTold::NotNow) => return None,
    };
    if answer.approved {
        return Some(true);
    }
    tracing::debug!(account = %account_id, created = answer.created, "pairing request sender={}", sender.id);
    // After a crash the request may be there and its message not: the same delivery is never posted twice.
    if let Some(code) = answer.code.as_deref().filter(|_| answer.created || doubtful) {
        deps.outbox.submit_own(notice(message, code, answer.approve_command.as_deref()));
    }
    Some(false)
}

/// What a stranger is told: his id, his code, and who can let him in.
pub(crate) fn told(sender_id: &str, code: &str, command: Option<&str>) -> String {
    let usual = format!("openclaw pairing approve mattermost {code}");
    let command = command.unwrap_or(&usual);
    format!(
        "OpenClaw: access not configured.\n\nYour Mattermost user id: {sender_id}\n\nPairing code:\n```\n{code}\n```\n\n\
         Ask the bot owner to approve with:\n```\n{command}\n```"
    )
}

fn notice(message: &InboundMessage, code: &str, command: Option<&str>) -> Outbound {
    Outbound {
        target: message.reply.target.clone(),
        account_id: Some(message.account_id.clone()),
        delivery_id: Some(format!("pairing:{}:{code}", message.sender.id)),
        text: told(&message.sender.id, code, command),
        ..Outbound::default()
    }
}

/// What somebody is told who was approved.
pub(crate) fn approved(account_id: &str, sender_id: &str) -> Outbound {
    Outbound {
        target: format!("user:{sender_id}"),
        account_id: Some(account_id.to_owned()),
        text: "✅ OpenClaw access approved. Send a message to start chatting.".to_owned(),
        ..Outbound::default()
    }
}
