//! The addresses that the server calls.
//!
//! The rules are those of OpenClaw's page on Mattermost, "Interactive buttons" and "Native slash commands".

use crate::config::AccountConfig;
use std::net::IpAddr;

/// Where clicks on an account's buttons arrive.
#[must_use]
pub fn interaction_path(account_id: &str) -> String {
    format!("/mattermost/interactions/{account_id}")
}

/// Makes the addresses of this process's host. Cheap to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Urls {
    port: Option<u16>,
}

impl Urls {
    /// `port`: where the host listens, as far as it says so; else the configuration does.
    #[must_use]
    pub fn new(port: Option<u16>) -> Self {
        Self { port }
    }

    /// Where the server sends clicks on an account's buttons: `interactions.callbackBaseUrl` and the path, else derived
    /// from where the host listens.
    #[must_use]
    pub fn interactions(self, account: &AccountConfig) -> String {
        let path = interaction_path(&account.id);
        match &account.interactions.callback_base_url {
            Some(base) => format!("{base}{path}"),
            None => self.derived(account, &path),
        }
    }

    /// Where the server sends an account's slash commands: `commands.callbackUrl`, else derived from where the host
    /// listens and `commands.callbackPath`.
    #[must_use]
    pub fn commands(self, account: &AccountConfig) -> String {
        match &account.commands.callback_url {
            Some(url) => url.clone(),
            None => self.derived(account, &account.commands.callback_path),
        }
    }

    fn derived(self, account: &AccountConfig, path: &str) -> String {
        let host = account.gateway.bind_host.as_deref().and_then(reachable);
        let port = self.port.unwrap_or(account.gateway.port);
        format!("http://{}:{port}{path}", host.as_deref().unwrap_or("localhost"))
    }
}

/// A host as it stands in a URL; `None` for an address that means every address of the machine.
fn reachable(host: &str) -> Option<String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => None,
        Ok(IpAddr::V6(_)) => Some(format!("[{bare}]")),
        _ => Some(host.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_host_that_means_every_address_is_no_host_and_ipv6_stands_in_brackets() {
        for every in ["0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0", "[0000:0000:0000:0000:0000:0000:0000:0000]"]
        {
            assert_eq!(reachable(every), None, "{every}");
        }
        for (host, expected) in
            [("::1", "[::1]"), ("[fd00::2]", "[fd00::2]"), ("10.0.0.7", "10.0.0.7"), ("gw.lan", "gw.lan")]
        {
            assert_eq!(reachable(host).as_deref(), Some(expected));
        }
    }
}
