//! The effect of a plain button: its message says who chose what, and the agent hears of it. Once.

use super::change::{change, update};
use super::claims::{Winner, name};
use super::confirm;
use super::handler::{Click, Clicks};
use super::refused::Refused;
use crate::account::Deps;
use crate::buttons::keys;
use crate::interactive::answer::json;
use crate::interactive::synthetic::{Deed, Place, message};
use crate::status::now_ms;
use host_sdk::protocol::{Click as Clicked, CommandFacts, HttpResponse, InboundMessage, Interaction};
use mattermost_client::model::Props;
use mattermost_client::{Client, PostPatch};
use serde_json::{Map, Value, json as value};
use std::time::Duration;
use tokio::sync::oneshot;

/// When it is looked whether the buttons are really gone, where the answer asked for it.
const LOOK: [Duration; 3] = [Duration::from_secs(3), Duration::from_secs(15), Duration::from_secs(60)];

/// Give a click its effect. It comes to its end whatever becomes of the request.
pub(super) async fn answer(clicks: &Clicks, click: Click) -> HttpResponse {
    let (answered, answer) = oneshot::channel();
    let clicks = clicks.clone();
    clicks.deps.context.clone().spawn(async move {
        // Nobody may be waiting any more.
        let _ = answered.send(effect(&clicks, click).await);
    });
    match answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(refused)) => refused.response(),
        Err(_) => json(500, &value!({ "error": "Interaction handler failed" })),
    }
}

async fn effect(clicks: &Clicks, click: Click) -> Result<HttpResponse, Refused> {
    let winner = Winner { username: shown(&click), label: click.label.clone() };
    let claim = clicks.claims().claim(&click.post.id, winner).map_err(Refused::Late)?;
    let turns = &clicks.deps.turns;
    let Ok(written) = turns.admit(inbound(&click), vec![name(&click.post.id)]).await else {
        return Err(Refused::NotWritten);
    };
    claim.keep();
    let telling = turns.clone();
    clicks.deps.context.spawn(async move { telling.tell(written).await });
    let line = confirm::line(&click.label, &shown(&click));
    let props = confirm::props(&click.post, &line);
    if change(&clicks.deps, &click.client, &click.post.id, patch(props)).await {
        return Ok(json(200, &value!({})));
    }
    let update = update(&click.client, &click.post, &line).await;
    see_to_it(&clicks.deps, click.client, click.post.id, line);
    Ok(json(200, &value!({ "update": update })))
}

fn shown(click: &Click) -> String {
    if click.person.username.is_empty() { click.person.id.clone() } else { click.person.username.clone() }
}

fn inbound(click: &Click) -> InboundMessage {
    let Click { account, post, room, person, action_id, label, context, access, .. } = click;
    let thread = account.config.threading.thread(room.kind, post);
    let place = Place {
        account: &account.config,
        room,
        person,
        thread: &thread,
        inside: Some(post.root_id.as_str()).filter(|root| !root.is_empty()),
    };
    let own = [keys::ACTION_ID, keys::CALLBACK_DATA, keys::CHANNEL_ID, keys::DELIVERY, keys::EXPIRES_AT];
    let rest: Map<String, Value> = context
        .iter()
        .filter(|(key, _)| !own.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let interaction = Interaction::Button(Clicked {
        message_id: post.id.clone(),
        action_id: action_id.clone(),
        label: label.clone(),
        value: context.get(keys::CALLBACK_DATA).and_then(Value::as_str).map(str::to_owned),
        context: if rest.is_empty() { Value::Null } else { Value::Object(rest) },
    });
    let deed = Deed {
        key: name(&post.id),
        message_id: format!("interaction:{}:{action_id}", post.id),
        text: format!(
            "[Button click: user @{} selected \"{}\"]",
            shown(click),
            confirm::one_line(label).replace('"', "'")
        ),
        interaction,
        command: CommandFacts::default(),
        access: access.clone(),
        at_ms: now_ms(),
    };
    message(place, deed)
}

fn patch(props: Props) -> PostPatch {
    PostPatch { props: Some(props), ..PostPatch::default() }
}

/// Look some time later whether the buttons are gone, and take them away if not.
pub(super) fn see_to_it(deps: &Deps, client: Client, post_id: String, line: String) {
    let looking = deps.clone();
    deps.context.spawn(async move {
        for pause in LOOK {
            tokio::time::sleep(pause).await;
            match client.post(&post_id).await {
                Ok(post) if confirm::has_buttons(&post) => {
                    if change(&looking, &client, &post_id, patch(confirm::props(&post, &line))).await {
                        return;
                    }
                }
                Ok(_) => return,
                Err(error) if error.is_not_found() => return,
                Err(_) => {}
            }
        }
    });
}

/// Clicks of an earlier process are handed to the host again: their posts may still have the buttons. One after the other:
/// nobody waits for it.
pub(crate) fn resumed<'a>(deps: &Deps, client: &Client, messages: impl Iterator<Item = &'a InboundMessage>) {
    let clicked: Vec<(String, String)> = messages.filter_map(confirmed).collect();
    if clicked.is_empty() {
        return;
    }
    let (deps, client) = (deps.clone(), client.clone());
    let context = deps.context.clone();
    context.spawn(async move {
        let brake = deps.brakes.of(client.server().as_str());
        for (post_id, line) in clicked {
            brake.ready().await;
            match client.post(&post_id).await {
                Ok(post) if !confirm::has_buttons(&post) => {}
                Ok(post) => {
                    if !change(&deps, &client, &post_id, patch(confirm::props(&post, &line))).await {
                        see_to_it(&deps, client.clone(), post_id, line);
                    }
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    brake.heed(&error);
                    see_to_it(&deps, client.clone(), post_id, line);
                }
            }
        }
    });
}

/// The post of a click, and what has to stand in the place of its buttons. A picker stays: more can be chosen.
fn confirmed(message: &InboundMessage) -> Option<(String, String)> {
    let Some(Interaction::Button(click)) = &message.interaction else { return None };
    let who = message.sender.username.as_deref().unwrap_or(&message.sender.id);
    let plain = !message.command.native;
    plain.then(|| (click.message_id.clone(), confirm::line(&click.label, who)))
}
