//! People and channels by what they are called.

use super::near::{did_you_mean, nearest};
use super::server::Server;
use crate::catchup;
use crate::error::from_client;
use crate::ids::is_id;
use host_sdk::protocol::{Error, ErrorCode};
use mattermost_client::ErrorKind;
use mattermost_client::model::{Channel, Team, User};

/// Public channels of a team that are looked through for names like the one that is missing.
const OFFERED: u32 = 200;

/// The active user with this name, which is in lower case and without the `@`.
///
/// # Errors
/// `NOT_FOUND` at `target`, with names that are alike; the server's.
pub(crate) async fn user_by_name(server: &Server, name: &str) -> Result<User, Error> {
    match server.ask(server.client.user_by_username(name)).await {
        Ok(user) => active(user),
        Err(error) if is_absent(&error) => {
            let near = users_like(server, name).await;
            Err(missing(format!("there is no user @{name}{}", did_you_mean(&near))))
        }
        Err(error) => Err(from_client(&error)),
    }
}

/// The active user with this id.
///
/// # Errors
/// `NOT_FOUND` at `target`; the server's.
pub(crate) async fn user_by_id(server: &Server, id: &str) -> Result<User, Error> {
    if !is_id(id) {
        let name = id.trim_start_matches('@');
        return Err(Error::invalid(format!(
            "user:{id} is no user id, which has 26 lower-case letters and digits; for a name write @{name}"
        ))
        .at("target"));
    }
    match server.ask(server.client.user(id)).await {
        Ok(user) => active(user),
        Err(error) if error.is_not_found() => Err(missing(format!("there is no user with the id {id}"))),
        Err(error) => Err(from_client(&error)),
    }
}

/// Nobody reads what is written to somebody who left.
pub(super) fn active(user: User) -> Result<User, Error> {
    if user.delete_at == 0 {
        return Ok(user);
    }
    Err(missing(format!(
        "the user @{} is deactivated and reads nothing; write to somebody else, or have an admin activate the user",
        user.username
    )))
}

/// The channel with this name, in lower case: the name of its URL, with its team's name and a slash before it or not, or
/// the name that people see, of a channel that the bot is in. Also its team; direct and group messages have none.
///
/// # Errors
/// `NOT_FOUND` at `target`, with names that are alike; `INVALID_ARGUMENT` at `target` with the candidates when there are
/// several; the server's.
pub(crate) async fn channel_by_name(server: &Server, name: &str) -> Result<(Channel, Option<Team>), Error> {
    let teams = teams(server).await?;
    let mut found = Vec::new();
    for team in &teams {
        if let Some(channel) = in_team(server, team, name).await? {
            found.push(channel);
        }
    }
    let chosen = name.split_once('/').and_then(|(team, name)| Some((team_named(&teams, team)?, name.trim())));
    if let Some((team, name)) = chosen.filter(|_| found.is_empty())
        && let Some(channel) = in_team(server, team, name).await?
    {
        found.push(channel);
    }
    let mut mine = Vec::new();
    if found.is_empty() {
        let listed = server.ask(catchup::list(&server.client)).await;
        mine = listed.map_err(|error| from_client(&error))?;
        let (team, shown) = match chosen {
            Some((team, shown)) => (Some(&team.id), shown),
            None => (None, name),
        };
        let called = |channel: &&Channel| {
            let called = channel.display_name.to_lowercase();
            called == name || (called == shown && team == Some(&channel.team_id))
        };
        found.extend(mine.iter().filter(|channel| channel.delete_at == 0).filter(called).cloned());
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    if found.len() > 1 {
        return Err(ambiguous(name, &found, &teams));
    }
    match found.pop() {
        Some(channel) => {
            let team = teams.into_iter().find(|team| team.id == channel.team_id);
            Ok((channel, team))
        }
        None => Err(no_channel(server, name, chosen, &teams, &mine).await),
    }
}

/// The bot's teams.
pub(super) async fn teams(server: &Server) -> Result<Vec<Team>, Error> {
    let teams = server.ask(server.client.teams_of_me()).await.map_err(|error| from_client(&error))?;
    Ok(teams.into_iter().filter(|team| team.delete_at == 0).collect())
}

fn team_named<'a>(teams: &'a [Team], name: &str) -> Option<&'a Team> {
    let name = name.trim();
    let by_name = teams.iter().find(|team| team.name == name);
    by_name.or_else(|| teams.iter().find(|team| team.display_name.to_lowercase() == name))
}

async fn in_team(server: &Server, team: &Team, name: &str) -> Result<Option<Channel>, Error> {
    // What no URL can have is no name; the server would take it for another route.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.bytes().all(fits) {
        return Ok(None);
    }
    match server.ask(server.client.channel_by_name(&team.id, name)).await {
        Ok(channel) => Ok(Some(channel)),
        // Servers hide channels that a guest is not in.
        Err(error) if is_absent(&error) || error.status() == Some(403) => Ok(None),
        Err(error) => Err(from_client(&error)),
    }
}

/// There is none, or there can be none.
fn is_absent(error: &mattermost_client::Error) -> bool {
    error.is_not_found()
        || error.status() == Some(400)
        || matches!(error.kind(), ErrorKind::InvalidArgument { .. })
}

fn missing(message: String) -> Error {
    Error::new(ErrorCode::NotFound, message).at("target")
}

fn ambiguous(name: &str, found: &[Channel], teams: &[Team]) -> Error {
    let team = |channel: &Channel| teams.iter().find(|team| team.id == channel.team_id);
    let listed: Vec<String> = found
        .iter()
        .map(|channel| match team(channel) {
            Some(team) => format!("channel:{} (#{}/{})", channel.id, team.name, channel.name),
            None => format!("channel:{} ({})", channel.id, channel.display_name),
        })
        .collect();
    Error::invalid(format!(
        "#{name} may be any of {} channels; write the one that is meant: {}",
        found.len(),
        listed.join(", ")
    ))
    .at("target")
}

async fn no_channel(
    server: &Server,
    name: &str,
    chosen: Option<(&Team, &str)>,
    teams: &[Team],
    mine: &[Channel],
) -> Error {
    let (within, wanted) = match chosen {
        Some((team, wanted)) => (std::slice::from_ref(team), wanted),
        None => (teams, name),
    };
    let mut known: Vec<Channel> = mine.iter().filter(|channel| channel.delete_at == 0).cloned().collect();
    for team in within {
        // Without the list there are fewer names to offer.
        known.extend(server.ask(server.client.team_channels(&team.id, 0, OFFERED)).await.unwrap_or_default());
    }
    let several = within.len() > 1;
    let of = |channel: &Channel| within.iter().find(|team| team.id == channel.team_id).map(|team| &team.name);
    let near = nearest(wanted, known.iter().filter(|one| of(one).is_some()).map(|one| one.name.clone()));
    let written = |name: &String| {
        let channel = known.iter().find(|channel| channel.name == *name && of(channel).is_some());
        match channel.and_then(of).filter(|_| several || chosen.is_some()) {
            Some(team) => format!("#{team}/{name}"),
            None => format!("#{name}"),
        }
    };
    let near: Vec<String> = near.iter().map(written).collect();
    let names: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
    let teams = if names.is_empty() { "the bot is in no team".to_owned() } else { names.join(", ") };
    let way_out = match near.is_empty() {
        true => "; use the name from the channel's URL, and add the bot to private channels; a person is @username"
            .to_owned(),
        false => did_you_mean(&near),
    };
    missing(format!("there is no channel #{name} that the bot can see in its teams ({teams}){way_out}"))
}

/// Users with names like this one. The server finds names by their beginnings.
async fn users_like(server: &Server, name: &str) -> Vec<String> {
    for letters in [3, 1] {
        let term: String = name.chars().take(letters).collect();
        // Without an answer there is nothing to offer.
        let users = server.ask(server.client.search_users(&term, None)).await.unwrap_or_default();
        let active = users.into_iter().filter(|user| user.delete_at == 0);
        let near = nearest(name, active.map(|user| user.username));
        if !near.is_empty() {
            return near.into_iter().map(|name| format!("@{name}")).collect();
        }
    }
    Vec::new()
}
