//! All routes.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post, put},
};

use super::{
    Server, actions, bots, channel_members, channels, commands, conversations, files, history, layer, posts,
    posts_special, reactions, search, sessions, status, system, teams, tokens, user_lists, users,
};
use crate::{errors::ApiError, faults, ws};

/// The largest body of a call that uploads nothing.
const MAX_BODY: usize = 300_000;
/// What a form needs beside its files.
const FORM_OVERHEAD: usize = 64 * 1024;

/// The routes with everything around them.
pub(crate) fn router(server: Server) -> Router {
    let api = system_routes()
        .merge(user_routes())
        .merge(team_routes())
        .merge(channel_routes())
        .merge(post_routes())
        .merge(integration_routes());
    let routes = Router::new()
        .nest("/api/v4", api)
        .route("/hooks/commands/{hook}", post(commands::later).layer(DefaultBodyLimit::max(MAX_BODY)))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(middleware::from_fn_with_state(server.clone(), layer::around))
        .with_state(server.clone());
    if server.app.options.admin_api { routes.merge(faults::routes(server)) } else { routes }
}

async fn no_route() -> ApiError {
    ApiError::no_route()
}

fn system_routes() -> Router<Server> {
    Router::new()
        .route("/websocket", get(ws::websocket))
        .route("/system/ping", get(system::ping))
        .route("/config/client", get(system::client_config))
        .route("/license/client", get(system::client_license))
        .route("/bots", get(bots::list).post(bots::create))
        .route("/bots/{bot}", get(bots::get).put(bots::patch))
        .route("/bots/{bot}/disable", post(bots::disable))
        .route("/bots/{bot}/enable", post(bots::enable))
        .route("/files", post(files::upload).layer(DefaultBodyLimit::max(files::MAX_FILE + FORM_OVERHEAD)))
        .route("/files/{file}", get(files::get))
        .route("/files/{file}/info", get(files::info))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

fn user_routes() -> Router<Server> {
    Router::new()
        .route("/users", get(user_lists::list).post(users::create))
        .route("/users/login", post(sessions::login))
        .route("/users/logout", post(sessions::logout))
        .route("/users/ids", post(user_lists::by_ids))
        .route("/users/usernames", post(user_lists::by_usernames))
        .route("/users/search", post(user_lists::search))
        .route("/users/autocomplete", get(user_lists::autocomplete))
        .route("/users/status/ids", post(status::by_ids))
        .route("/users/tokens/revoke", post(tokens::revoke))
        .route("/users/tokens/disable", post(tokens::disable))
        .route("/users/tokens/enable", post(tokens::enable))
        .route("/users/username/{name}", get(users::by_username))
        .route("/users/email/{email}", get(users::by_email))
        .route("/users/{user}", get(users::get).put(users::patch).delete(users::deactivate))
        .route("/users/{user}/patch", put(users::patch))
        .route("/users/{user}/roles", put(users::set_roles))
        .route("/users/{user}/active", put(users::set_active))
        .route("/users/{user}/tokens", get(tokens::list).post(tokens::create))
        .route("/users/{user}/status", get(status::get).put(status::set))
        .route("/users/{user}/typing", post(status::typing))
        .route("/users/{user}/teams", get(teams::of_user))
        .route("/users/{user}/teams/members", get(teams::memberships))
        .route("/users/{user}/channels", get(channels::of_user))
        .route("/users/{user}/channels/{channel}/unread", get(channel_members::unread))
        .route("/users/{user}/teams/{team}/channels", get(channels::of_user_in_team))
        .route("/users/{user}/teams/{team}/channels/members", get(channel_members::of_user_in_team))
        .route("/users/{user}/posts/{post}/reactions/{emoji}", delete(reactions::remove))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

fn team_routes() -> Router<Server> {
    Router::new()
        .route("/teams", get(teams::list).post(teams::create))
        .route("/teams/{team}", get(teams::get))
        .route("/teams/name/{name}", get(teams::by_name))
        .route("/teams/name/{name}/exists", get(teams::exists))
        .route("/teams/name/{name}/channels/name/{channel}", get(channels::by_both_names))
        .route("/teams/{team}/stats", get(teams::stats))
        .route("/teams/{team}/members", get(teams::members).post(teams::add_member))
        .route("/teams/{team}/members/{user}", get(teams::member).delete(teams::remove_member))
        .route("/teams/{team}/members/{user}/roles", put(teams::set_roles))
        .route("/teams/{team}/commands/autocomplete", get(commands::autocomplete))
        .route("/teams/{team}/channels", get(channels::of_team))
        .route("/teams/{team}/channels/name/{channel}", get(channels::by_name))
        .route("/teams/{team}/channels/autocomplete", get(channels::autocomplete))
        .route("/teams/{team}/channels/search", post(channels::search))
        .route("/teams/{team}/posts/search", post(search::posts))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

fn channel_routes() -> Router<Server> {
    Router::new()
        .route("/channels", post(channels::create))
        .route("/channels/direct", post(conversations::direct))
        .route("/channels/group", post(conversations::group))
        .route("/channels/members/{user}/view", post(channel_members::view))
        .route("/channels/members/{user}/mark_read", post(channel_members::mark_read))
        .route("/channels/{channel}", get(channels::get).put(channels::patch).delete(channels::delete))
        .route("/channels/{channel}/patch", put(channels::patch))
        .route("/channels/{channel}/restore", post(channels::restore))
        .route("/channels/{channel}/stats", get(channels::stats))
        .route("/channels/{channel}/pinned", get(posts_special::pinned))
        .route("/channels/{channel}/posts", get(history::of_channel))
        .route("/channels/{channel}/members", get(channel_members::list).post(channel_members::add))
        .route("/channels/{channel}/members/ids", post(channel_members::by_ids))
        .route(
            "/channels/{channel}/members/{user}",
            get(channel_members::get).delete(channel_members::remove),
        )
        .route("/channels/{channel}/members/{user}/roles", put(channel_members::set_roles))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

fn post_routes() -> Router<Server> {
    Router::new()
        .route("/posts", post(posts::create))
        .route("/posts/ephemeral", post(posts_special::ephemeral))
        .route("/posts/ids", post(posts_special::by_ids))
        .route("/posts/{post}", get(posts::get).put(posts::update).delete(posts::delete))
        .route("/posts/{post}/patch", put(posts::patch))
        .route("/posts/{post}/pin", post(posts_special::pin))
        .route("/posts/{post}/unpin", post(posts_special::unpin))
        .route("/posts/{post}/thread", get(history::of_thread))
        .route("/posts/{post}/reactions", get(reactions::list))
        .route("/posts/{post}/files/info", get(posts_special::files_info))
        .route("/reactions", post(reactions::add))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

fn integration_routes() -> Router<Server> {
    Router::new()
        .route("/commands", get(commands::list).post(commands::create))
        .route("/commands/execute", post(commands::run))
        .route("/commands/{command}", get(commands::get).put(commands::update).delete(commands::delete))
        .route("/commands/{command}/regen_token", put(commands::regen_token))
        .route("/posts/{post}/actions/{action}", post(actions::act))
        .route("/actions/dialogs/open", post(actions::open))
        .route("/actions/dialogs/submit", post(actions::submit))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}
