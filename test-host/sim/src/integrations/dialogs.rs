//! Interactive dialogs: opening one for the user of a trigger id, and sending in what they filled in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{click::call_action, go_json, trigger};
use crate::{
    api::App,
    errors::ApiError,
    ids::Id,
    state::World,
    ws::{Broadcast, Event},
};

/// What an integration asks for, in the fields and the order of the real server. What it does not know is dropped.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OpenDialog {
    trigger_id: String,
    url: String,
    dialog: Dialog,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Dialog {
    callback_id: String,
    title: String,
    introduction_text: String,
    icon_url: String,
    elements: Option<Vec<Element>>,
    submit_label: String,
    notify_on_cancel: bool,
    state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source_url: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Element {
    display_name: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    subtype: String,
    default: String,
    placeholder: String,
    help_text: String,
    optional: bool,
    min_length: i64,
    max_length: i64,
    data_source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    data_source_url: String,
    options: Option<Vec<Choice>>,
    /// Later servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    multiselect: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Choice {
    text: String,
    value: String,
}

/// What a user filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DialogSubmission {
    url: String,
    callback_id: String,
    state: String,
    channel_id: String,
    team_id: String,
    submission: Option<Map<String, Value>>,
    cancelled: bool,
}

/// What an integration is told of it, in the fields and the order of the real server.
#[derive(Debug, Serialize)]
struct Submitted<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    callback_id: &'a str,
    state: &'a str,
    user_id: Id,
    channel_id: &'a str,
    team_id: &'a str,
    submission: &'a Option<Map<String, Value>>,
    cancelled: bool,
}

/// What an integration may say about it, and the user's client is told.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SubmissionAnswer {
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    errors: Map<String, Value>,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Value>,
}

/// Shows the user of a trigger id a dialog.
pub(crate) fn open_dialog(world: &World, mut wanted: OpenDialog) -> Result<(), ApiError> {
    if wanted.url.is_empty() {
        return Err(ApiError::body("url"));
    }
    let (client, user_id) = trigger::verify(&world.secrets, &wanted.trigger_id, world.settings.timeout)?;
    wanted.trigger_id = client;
    for element in wanted.dialog.elements.iter_mut().flatten() {
        element.multiselect = world.version.is_modern().then_some(element.multiselect.unwrap_or(false));
    }
    let data = json!({ "dialog": go_json::to_string(&wanted) });
    world.publish(&Event::new("open_dialog", data, Broadcast::user(user_id)));
    Ok(())
}

/// Sends an integration what a user filled in; its answer, of which nothing is needed.
pub(crate) async fn submit_dialog(
    app: &App,
    user_id: Id,
    token: &str,
    filled: DialogSubmission,
) -> Result<SubmissionAnswer, ApiError> {
    if filled.url.is_empty() {
        return Err(ApiError::body("url"));
    }
    {
        let world = app.world();
        let channel_id = Id::parse(&filled.channel_id).ok_or(ApiError::permission())?;
        world.writable_channel(user_id, channel_id)?;
        let in_team = Id::parse(&filled.team_id).is_some_and(|team_id| world.in_team(user_id, team_id));
        if !in_team && !world.is_admin(user_id) {
            return Err(ApiError::permission());
        }
    }
    let body = go_json::to_string(&Submitted {
        kind: "dialog_submission",
        callback_id: &filled.callback_id,
        state: &filled.state,
        user_id,
        channel_id: &filled.channel_id,
        team_id: &filled.team_id,
        submission: &filled.submission,
        cancelled: filled.cancelled,
    });
    let answer = call_action(app, &filled.url, body, token).await?;
    Ok(serde_json::from_slice(&answer).unwrap_or_default())
}
