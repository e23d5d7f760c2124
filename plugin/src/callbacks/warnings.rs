//! What an operator should know of the addresses that the server is told to call.

use super::source::is_network;
use super::urls::{Urls, is_loopback_host};
use crate::config::{AccountConfig, Interactions};
use crate::quoted::quoted;
use mattermost_client::ServerUrl;

/// What is probably not meant, one sentence each. Nothing is asked of anybody for it.
#[must_use]
pub fn warnings(account: &AccountConfig, urls: Urls) -> Vec<String> {
    let mut warnings = unreadable(account);
    let server = account.server.as_ref().map(ServerUrl::host).unwrap_or_default();
    if server.is_empty() || is_loopback_host(server) {
        return warnings;
    }
    let url = urls.interactions(account);
    if ServerUrl::parse(&url).is_ok_and(|url| is_loopback_host(url.host())) {
        warnings.push(format!(
            "interactions callbackUrl resolved to {url} (loopback), which {server} cannot reach: clicks on buttons will \
             fail until channels.mattermost.interactions.callbackBaseUrl names an address of this host that it reaches"
        ));
    }
    if account.interactions.allowed_source_ips == Interactions::default().allowed_source_ips {
        warnings.push(format!(
            "without channels.mattermost.interactions.allowedSourceIps only this machine may send clicks: name the \
             addresses that {server} calls from"
        ));
    }
    warnings
}

/// Entries that were to be addresses or networks and are neither, one sentence for each key.
#[must_use]
pub fn unreadable(account: &AccountConfig) -> Vec<String> {
    let lists = [
        (
            "channels.mattermost.interactions.allowedSourceIps",
            &account.interactions.allowed_source_ips,
            "let nobody in",
        ),
        ("gateway.trustedProxies", &account.gateway.trusted_proxies, "are no proxy"),
    ];
    let mut sentences = Vec::new();
    for (key, list, effect) in lists {
        let wrong: Vec<String> =
            list.iter().filter(|entry| !is_network(entry)).take(8).map(|entry| quoted(entry)).collect();
        if !wrong.is_empty() {
            sentences.push(format!(
                "{key} has entries that are neither addresses nor networks (192.0.2.7, 10.0.0.0/8) and {effect}: {}",
                wrong.join(", ")
            ));
        }
    }
    sentences
}
