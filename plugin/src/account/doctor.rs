//! What is wrong with an account, as far as the server lets it be seen.

use super::login::Account;
use crate::error::from_client;
use crate::status::now_ms;
use host_sdk::protocol::{Finding, FindingLevel};
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

struct Findings {
    account_id: String,
    found: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, check: &str, level: FindingLevel, message: String, way_out: Option<&str>) {
        self.found.push(Finding {
            account_id: self.account_id.clone(),
            check: check.to_owned(),
            level,
            message,
            way_out: way_out.map(str::to_owned),
        });
    }

    fn ok(&mut self, check: &str, message: String) {
        self.add(check, FindingLevel::Ok, message, None);
    }

    fn warn(&mut self, check: &str, message: String, way_out: &str) {
        self.add(check, FindingLevel::Warning, message, Some(way_out));
    }

    fn error(&mut self, check: &str, message: String, way_out: &str) {
        self.add(check, FindingLevel::Error, message, Some(way_out));
    }
}

/// Look at an account: its configuration, the server, the token, teams, channels, rights, the clock.
pub(crate) async fn doctor(account: &Account) -> Vec<Finding> {
    let mut findings = Findings { account_id: account.config.id.clone(), found: Vec::new() };
    if !account.config.enabled {
        findings.warn("account", "it is switched off".to_owned(), "set enabled to true");
        return findings.found;
    }
    match account.client() {
        Ok(client) => look(&client, &mut findings).await,
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

async fn look(client: &Client, findings: &mut Findings) {
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
            return findings.error("server", from_client(&error).message, way_out);
        }
        Err(_) => {
            let message = format!("{server} did not answer within {} s", PATIENCE.as_secs());
            return findings.error(
                "server",
                message,
                "check baseUrl, and that this machine reaches the server",
            );
        }
    }
    if !token(client, findings).await {
        return;
    }
    clock(client, findings);
    teams(client, findings).await;
    channels(client, findings).await;
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
