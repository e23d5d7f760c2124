//! Slash commands: registering, executing, answering later.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    App, Server,
    body::Payload,
    caller::{Caller, id_param},
    detached::detached,
    query::Params,
    reply::{created, done, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    integrations::{CommandResponse, Execution, answer_later, execute},
    state::CommandWording,
    views::{command_view, public_command_view},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct CommandFields {
    id: String,
    creator_id: String,
    team_id: String,
    trigger: String,
    method: String,
    username: String,
    icon_url: String,
    auto_complete: bool,
    auto_complete_desc: String,
    auto_complete_hint: String,
    display_name: String,
    description: String,
    url: String,
}

impl CommandFields {
    fn wording(self) -> CommandWording {
        CommandWording {
            trigger: self.trigger,
            method: self.method,
            username: self.username,
            icon_url: self.icon_url,
            auto_complete: self.auto_complete,
            auto_complete_desc: self.auto_complete_desc,
            auto_complete_hint: self.auto_complete_hint,
            display_name: self.display_name,
            description: self.description,
            url: self.url,
        }
    }
}

/// `POST /commands`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: CommandFields = payload.parse("command")?;
    let (owner, team_id) = (Id::parse(&fields.creator_id), Id::parse(&fields.team_id));
    let mut world = app.world();
    let id = world.create_command(caller.user_id, owner, team_id, fields.wording())?;
    Ok(created(&command_view(world.managed_command(caller.user_id, id)?, world.version)))
}

/// `GET /commands`: with `custom_only` those that the caller may manage. The server's own commands are not listed.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
) -> Result<Response, ApiError> {
    let by = caller.user_id;
    let world = app.world();
    if params.text("team_id").is_empty() {
        return Err(ApiError::body("team_id"));
    }
    let team_id = params.id("team_id").filter(|id| world.in_team(by, *id)).ok_or(ApiError::permission())?;
    let commands = world.team_commands(team_id).into_iter();
    let may_own = world.may_own_commands(by, team_id);
    // Old servers show who may have commands those of everybody.
    let all = world.may_manage_commands(by, team_id) || !world.version.is_modern();
    let is_shown = |creator_id| all || creator_id == by;
    if matches!(params.text("custom_only"), "1" | "t" | "T" | "TRUE" | "true" | "True") {
        if !may_own {
            return Err(ApiError::permission());
        }
        let commands = commands.filter(|command| is_shown(command.creator_id));
        return Ok(found(&commands.map(|command| command_view(command, world.version)).collect::<Vec<_>>()));
    }
    let commands = commands.filter(|command| match may_own {
        true => is_shown(command.creator_id),
        false => command.wording.auto_complete,
    });
    Ok(found(&commands.map(|command| public_command_view(command, world.version)).collect::<Vec<_>>()))
}

/// `GET /teams/{team_id}/commands/autocomplete`
pub(super) async fn autocomplete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(team): Path<String>,
) -> Result<Response, ApiError> {
    let team_id = id_param(&team, "team_id")?;
    let world = app.world();
    if !world.in_team(caller.user_id, team_id) {
        return Err(ApiError::permission());
    }
    let commands = world.team_commands(team_id).into_iter().filter(|command| command.wording.auto_complete);
    Ok(found(&commands.map(|command| public_command_view(command, world.version)).collect::<Vec<_>>()))
}

/// `GET /commands/{command_id}`, which old servers do not have.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(command): Path<String>,
) -> Result<Response, ApiError> {
    let world = app.world();
    if !world.version.is_modern() {
        return Err(ApiError::no_route());
    }
    let command = world.visible_command(caller.user_id, id_param(&command, "command_id")?)?;
    Ok(found(&command_view(command, world.version)))
}

/// `PUT /commands/{command_id}`
pub(super) async fn update(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(command): Path<String>,
    payload: Payload,
) -> Result<Response, ApiError> {
    let id = id_param(&command, "command_id")?;
    let fields: CommandFields = payload.parse("command")?;
    if fields.id != command {
        return Err(ApiError::body("command"));
    }
    let team_id = Id::parse(&fields.team_id);
    let mut world = app.world();
    world.managed_command(caller.user_id, id)?;
    world.update_command(id, team_id, fields.wording())?;
    Ok(found(&command_view(world.managed_command(caller.user_id, id)?, world.version)))
}

/// `PUT /commands/{command_id}/regen_token`
pub(super) async fn regen_token(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(command): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&command, "command_id")?;
    let mut world = app.world();
    world.managed_command(caller.user_id, id)?;
    Ok(found(&json!({ "token": world.regenerate_command(id)? })))
}

/// `DELETE /commands/{command_id}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(command): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&command, "command_id")?;
    let mut world = app.world();
    world.managed_command(caller.user_id, id)?;
    world.delete_command(id);
    Ok(done())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ExecuteFields {
    channel_id: String,
    team_id: String,
    root_id: String,
    command: String,
}

/// `POST /commands/execute`
pub(super) async fn run(
    State(server): State<Server>,
    caller: Caller,
    payload: Payload,
) -> Result<Response, ApiError> {
    let fields: ExecuteFields = payload.parse("command_args")?;
    let execution = Execution {
        user_id: caller.user_id,
        channel_id: fields.channel_id,
        team_id: Id::parse(&fields.team_id),
        root_id: fields.root_id,
        command: fields.command,
    };
    let app = Arc::clone(&server.app);
    let response = detached(&server, async move { execute(&app, execution).await }).await?;
    Ok(found(&response))
}

/// `POST /hooks/commands/{hook_id}`: a later answer to one execution. Who knows the address needs no session.
pub(super) async fn later(
    State(app): State<Arc<App>>,
    Path(hook): Path<String>,
    headers: HeaderMap,
    payload: Payload,
) -> Result<Response, ApiError> {
    if !hook.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ApiError::no_route());
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut world = app.world();
    let response = CommandResponse::parse(content_type, payload.bytes(), world.version)
        .ok_or(ApiError::bad("web.command_webhook.parse.app_error", "Unable to parse incoming data."))?;
    answer_later(&mut world, &hook, response)?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("text/plain"))];
    Ok((StatusCode::OK, headers, "ok").into_response())
}
