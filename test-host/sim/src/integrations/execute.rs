//! Executing slash commands.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};

use super::{
    CommandResponse,
    client::{self, Call},
    mentions,
    trigger::Trigger,
};
use crate::{
    api::App,
    errors::ApiError,
    ids::Id,
    state::{Command, Place, World},
};

/// The longest trigger that an error shows, in bytes.
const MAX_SHOWN: usize = 512;

/// What somebody typed, and where.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) user_id: Id,
    pub(crate) channel_id: String,
    /// Counts in conversations only, which belong to no team.
    pub(crate) team_id: Option<Id>,
    /// The thread; empty outside of one.
    pub(crate) root_id: String,
    /// The whole text, slash and all.
    pub(crate) command: String,
}

/// A command that was found, with the call that it makes.
struct Prepared {
    command: Command,
    place: Place,
    trigger: Trigger,
    call: Call,
    life: u64,
}

/// Calls the integration of a command and does what it answers; the answer.
pub(crate) async fn execute(app: &App, execution: Execution) -> Result<CommandResponse, ApiError> {
    let Prepared { command, place, trigger, call, life } = {
        let mut world = app.world();
        prepare(&mut world, &app.url(), &execution)?
    };
    let name = command.wording.trigger.as_str();
    let failed = || {
        failure(
            "api.command.execute_command.failed.app_error",
            format!("Command with a trigger of '{name}' failed."),
        )
    };
    let answer = client::call(app, call).await.map_err(|_| failed())?;
    if answer.status != StatusCode::OK {
        let text = format!("Command with a trigger of '{name}' returned response {}.", answer.status);
        return Err(failure("api.command.execute_command.failed_resp.app_error", text));
    }
    let mut world = app.world();
    let version = world.version;
    let mut response =
        CommandResponse::parse(&answer.content_type, &answer.body, version).ok_or_else(failed)?;
    response.trigger_id = trigger.client.to_string();
    // What was in flight when a server ended is lost.
    if world.life != life || !world.handle_response(&command.wording, &place, &mut response) {
        return Err(not_posted(name));
    }
    Ok(response)
}

/// Does what an integration says at its `response_url`.
pub(crate) fn answer_later(
    world: &mut World,
    hook: &str,
    mut response: CommandResponse,
) -> Result<(), ApiError> {
    let (command, place) = world.use_command_hook(hook)?;
    match world.handle_response(&command.wording, &place, &mut response) {
        true => Ok(()),
        false => Err(not_posted(&command.wording.trigger)),
    }
}

fn prepare(world: &mut World, site: &str, execution: &Execution) -> Result<Prepared, ApiError> {
    let channel_id = Id::parse(&execution.channel_id);
    let channel_id = channel_id.filter(|_| execution.command.len() > 1 && execution.command.starts_with('/'));
    let channel_id = channel_id
        .ok_or(ApiError::bad("api.command.execute_command.start.app_error", "No command trigger found."))?;
    let user_id = execution.user_id;
    let channel = world.writable_channel(user_id, channel_id)?;
    if channel.delete_at != 0 {
        return Err(ApiError::bad(
            "api.command.execute_command.deleted.error",
            "Cannot run command on deleted channel.",
        ));
    }
    let team_id = match channel.team_id {
        Some(team_id) => team_id,
        None => execution.team_id.filter(|id| world.in_team(user_id, *id)).ok_or(ApiError::permission())?,
    };
    let typed = execution.command.as_str();
    let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
    let trigger = typed[1..end].to_lowercase();
    let text = typed[end..].chars().next().map_or("", |space| &typed[end + space.len_utf8()..]);
    let command = world
        .commands
        .values()
        .find(|command| command.team_id == team_id && command.wording.trigger == trigger);
    let command = command.cloned().ok_or_else(|| unknown(&trigger))?;
    let team = world.team(team_id)?;
    let signed = Trigger::new(&world.secrets, user_id)?;
    let mut fields = BTreeMap::from([
        ("token", vec![command.token.clone()]),
        ("team_id", vec![team_id.to_string()]),
        ("team_domain", vec![team.name.clone()]),
        ("channel_id", vec![channel_id.to_string()]),
        ("channel_name", vec![channel.name.clone()]),
        ("user_id", vec![user_id.to_string()]),
        ("user_name", vec![world.username(user_id)]),
        ("command", vec![format!("/{trigger}")]),
        ("text", vec![text.to_owned()]),
        ("trigger_id", vec![signed.signed.clone()]),
    ]);
    if world.version.is_modern() {
        fields.insert("root_id", vec![execution.root_id.clone()]);
        let lists = [
            ("user_mentions", "user_mentions_ids", mentions::users(world, team_id, text)),
            ("channel_mentions", "channel_mentions_ids", mentions::channels(world, team_id, text)),
        ];
        for (names, ids, found) in lists {
            if !found.is_empty() {
                fields.insert(ids, found.iter().map(|(_, id)| id.to_string()).collect());
                fields.insert(names, found.into_iter().map(|(name, _)| name).collect());
            }
        }
    }
    let place = Place { user_id, channel_id, root_id: execution.root_id.clone() };
    let hook = world.open_command_hook(command.id, place.clone());
    fields.insert("response_url", vec![format!("{site}/hooks/commands/{hook}")]);
    let call = call(&command, &form(&fields));
    Ok(Prepared { command, place, trigger: signed, call, life: world.life })
}

fn call(command: &Command, form: &str) -> Call {
    let authorization = Some(format!("Token {}", command.token));
    let url = command.wording.url.as_str();
    if command.wording.method == "G" {
        let separator = if url.contains('?') { "&" } else { "?" };
        return Call {
            method: Method::GET,
            url: format!("{url}{separator}{form}"),
            authorization,
            content_type: None,
            body: String::new(),
            trusted: false,
        };
    }
    Call {
        method: Method::POST,
        url: url.to_owned(),
        authorization,
        content_type: Some("application/x-www-form-urlencoded"),
        body: form.to_owned(),
        trusted: false,
    }
}

/// Fields as a form, in the order of their names.
fn form(fields: &BTreeMap<&str, Vec<String>>) -> String {
    let pairs = fields.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

/// A value of a form as Go escapes it.
fn escaped(value: &str) -> String {
    let mut made = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b' ' => made.push('+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => made.push(char::from(b)),
            b => made.push_str(&format!("%{b:02X}")),
        }
    }
    made
}

fn unknown(trigger: &str) -> ApiError {
    let shown = match trigger.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_SHOWN) {
        Some(end) => format!("{}...", &trigger[..end]),
        None => trigger.to_owned(),
    };
    ApiError {
        status: StatusCode::NOT_FOUND,
        id: "api.command.execute_command.not_found.app_error",
        message: format!(
            "Command with a trigger of '{shown}' not found. To send a message beginning with \"/\", try adding an \
             empty space at the beginning of the message."
        )
        .into(),
    }
}

fn not_posted(trigger: &str) -> ApiError {
    failure(
        "api.command.execute_command.create_post_failed.app_error",
        format!("Command '{trigger}' failed to post response. Please contact your System Administrator."),
    )
}

fn failure(id: &'static str, message: String) -> ApiError {
    ApiError { status: StatusCode::INTERNAL_SERVER_ERROR, id, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped_as_real_servers_do() {
        let fields = BTreeMap::from([
            ("text", vec!["some  text @bob ~a*é".to_owned()]),
            ("command", vec!["/oc".to_owned()]),
            ("users", vec!["a".to_owned(), "b".to_owned()]),
        ]);
        let made = "command=%2Foc&text=some++text+%40bob+~a%2A%C3%A9&users=a&users=b";
        assert_eq!(form(&fields), made);
    }
}
