//! The settings of the system console that concern integrations.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

/// What an admin may change while the server runs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether everybody in a team has `manage_own_slash_commands`; `None` is what the version's roles say.
    pub(crate) own_commands: Option<bool>,
    /// `EnablePostActionIntegration`.
    pub(crate) post_actions: bool,
    /// `AllowedUntrustedInternalConnections`.
    pub(crate) internal: AllowedInternal,
    /// `OutgoingIntegrationRequestsTimeout`.
    pub(crate) timeout: Duration,
}

/// Which hosts of private networks integrations may be at: names, addresses and networks in CIDR form, separated by
/// spaces or commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AllowedInternal(String);

impl AllowedInternal {
    /// The setting with this text. An entry that is no network counts as a host's name, as on the real server.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text of the setting.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether a host may be called whatever its address is, because its name, just as the URL has it, is listed.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        self.entries().any(|entry| entry == host)
    }

    /// Whether an address may be called: a public one always, a reserved one where a network of the list has it.
    pub(crate) fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        !is_reserved(address)
            || self
                .entries()
                .filter_map(|entry| entry.parse::<IpNet>().ok())
                .any(|net| net.contains(&address))
    }

    fn entries(&self) -> impl Iterator<Item = &str> {
        self.0.split(|c: char| c.is_whitespace() || c == ',').filter(|entry| !entry.is_empty())
    }
}

/// The networks that are not the public internet, by the registries of special addresses.
const RESERVED: [&str; 30] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "::1/128",
    "100::/64",
    "64:ff9b::/96",
    "2001::/23",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

fn is_reserved(address: IpAddr) -> bool {
    RESERVED.iter().filter_map(|net| net.parse::<IpNet>().ok()).any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &str, address: &str) -> bool {
        AllowedInternal::new(list).allows_address(address.parse().unwrap())
    }

    #[test]
    fn every_reserved_network_is_one() {
        assert!(RESERVED.iter().all(|net| net.parse::<IpNet>().is_ok()));
    }

    #[test]
    fn private_addresses_need_a_network_in_the_list_and_public_ones_nothing() {
        assert!(allows("", "8.8.8.8"));
        assert!(!allows("", "127.0.0.1"));
        assert!(!allows("", "::ffff:10.0.0.1"));
        assert!(allows("10.1.0.0/16, 127.0.0.0/8", "127.0.0.1"));
        assert!(allows("10.1.0.0/16\n127.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!allows("10.1.0.0/16", "10.2.0.1"));
        // A bare address is a host's name, which says nothing of what other names lead to.
        assert!(!allows("127.0.0.1", "127.0.0.1"));
        assert!(AllowedInternal::new("localhost,127.0.0.1").allows_host("127.0.0.1"));
        assert!(!AllowedInternal::new("localhost").allows_host("local"));
    }
}
