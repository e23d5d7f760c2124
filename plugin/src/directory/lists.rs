//! The lists: the bot itself, people, channels and groups, members.

use super::asking::{Page, Wanted, ask};
use super::describe::{resolve, shown_name};
use super::find::teams;
use super::server::Server;
use crate::account::Accounts;
use crate::brake::Brakes;
use crate::catchup;
use crate::error::from_client;
use crate::outbox::Target;
use host_sdk::protocol::{
    AccountRef, Directory, DirectoryEntry, DirectoryKind, DirectoryMembers, DirectoryQuery, Error, ErrorCode,
};
use mattermost_client::model::{Channel, ChannelType, Team, User};
use std::future::Future;

/// Members of a page, and people that are asked for at once; the most that servers give.
const PAGE: u32 = 200;
/// Pages that are read at most, however many of those on them have left.
const MOST_PAGES: u32 = 500;
/// People that a search finds at most; what servers give when nothing else is asked for.
const SEARCHED: usize = 100;

/// Who the bot is.
pub(crate) async fn myself(
    accounts: &Accounts,
    brakes: &Brakes,
    which: &AccountRef,
) -> Result<Directory, Error> {
    let limit = Wanted::new(None, None).limit;
    ask(accounts, brakes, which.account_id.as_deref(), limit, |server| async move {
        let user = server.ask(server.client.me()).await.map_err(|error| from_client(&error))?;
        let mut page = Page::default();
        page.add(DirectoryEntry { is_bot: true, ..person(&user, None) }, limit);
        Ok(page)
    })
    .await
}

/// The channels and groups that the bot is in, of all teams.
pub(crate) async fn groups(
    accounts: &Accounts,
    brakes: &Brakes,
    query: &DirectoryQuery,
) -> Result<Directory, Error> {
    let wanted = &Wanted::new(query.query.as_deref(), query.limit);
    ask(accounts, brakes, query.account_id.as_deref(), wanted.limit, |server| async move {
        let listed = server.ask(catchup::list(&server.client)).await;
        let channels = listed.map_err(|error| from_client(&error))?;
        let teams = teams(&server).await?;
        let mut page = Page::default();
        for channel in channels.iter().filter(|channel| channel.delete_at == 0) {
            let kind = match channel.channel_type {
                ChannelType::Public => DirectoryKind::Channel,
                ChannelType::Private => DirectoryKind::Group,
                // Direct and group messages are found by their people.
                _ => continue,
            };
            if wanted.fits([channel.name.as_str(), channel.display_name.as_str()]) {
                page.add(conversation(kind, channel, &teams), usize::MAX);
            }
        }
        Ok(page)
    })
    .await
}

/// The people in the bot's teams.
pub(crate) async fn peers(
    accounts: &Accounts,
    brakes: &Brakes,
    query: &DirectoryQuery,
) -> Result<Directory, Error> {
    let wanted = &Wanted::new(query.query.as_deref(), query.limit);
    ask(accounts, brakes, query.account_id.as_deref(), wanted.limit, |server| async move {
        let bot = server.account.bot().await?;
        let teams = teams(&server).await?;
        let mut page = Page::default();
        if wanted.query.is_empty() {
            for team in &teams {
                if !team_members(&server, team, &bot.id, wanted.limit, &mut page).await? {
                    break;
                }
            }
            return Ok(page);
        }
        // A bot that is in no team may search everybody.
        let everywhere = teams.is_empty().then_some(None);
        for team in teams.iter().map(Some).chain(everywhere) {
            let found = server.client.search_users(&wanted.query, team.map(|team| team.id.as_str()));
            let found = server.ask(found).await.map_err(|error| from_client(&error))?;
            page.more |= found.len() >= SEARCHED;
            for user in found.iter().filter(|user| user.delete_at == 0 && user.id != bot.id) {
                page.add(person(user, team), usize::MAX);
            }
            if page.entries.len() > wanted.limit {
                break;
            }
        }
        Ok(page)
    })
    .await
}

/// The people in a channel or group.
pub(crate) async fn members(
    accounts: &Accounts,
    brakes: &Brakes,
    which: &DirectoryMembers,
) -> Result<Directory, Error> {
    let limit = Wanted::new(None, which.limit).limit;
    let account = accounts.get(which.account_id.as_deref())?;
    let server = Server::of(account, brakes)?;
    let at_group = |error: Error| match error.field.as_deref() {
        Some("target") => error.at("group"),
        _ => error,
    };
    let target = Target::parse(&which.group).map_err(at_group)?;
    let group = resolve(&server, &target).await.map_err(at_group)?;
    let Some(channel_id) = group.channel_id.filter(|_| group.kind != DirectoryKind::User) else {
        return Err(Error::new(
            ErrorCode::InvalidArgument,
            format!("{} is a person, not a channel or group", group.words),
        )
        .at("group"));
    };
    let id = server.account.config.id.clone();
    let (server, channel_id) = (&server, &channel_id);
    ask(accounts, brakes, Some(&id), limit, |_| async move {
        let bot = server.account.bot().await?;
        let mut page = Page::default();
        let pages = |number| async move {
            let members = server.client.channel_members(channel_id, number, PAGE);
            let members = server.ask(members).await.map_err(|error| from_client(&error))?;
            Ok((members.len(), members.into_iter().map(|member| member.user_id).collect()))
        };
        read(server, pages, None, &bot.id, limit, &mut page).await?;
        Ok(page)
    })
    .await
}

/// The members of a team. False when there is no place for more.
async fn team_members(
    server: &Server,
    team: &Team,
    bot_id: &str,
    limit: usize,
    page: &mut Page,
) -> Result<bool, Error> {
    let pages = |number| async move {
        let members = server.client.team_members(&team.id, number, PAGE);
        let members = server.ask(members).await.map_err(|error| from_client(&error))?;
        let current = members.iter().filter(|member| member.delete_at == 0);
        Ok((members.len(), current.map(|member| member.user_id.clone()).collect()))
    };
    read(server, pages, Some(team), bot_id, limit, page).await
}

/// Read pages of members, each with how many there were before any was left out, until one is not full or there is no
/// place for more.
async fn read<F>(
    server: &Server,
    pages: impl Fn(u32) -> F,
    team: Option<&Team>,
    bot_id: &str,
    limit: usize,
    page: &mut Page,
) -> Result<bool, Error>
where
    F: Future<Output = Result<(usize, Vec<String>), Error>>,
{
    for number in 0..MOST_PAGES {
        let (count, mut ids) = pages(number).await?;
        ids.retain(|id| id != bot_id);
        if !ids.is_empty() {
            let users = server.ask(server.client.users_by_ids(&ids)).await;
            let mut users = users.map_err(|error| from_client(&error))?;
            users.sort_by(|a, b| a.username.cmp(&b.username));
            for user in users.iter().filter(|user| user.delete_at == 0) {
                if !page.add(person(user, team), limit) {
                    return Ok(false);
                }
            }
        }
        if count < PAGE as usize {
            return Ok(true);
        }
    }
    page.more = true;
    Ok(false)
}

fn person(user: &User, team: Option<&Team>) -> DirectoryEntry {
    DirectoryEntry {
        kind: DirectoryKind::User,
        id: format!("user:{}", user.id),
        name: user.username.clone(),
        handle: shown_name(user),
        teams: team.map(|team| team.name.clone()).into_iter().collect(),
        is_bot: user.is_bot,
        accounts: Vec::new(),
    }
}

fn conversation(kind: DirectoryKind, channel: &Channel, teams: &[Team]) -> DirectoryEntry {
    let team = teams.iter().find(|team| team.id == channel.team_id);
    let shown = Some(channel.display_name.clone());
    DirectoryEntry {
        kind,
        id: format!("channel:{}", channel.id),
        name: channel.name.clone(),
        handle: shown.filter(|shown| !shown.is_empty() && *shown != channel.name),
        teams: team.map(|team| team.name.clone()).into_iter().collect(),
        is_bot: false,
        accounts: Vec::new(),
    }
}
