//! A picker is posted when somebody asks for the models by a slash command.

use super::asked::Asked;
use super::models::{Whose, models};
use super::views::View;
use crate::account::{Account, Deps};
use crate::interactive::{Person, Room};
use crate::turn::Thread;
use host_sdk::protocol::Outbound;
use std::sync::Arc;

/// Where a picker is posted, and for whom.
#[derive(Clone)]
pub(crate) struct Opening {
    pub account: Arc<Account>,
    pub room: Room,
    /// Only this person may use it.
    pub person: Person,
    pub thread: Thread,
    /// Unique for what asked for it: the same is never posted twice.
    pub delivery_id: String,
}

/// Post a picker: accepted by the outbox, which posts it as durably as any message. False when the host knows no models,
/// or cannot tell: then the command is the host's to answer.
pub(crate) async fn open(deps: &Deps, opening: Opening, asked: Asked) -> bool {
    let Opening { account, room, person, thread, delivery_id } = opening;
    let whose = Whose { account: &account, room: &room, person: &person, thread: &thread };
    let Ok(catalogue) = models(deps, whose).await else { return false };
    // A host without a choice still knows how to say which model it uses.
    if catalogue.providers.is_empty() && asked == Asked::Summary {
        return false;
    }
    let face = View::from(asked).face(&catalogue, &person.id);
    let message = Outbound {
        target: format!("channel:{}", room.channel.id),
        account_id: Some(account.config.id.clone()),
        thread_root_id: thread.reply.clone(),
        delivery_id: Some(delivery_id),
        text: face.text,
        ..Outbound::default()
    };
    deps.outbox.submit_own_with(message, face.buttons);
    true
}
