//! A click on a picker's button.

use super::action::Action;
use super::models::{Unlisted, Whose, models};
use super::order::{Order, Taken};
use super::shown::show;
use super::views::View;
use crate::account::Deps;
use crate::interactive::{Click, Deed, Place, Winner, json, key_of, message, seen_by_clicker};
use crate::status::now_ms;
use crate::turn::Thread;
use host_sdk::protocol::{Click as Clicked, CommandFacts, HttpResponse, InboundMessage, Interaction};
use serde_json::{Value, json as value};
use std::time::Duration;

/// How long a choice may take to be settled by the host until the picker shows what became of it.
const SETTLED: Duration = Duration::from_secs(30);
/// Between two looks whether it is.
const LOOK: Duration = Duration::from_millis(100);

/// The response to a click on a picker's button; `None`: it is none.
pub(crate) async fn answer(deps: &Deps, order: &Order, click: &Click) -> Option<HttpResponse> {
    let (action, owner) = Action::read(&click.context)?;
    if owner != click.person.id {
        return Some(seen_by_clicker("Only the person who opened this model picker can use it."));
    }
    if !click.commands {
        return Some(seen_by_clicker("You are not authorized to use this command."));
    }
    let view = match &action {
        Action::Providers | Action::Back => View::Providers,
        Action::List { provider, page } | Action::Select { provider, page, .. } => {
            View::Models { provider: provider.clone(), page: *page }
        }
    };
    let thread = thread(click);
    let whose = Whose { account: &click.account, room: &click.room, person: &click.person, thread: &thread };
    let catalogue = match models(deps, whose).await {
        Ok(catalogue) => catalogue,
        Err(Unlisted::Never | Unlisted::NotNow) => {
            return Some(seen_by_clicker("The models cannot be listed right now: please try again."));
        }
    };
    let Action::Select { provider, model, .. } = &action else {
        let face = view.face(&catalogue, &click.person.id);
        return Some(show(deps, &click.account, &click.client, &click.post, face).await);
    };
    if !catalogue.offers(provider, model) {
        return Some(seen_by_clicker("That model is no longer available: open the picker again."));
    }
    let key = key(click);
    let choice = inbound(click, &thread, key.clone(), &format!("{provider}/{model}"));
    let event_id = choice.event_id.clone();
    let winner = Winner { username: click.person.username.clone(), label: click.label.clone() };
    Some(match order.take(deps, choice, key, winner).await {
        Ok(Taken::Now(told)) => {
            let refreshing = Refresh { deps: deps.clone(), click: click.clone(), thread, view };
            deps.context.spawn(async move {
                // Not told in this process, it changes nothing in this process.
                if told.await.is_ok() {
                    refreshing.once_settled(&event_id).await;
                }
            });
            json(200, &value!({}))
        }
        Ok(Taken::Before) => json(200, &value!({})),
        Err(_) => seen_by_clicker("That could not be taken right now: please click again."),
    })
}

/// Where the picker is used. A picker in a thread belongs to the thread's session. One at the top level was asked for by a
/// command that stood in no thread: what is chosen is meant for the conversation, although the answer may begin a thread.
fn thread(click: &Click) -> Thread {
    let thread = click.account.config.threading.thread(click.room.kind, &click.post);
    match click.post.root_id.is_empty() {
        true => Thread { session: None, ..thread },
        false => thread,
    }
}

/// What a click is known by: the server gives every click an id of its own.
fn key(click: &Click) -> String {
    let unique = match click.trigger_id.as_str() {
        "" => crate::ids::fresh_id(),
        trigger_id => trigger_id.to_owned(),
    };
    key_of("pick", &[&click.post.id, &unique])
}

/// The command that a choice is.
fn inbound(click: &Click, thread: &Thread, key: String, model: &str) -> InboundMessage {
    let Click { account, post, room, person, action_id, label, context, access, .. } = click;
    let place = Place {
        account: &account.config,
        room,
        person,
        thread,
        inside: Some(post.root_id.as_str()).filter(|root| !root.is_empty()),
    };
    let state = ["action", "provider", "model"];
    let state = state.iter().filter_map(|key| Some(((*key).to_owned(), context.get(*key)?.clone())));
    let deed = Deed {
        key,
        message_id: format!("interaction:{}:select:{model}", post.id),
        text: format!("/model {model}"),
        interaction: Interaction::Button(Clicked {
            message_id: post.id.clone(),
            action_id: action_id.clone(),
            label: label.clone(),
            value: None,
            context: Value::Object(state.collect()),
        }),
        command: CommandFacts { is_control: true, authorized: true, native: true },
        access: access.clone(),
        at_ms: now_ms(),
    };
    message(place, deed)
}

/// A picker that is to show what became of a choice.
struct Refresh {
    deps: Deps,
    click: Click,
    thread: Thread,
    view: View,
}

impl Refresh {
    /// Show it once the host is done with the choice. One that takes long is shown as far as it is.
    async fn once_settled(self, event_id: &str) {
        let Self { deps, click, thread, view } = self;
        let settled = async {
            while deps.turns.unsettled.with(event_id, |_| ()).is_some() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let _ = tokio::time::timeout(SETTLED, settled).await;
        let whose =
            Whose { account: &click.account, room: &click.room, person: &click.person, thread: &thread };
        let Ok(catalogue) = models(&deps, whose).await else { return };
        let face = view.face(&catalogue, &click.person.id);
        // Nobody waits for the response.
        let _ = show(&deps, &click.account, &click.client, &click.post, face).await;
    }
}
