//! Whether the server can call this host: for clicks on buttons, and for slash commands.

use super::findings::Findings;
use super::settings;
use crate::callbacks::{Urls, is_loopback_host, is_private_host, unreadable};
use crate::config::AccountConfig;
use crate::error::from_client;
use mattermost_client::fetch::{FetchError, Fetcher};
use mattermost_client::{Client, RootCertificates, ServerUrl};
use std::time::Duration;
use tokio::time::timeout;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// An answer is not read: its status says everything.
const ANSWER: u64 = 1024;
/// What to do about a bot that may not register slash commands.
pub(super) const PERMISSION: &str = "give it manage_own_slash_commands: make the bot a team admin, or add the permission to its role \
    (System Console, Permissions)";

/// Look at both.
pub(super) async fn look(client: &Client, account: &AccountConfig, urls: Urls, findings: &mut Findings) {
    let clicks = urls.interactions(account);
    let key = "interactions.callbackBaseUrl";
    match account.interactions.problem() {
        Some(problem) => findings.error("buttons", problem, &set(key)),
        None => reachable("buttons", &clicks, key, account, findings).await,
    }
    sources(account, findings);
    if account.commands.native {
        let commands = urls.commands(account);
        let key = "commands.callbackUrl";
        match account.commands.problem() {
            Some(problem) => findings.error("slash commands", problem, &set(key)),
            None => reachable("slash commands", &commands, key, account, findings).await,
        }
        permission(client, findings).await;
    }
    let Ok(url) = ServerUrl::parse(&clicks) else { return };
    settings::look(client, url.host(), is_private_host(url.host()), findings).await;
}

/// Whether an address of ours answers as it should. Whether the server reaches it too only the server knows.
async fn reachable(check: &str, url: &str, key: &str, account: &AccountConfig, findings: &mut Findings) {
    // What is wrong with it may be a password in it, so it is not shown.
    let Ok(origin) = ServerUrl::parse(url) else {
        let message = "the address is not a URL that a server can call".to_owned();
        return findings.error(check, message, &set(key));
    };
    let server = account.server.as_ref().map(ServerUrl::host).unwrap_or_default();
    if is_loopback_host(origin.host()) && !is_loopback_host(server) {
        return findings.warn(
            check,
            format!("the server is told to call {url}, which on {server} is {server} itself"),
            &format!("set channels.mattermost.{key} to an address of this host that the server reaches"),
        );
    }
    let roots = RootCertificates::default();
    let fetcher = Fetcher::new(&roots).and_then(|fetcher| fetcher.with_own(&origin, &roots));
    let Ok(fetcher) = fetcher else { return };
    let refused =
        |message: String, way_out: &str, findings: &mut Findings| findings.warn(check, message, way_out);
    match timeout(PATIENCE, fetcher.open(url, ANSWER)).await {
        Ok(Err(FetchError::Status { status: 405 })) => {
            findings.ok(check, format!("{url} answers a GET with 405, as it should"));
        }
        Ok(Err(FetchError::Status { status })) => refused(
            format!("{url} answers a GET with {status}, not with 405: something else is there"),
            "let the reverse proxy pass this path on to the gateway, and check that the gateway is the one of this account",
            findings,
        ),
        Ok(Ok(_)) => refused(
            format!("{url} answers a GET as if it were a page: it is not the gateway"),
            "let the reverse proxy pass this path on to the gateway",
            findings,
        ),
        Ok(Err(error)) => refused(
            format!("{url} cannot be reached from here: {error}"),
            "start the gateway, and check port, firewall and reverse proxy",
            findings,
        ),
        Err(_) => refused(
            format!("{url} did not answer within {} s", PATIENCE.as_secs()),
            "check port, firewall and reverse proxy",
            findings,
        ),
    }
}

fn set(key: &str) -> String {
    format!("set channels.mattermost.{key} to an http or https URL of this host")
}

/// Clicks come from the server's address.
fn sources(account: &AccountConfig, findings: &mut Findings) {
    for sentence in unreadable(account) {
        findings.warn("buttons", sentence, "write addresses and networks; names are not looked up");
    }
    let server = account.server.as_ref().map(ServerUrl::host).unwrap_or_default();
    if account.interactions.allowed_source_ips == crate::config::Interactions::default().allowed_source_ips
        && !is_loopback_host(server)
    {
        findings.warn(
            "buttons",
            format!("clicks are taken from this machine only, and the server is {server}"),
            "set channels.mattermost.interactions.allowedSourceIps to the addresses that the server calls from",
        );
    }
}

/// Whether the bot may look after slash commands in its teams.
async fn permission(client: &Client, findings: &mut Findings) {
    let Ok(teams) = client.teams_of_me().await else { return };
    let (mut may, mut may_not) = (Vec::new(), Vec::new());
    for team in teams.into_iter().take(20) {
        match client.commands(&team.id).await {
            Ok(_) => may.push(team.name),
            Err(error) if error.status() == Some(403) => may_not.push(team.name),
            Err(error) => findings.warn(
                "slash commands",
                format!("those of the team {} cannot be listed: {}", team.name, from_client(&error).message),
                "try again later",
            ),
        }
    }
    if !may_not.is_empty() {
        let message = format!("the bot may not register them in {}", may_not.join(", "));
        findings.error("slash commands", message, PERMISSION);
    }
    if !may.is_empty() {
        findings.ok("slash commands", format!("the bot may see them in {}", may.join(", ")));
    }
}
