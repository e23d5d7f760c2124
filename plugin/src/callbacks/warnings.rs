//! What an operator should know of the addresses that the server is told to call.

use super::urls::{Urls, is_loopback_host};
use crate::config::{AccountConfig, Interactions};
use mattermost_client::ServerUrl;

/// What is probably not meant, one sentence each. Nothing is asked of anybody for it.
#[must_use]
pub fn warnings(account: &AccountConfig, urls: Urls) -> Vec<String> {
    let server = account.server.as_ref().map(ServerUrl::host).unwrap_or_default();
    if server.is_empty() || is_loopback_host(server) {
        return Vec::new();
    }
    let mut warnings = Vec::new();
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
