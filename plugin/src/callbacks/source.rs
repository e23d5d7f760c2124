//! Whose address a request comes from, and whether that address may call. Pure.
//!
//! The rules are those of OpenClaw's gateway (`gateway.trustedProxies`, `gateway.allowRealIpFallback`) and of its page
//! on Mattermost (`interactions.allowedSourceIps`).

use crate::config::Gateway;
use std::net::IpAddr;

/// What a request says of where it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// The other end of the connection.
    pub peer: Option<&'a str>,
    /// All values of `X-Forwarded-For`, in the order of their headers.
    pub forwarded_for: &'a [&'a str],
    /// `X-Real-IP`.
    pub real_ip: Option<&'a str>,
}

/// The caller's address; `None` when it cannot be trusted to be anybody's.
///
/// It is the other end of the connection, unless that is a trusted proxy: then the last hop that is neither a proxy of
/// ours nor this machine counts.
#[must_use]
pub fn client_address(source: Source<'_>, gateway: &Gateway) -> Option<IpAddr> {
    let peer = address(source.peer?)?;
    let trusted = |ip: IpAddr| gateway.trusted_proxies.iter().any(|network| contains(network, ip));
    if !trusted(peer) {
        return Some(peer);
    }
    let hops: Vec<&str> = source.forwarded_for.iter().flat_map(|value| value.split(',')).collect();
    for hop in hops.into_iter().rev().map(str::trim) {
        // Behind something that is no address nothing is known.
        let ip = address(hop)?;
        if !ip.is_loopback() && !trusted(ip) {
            return Some(ip);
        }
    }
    source.real_ip.filter(|_| gateway.allow_real_ip).and_then(address)
}

/// Whether an address is one of these addresses and networks (`192.0.2.7`, `10.0.0.0/8`, `fd00::/8`).
#[must_use]
pub fn is_allowed(allowed: &[String], ip: IpAddr) -> bool {
    allowed.iter().any(|network| contains(network, ip))
}

/// Whether a text is an address or a network at all; one that is not holds nobody.
#[must_use]
pub fn is_network(text: &str) -> bool {
    let base = text.split_once('/').map_or(text, |(base, _)| base);
    address(base).is_some_and(|base| contains(text, base))
}

fn contains(network: &str, ip: IpAddr) -> bool {
    let network = network.trim();
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    let (Some(base), Some(bits)) = (address(base), bits) else { return false };
    match (base, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => {
            let bits = if network.contains('/') { bits } else { 32 };
            bits <= 32 && same(u128::from(u32::from(base)), u128::from(u32::from(ip)), 32 - bits)
        }
        (IpAddr::V6(base), IpAddr::V6(ip)) => bits <= 128 && same(base.into(), ip.into(), 128 - bits),
        _ => false,
    }
}

/// Whether two addresses are the same but for their last bits.
fn same(one: u128, other: u128, last: u32) -> bool {
    one.checked_shr(last).unwrap_or(0) == other.checked_shr(last).unwrap_or(0)
}

/// An address as headers have it: with or without brackets and a port. An IPv4 address in IPv6 clothes is one.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => text,
    };
    let without_zone = bare.split_once('%').map_or(bare, |(bare, _)| bare);
    let parsed = without_zone.parse::<IpAddr>().ok();
    let parsed =
        parsed.or_else(|| bare.rsplit_once(':')?.0.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4));
    parsed.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::{Source, client_address, is_allowed, is_network};
    use crate::config::Gateway;

    fn gateway(proxies: &[&str], allow_real_ip: bool) -> Gateway {
        let trusted_proxies = proxies.iter().map(|proxy| (*proxy).to_owned()).collect();
        Gateway { trusted_proxies, allow_real_ip, ..Gateway::default() }
    }

    fn of(peer: &str, forwarded_for: &[&str], real_ip: Option<&str>, gateway: &Gateway) -> Option<String> {
        let source = Source { peer: Some(peer), forwarded_for, real_ip };
        client_address(source, gateway).map(|ip| ip.to_string())
    }

    #[test]
    fn who_is_no_proxy_of_ours_is_himself_whatever_he_says() {
        let none = gateway(&[], true);
        assert_eq!(of("203.0.113.9", &["127.0.0.1"], Some("127.0.0.1"), &none).unwrap(), "203.0.113.9");
        assert_eq!(of("::ffff:127.0.0.1", &[], None, &none).unwrap(), "127.0.0.1");
        assert_eq!(client_address(Source::default(), &none), None);
        assert_eq!(of("nonsense", &[], None, &none), None);
    }

    #[test]
    fn behind_a_trusted_proxy_the_last_foreign_hop_counts() {
        let proxy = gateway(&["10.0.0.0/8", "fd00::/8"], false);
        assert_eq!(
            of("10.1.2.3", &["127.0.0.1, 198.51.100.4, 10.9.9.9"], None, &proxy).unwrap(),
            "198.51.100.4"
        );
        assert_eq!(of("10.1.2.3", &["6.6.6.6", "198.51.100.4:5123"], None, &proxy).unwrap(), "198.51.100.4");
        assert_eq!(of("fd00::1", &["[2001:db8::5]:443"], None, &proxy).unwrap(), "2001:db8::5");
        assert_eq!(of("10.1.2.3", &["127.0.0.1"], None, &proxy), None, "only hops of ours");
        assert_eq!(of("10.1.2.3", &["198.51.100.4, unknown"], None, &proxy), None);
        assert_eq!(of("10.1.2.3", &[], Some("198.51.100.4"), &proxy), None);
        let real = gateway(&["10.0.0.0/8"], true);
        assert_eq!(of("10.1.2.3", &[], Some("198.51.100.4"), &real).unwrap(), "198.51.100.4");
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let allowed = |list: &[&str], ip: &str| {
            let list: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
            is_allowed(&list, ip.parse().unwrap())
        };
        assert!(allowed(&["127.0.0.1", "::1"], "127.0.0.1") && allowed(&["::1"], "::1"));
        assert!(!allowed(&["127.0.0.1"], "127.0.0.2") && !allowed(&["::1"], "::2"));
        assert!(allowed(&["192.0.2.0/24"], "192.0.2.255") && !allowed(&["192.0.2.0/24"], "192.0.3.0"));
        assert!(allowed(&["0.0.0.0/0"], "8.8.8.8") && !allowed(&["0.0.0.0/0"], "::1"));
        assert!(allowed(&["::/0"], "2001:db8::1") && allowed(&["2001:db8::/33"], "2001:db8::1"));
        assert!(!allowed(&["2001:db8::/33"], "2001:db8:8000::1"));
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129", "host"] {
            assert!(!allowed(&[wrong], "10.0.0.1") && !allowed(&[wrong], "::1"), "{wrong:?}");
            assert!(!is_network(wrong), "{wrong:?}");
        }
        for network in ["127.0.0.1", " ::1 ", "192.0.2.0/24", "192.0.2.7/24", "0.0.0.0/0", "2001:db8::/33"] {
            assert!(is_network(network), "{network}");
        }
    }
}
