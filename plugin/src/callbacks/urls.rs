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

/// Whether a host, as it stands in a URL, is the machine of whoever reads it.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || ip(host).is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// Whether a host, as it stands in a URL, is one of a private network. Of a name nothing is known but that of the own
/// machine.
#[must_use]
pub fn is_private_host(host: &str) -> bool {
    let private = |ip: IpAddr| match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local() || ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback(),
    };
    host.eq_ignore_ascii_case("localhost") || ip(host).is_some_and(private)
}

fn ip(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// A host as it stands in a URL; `None` for an address that means every address of the machine.
fn reachable(host: &str) -> Option<String> {
    match ip(host) {
        Some(address) if address.is_unspecified() => None,
        Some(IpAddr::V6(address)) => Some(format!("[{address}]")),
        _ => Some(host.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_loopback_host, is_private_host, reachable};

    #[test]
    fn a_host_is_of_this_machine_of_a_private_network_or_of_the_world() {
        for own in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_loopback_host(own) && is_private_host(own), "{own}");
        }
        for private in ["10.1.2.3", "192.168.1.1", "172.16.0.1", "[fd00::1]", "169.254.1.1"] {
            assert!(!is_loopback_host(private) && is_private_host(private), "{private}");
        }
        for public in ["chat.example.com", "8.8.8.8", "2001:4860::1", "localhost.example.com"] {
            assert!(!is_loopback_host(public) && !is_private_host(public), "{public}");
        }
    }

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
