//! Clicks on buttons and choices in menus.

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    ActionCookie,
    client::{self, Call},
    go_json, links,
    trigger::Trigger,
};
use crate::{
    api::App,
    errors::ApiError,
    ids::Id,
    state::{NewPost, PostPatch, World},
    ws::Event,
};

/// The props that a post keeps, whatever an answer says.
const RETAINED: [&str; 3] = ["from_webhook", "override_username", "override_icon_url"];

/// What somebody clicked. It has a session in it and is never shown.
pub(crate) struct Click {
    pub(crate) user_id: Id,
    /// The clicker's session, which the server's own plugins get.
    pub(crate) token: String,
    pub(crate) post_id: Id,
    pub(crate) action_id: String,
    /// What was chosen in a menu; empty for a button.
    pub(crate) selected_option: String,
    /// What the button of an ephemeral post carries; empty for others.
    pub(crate) cookie: String,
}

/// What an integration is told, in the fields and the order of the real server.
#[derive(Debug, Serialize)]
struct Body<'a> {
    user_id: Id,
    user_name: String,
    channel_id: Id,
    channel_name: &'a str,
    team_id: &'a str,
    team_domain: &'a str,
    post_id: Id,
    trigger_id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    data_source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Map<String, Value>>,
}

/// What an integration may answer.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    update: Option<Update>,
    ephemeral_text: Option<String>,
    skip_slack_parsing: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Update {
    message: Option<String>,
    props: Option<Map<String, Value>>,
    file_ids: Option<Vec<String>>,
}

/// What stands behind a click.
struct Target {
    channel_id: Id,
    root_post_id: Id,
    kind: String,
    data_source: String,
    url: String,
    context: Option<Map<String, Value>>,
    retained: Map<String, Value>,
}

/// A click that was carried out.
pub(crate) struct Clicked {
    /// The id that the clicker's client is told.
    pub trigger_id: Id,
    /// What only the clicker is to be shown, and the life of the server that it belongs to.
    aside: Option<(Event, u64)>,
}

impl Clicked {
    /// Shows the clicker what only he is to see. A real server does so beside its answer to the click, which mostly is
    /// there first.
    pub(crate) fn tell(self, app: &App) {
        let world = app.world();
        if let Some((event, _)) = self.aside.filter(|(_, life)| *life == world.life) {
            world.publish(&event);
        }
    }
}

/// Calls the integration of an action and does what it answers. What the clicker is shown alone is still to be told.
pub(crate) async fn click(app: &App, click: Click) -> Result<Clicked, ApiError> {
    let (target, trigger, body, life) = {
        let world = app.world();
        let mut target = find(&world, &click)?;
        if target.kind == "select" && !click.selected_option.is_empty() {
            let context = target.context.get_or_insert_default();
            context.insert("selected_option".to_owned(), json!(click.selected_option));
        } else {
            target.data_source.clear();
        }
        let trigger = Trigger::new(&world.secrets, click.user_id)?;
        let body = told(&world, &click, &target, &trigger)?;
        (target, trigger, body, world.life)
    };
    let answer = call_action(app, &target.url, body, &click.token).await?;
    let answer: Answer = match answer.as_slice() {
        [] => Answer::default(),
        body => serde_json::from_slice::<Option<_>>(body).map_err(|_| refused())?.unwrap_or_default(),
    };
    let mut world = app.world();
    // What was in flight when a server ended is lost.
    if world.life != life {
        return Err(refused());
    }
    if let Some(update) = answer.update {
        apply(&mut world, click.post_id, update, &target.retained)?;
    }
    let text = answer.ephemeral_text.unwrap_or_default();
    let mut aside = None;
    if !text.is_empty() {
        let skip = answer.skip_slack_parsing.unwrap_or(false);
        let new = NewPost {
            message: if skip { text } else { links::to_markdown(&text) },
            root_id: target.root_post_id.to_string(),
            props: target.retained,
            ..NewPost::default()
        };
        let (_, event) = world.ephemeral_untold(click.user_id, click.user_id, target.channel_id, new)?;
        aside = Some((event, life));
    }
    Ok(Clicked { trigger_id: trigger.client, aside })
}

/// Calls the URL of an action or a dialog; the answer's body, if its status is 200.
pub(super) async fn call_action(
    app: &App,
    url: &str,
    body: String,
    token: &str,
) -> Result<Vec<u8>, ApiError> {
    let is_plugin = client::is_plugin(app, url);
    let call = Call {
        method: Method::POST,
        url: url.to_owned(),
        authorization: is_plugin.then(|| format!("Bearer {token}")),
        content_type: Some("application/json"),
        body,
        trusted: is_plugin,
    };
    let answer = client::call(app, call).await.map_err(|_| refused())?;
    if answer.status == StatusCode::OK { Ok(answer.body) } else { Err(refused()) }
}

fn find(world: &World, click: &Click) -> Result<Target, ApiError> {
    let cookie: Option<ActionCookie> = match click.cookie.as_str() {
        "" => None,
        text => Some(world.secrets.open(text).ok_or(refused())?),
    };
    let known = world.posts.get(&click.post_id);
    let channel_id = match &cookie {
        Some(cookie) => Id::parse(&cookie.channel_id),
        None => known.map(|post| post.channel_id),
    };
    match channel_id {
        Some(channel_id) => world.writable_channel(click.user_id, channel_id).map(|_| ())?,
        None if world.is_admin(click.user_id) => {}
        None => return Err(ApiError::permission()),
    }
    if !world.settings.post_actions {
        return Err(disabled());
    }
    match (known.filter(|post| post.delete_at == 0), cookie) {
        (Some(post), _) => {
            let action = post
                .action(&click.action_id)
                .ok_or(ApiError::missing("api.post.do_action.action_id.app_error", "Invalid action id."))?;
            let retained =
                RETAINED.iter().filter_map(|name| Some(((*name).to_owned(), post.props.get(*name)?.clone())));
            Ok(Target {
                channel_id: post.channel_id,
                root_post_id: post.root_id.unwrap_or(post.id),
                kind: action.kind,
                data_source: action.data_source,
                url: action.integration.url,
                context: action.integration.context,
                retained: retained.collect(),
            })
        }
        (None, Some(cookie)) => {
            let integration = cookie.integration.ok_or(refused())?;
            if cookie.post_id != click.post_id.as_str() {
                return Err(refused());
            }
            Ok(Target {
                channel_id: channel_id.ok_or(refused())?,
                root_post_id: Id::parse(&cookie.root_post_id).ok_or(refused())?,
                kind: cookie.kind,
                data_source: cookie.data_source,
                url: integration.url,
                context: integration.context,
                retained: Map::new(),
            })
        }
        (None, None) => Err(ApiError::no_post()),
    }
}

fn told(world: &World, click: &Click, target: &Target, trigger: &Trigger) -> Result<String, ApiError> {
    let channel = world.channel(target.channel_id)?;
    let team = channel.team_id.map(|id| world.team(id)).transpose()?;
    Ok(go_json::to_string(&Body {
        user_id: click.user_id,
        user_name: world.username(click.user_id),
        channel_id: target.channel_id,
        channel_name: &channel.name,
        team_id: crate::ids::or_empty(&channel.team_id),
        team_domain: team.map_or("", |team| team.name.as_str()),
        post_id: click.post_id,
        trigger_id: &trigger.signed,
        kind: &target.kind,
        data_source: &target.data_source,
        context: target.context.as_ref().filter(|context| !context.is_empty()),
    }))
}

/// Changes the post as an answer says: the text is always what it says, the props only if it has any.
fn apply(
    world: &mut World,
    post_id: Id,
    update: Update,
    retained: &Map<String, Value>,
) -> Result<(), ApiError> {
    let post = world.live_post(post_id)?;
    let is_pinned = post.is_pinned;
    let props = update.props.map(|mut props| {
        props.retain(|name, _| !RETAINED.contains(&name.as_str()));
        props.extend(retained.clone());
        props
    });
    let file_ids = update.file_ids.unwrap_or_default();
    let patch = PostPatch {
        message: Some(update.message.unwrap_or_default()),
        props,
        is_pinned: Some(is_pinned),
        file_ids: Some(file_ids.iter().filter_map(|id| Id::parse(id)).collect()),
    };
    world.patch_post(post_id, patch)
}

/// The integration cannot be called or does not answer as it should.
const fn refused() -> ApiError {
    ApiError::bad("api.post.do_action.action_integration.app_error", "Action integration error.")
}

/// No recorded server has the setting off; others that are off are answered in this way.
const fn disabled() -> ApiError {
    ApiError::new(
        StatusCode::NOT_IMPLEMENTED,
        "api.post.do_action.disabled.app_error",
        "Post action integrations have been disabled by the system admin.",
    )
}
