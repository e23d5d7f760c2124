//! What is wrong with an account, as far as the server lets it be seen.

use super::callbacks;
use super::findings::Findings;
use crate::account::Account;
use crate::callbacks::Urls;
use crate::error::from_client;
use crate::status::now_ms;
use host_sdk::protocol::Finding;
use mattermost_client::model::{Channel, ChannelType};
use mattermost_client::{Client, ErrorKind, PostsQuery};
use std::time::Duration;
use tokio::time::timeout;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks that are further apart are told. Milliseconds.
const CLOCKS: i64 = 60_000;

/// What to do about a server that is not on the public internet.
const PRIVATE: &str =
    "if that is your server, allow it: channels add --allow-private-network, or set the key that is named";

/// Look at an account: its configuration, the server, the token, teams, channels, rights, the clock.
pub(crate) async fn doctor(account: &Account, urls: Urls) -> Vec<Finding> {
    let mut findings = Findings::of(&account.config.id);
    if !account.config.enabled {
        findings.warn("account", "it is switched off".to_owned(), "set enabled to true");
        return findings.found;
    }
    match account.client() {
        Ok(client) => {
            if look(&client, &mut findings).await {
                callbacks::look(&client, &account.config, urls, &mut findings).await;
            }
        }
        Err(problem) => {
            let way_out = match &account.config.refused {
                Some(_) => PRIVATE,
                None => "set what is missing, or run channels add",
            };
            findings.error("configuration", problem.to_string(), way_out);
        }
    }
    findings.found
}

/// Whether the server and the token are in order, so that more can be looked at.
async fn look(client: &Client, findings: &mut Findings) -> bool {
    let server = client.server().to_string();
    match timeout(PATIENCE, client.client_config()).await {
        Ok(Ok(config)) if !config.version.is_empty() => {
            findings.ok("server", format!("{server} answers, Mattermost {}", config.version));
        }
        Ok(Ok(_)) => findings.ok("server", format!("{server} answers")),
        // Some servers tell nothing without a login; the next question shows whether it is one.
        Ok(Err(error)) if error.status().is_some() => {
            findings.ok("server", format!("{server} answers ({error})"));
        }
        Ok(Err(error)) => {
            let way_out = match error.kind() {
                ErrorKind::AddressRefused { .. } => PRIVATE,
                _ => "check baseUrl, and that this machine reaches the server (firewall, proxy, certificate)",
            };
            findings.error("server", from_client(&error).message, way_out);
            return false;
        }
        Err(_) => {
            let message = format!("{server} did not answer within {} s", PATIENCE.as_secs());
            findings.error("server", message, "check baseUrl, and that this machine reaches the server");
            return false;
        }
    }
    if !token(client, findings).await {
        return false;
    }
    clock(client, findings);
    teams(client, findings).await;
    channels(client, findings).await;
    true
}

async fn token(client: &Client, findings: &mut Findings) -> bool {
    match client.me().await {
        Ok(user) => {
            findings.ok("token", format!("it is @{} ({})", user.username, user.id));
            if !user.is_bot {
                let message = format!("@{} is a person's account, not a bot's", user.username);
                findings.warn(
                    "token",
                    message,
                    "make a bot account (Integrations, Bot Accounts) and use its token",
                );
            }
            true
        }
        Err(error) => {
            let way_out = if error.is_unauthorized() {
                "make a new token for the bot account, and check in Mattermost that the bot is enabled"
            } else {
                "check baseUrl: the server does not answer like Mattermost's API"
            };
            findings.error("token", from_client(&error).message, way_out);
            false
        }
    }
}

fn clock(client: &Client, findings: &mut Findings) {
    let Some(theirs) = client.server_time() else { return };
    let apart = theirs - now_ms();
    if apart.abs() > CLOCKS {
        let message = format!("the server's clock is {} s away from this machine's", apart / 1000);
        findings.warn("clock", message, "let both take their time from a time server");
    }
}

async fn teams(client: &Client, findings: &mut Findings) {
    match client.teams_of_me().await {
        Ok(teams) if teams.is_empty() => findings.error(
            "teams",
            "the bot is in no team: it can be written to by nobody".to_owned(),
            "in Mattermost, add the bot to a team: team menu, Invite People or Add Members",
        ),
        Ok(teams) => {
            let names: Vec<String> = teams.into_iter().map(|team| team.name).take(10).collect();
            findings.ok("teams", format!("the bot is in {}", names.join(", ")));
        }
        Err(error) => findings.error("teams", from_client(&error).message, "check the bot's rights"),
    }
}

async fn channels(client: &Client, findings: &mut Findings) {
    let channels = match crate::catchup::list(client).await {
        Ok(channels) => channels,
        Err(error) => {
            return findings.error("channels", from_client(&error).message, "check the bot's rights");
        }
    };
    let is_room = |channel: &&Channel| {
        matches!(channel.channel_type, ChannelType::Public | ChannelType::Private) && channel.delete_at == 0
    };
    let rooms: Vec<&Channel> = channels.iter().filter(is_room).collect();
    if rooms.is_empty() {
        findings.warn(
            "channels",
            "the bot is in no channel: it hears direct messages only".to_owned(),
            "in Mattermost, add the bot to the channels that it should read: /invite @bot",
        );
    } else {
        findings.ok("channels", format!("the bot is in {} channels", rooms.len()));
    }
    let Some(room) = rooms.first() else { return };
    let query = PostsQuery { per_page: Some(1), ..PostsQuery::default() };
    match client.channel_posts(&room.id, &query).await {
        Ok(_) => findings.ok("permissions", format!("the bot may read #{}", room.name)),
        Err(error) => findings.error(
            "permissions",
            format!("the bot may not read #{}: {}", room.name, from_client(&error).message),
            "give the bot's role the permission to read channels",
        ),
    }
}
