//! The host's models, for a session.

use super::catalogue::Catalogue;
use crate::account::{Account, Deps, Unanswered};
use crate::interactive::{Person, Room};
use crate::turn::{Place, Thread};
use host_sdk::protocol::{HostAnswer, ModelsQuestion, Question};
use std::time::Duration;

/// How long the host may take. Who clicked waits, and servers give up on slow answers.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why there is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// The host knows no such lists.
    Never,
    /// Not at the moment.
    NotNow,
}

/// Whose models: those of the session that a message of this person would belong to.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub account: &'a Account,
    pub room: &'a Room,
    pub person: &'a Person,
    pub thread: &'a Thread,
}

/// The models of a session.
pub(super) async fn models(deps: &Deps, whose: Whose<'_>) -> Result<Catalogue, Unlisted> {
    let Whose { account, room, person, thread } = whose;
    let config = &account.config;
    let place = Place {
        account_id: &config.id,
        kind: room.kind,
        channel_id: &room.channel.id,
        team_id: &room.channel.team_id,
        sender_id: &person.id,
        thread: thread.session.as_deref(),
    };
    let session = config.sessions.session(&place, None);
    let question = Question::Models(ModelsQuestion { agent_id: session.agent_id, session_key: session.key });
    let asking = deps.questions.ask(&deps.context, &config.id, question);
    let reason = match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(HostAnswer::Models(named))) => return Ok(Catalogue::new(named)),
        Ok(Ok(HostAnswer::Unknown {}) | Err(Unanswered::NotKnown)) => return Err(Unlisted::Never),
        Ok(Ok(HostAnswer::Failed { reason }) | Err(Unanswered::Failed(reason))) => reason,
        Ok(Ok(_)) => "the host answered something else".to_owned(),
        Ok(Err(Unanswered::Closed)) => return Err(Unlisted::NotNow),
        Err(_) => "the host did not answer in time".to_owned(),
    };
    tracing::error!(account = %config.id, "mattermost model picker: the models cannot be listed: {}", crate::quoted::quoted(&reason));
    Err(Unlisted::NotNow)
}
