//! What an operator should know of an address before the server is told to call it. Pure.
//!
//! The rules are those of OpenClaw's page on Mattermost, "Native slash commands".

use mattermost_client::ServerUrl;
use std::net::IpAddr;

/// Something about an address that works in some networks only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// It means the machine of whoever calls it, and the server is on another one.
    Loopback,
    /// It is plain http to another machine: whoever is on the way reads the tokens.
    ClearText,
}

/// What is to be said of an address that a server is told to call.
#[must_use]
pub fn concerns(callback: &str, server: &ServerUrl) -> Vec<Concern> {
    let Ok(callback) = ServerUrl::parse(callback) else { return Vec::new() };
    let here = is_loopback(callback.host());
    let mut concerns = Vec::new();
    if here && !is_loopback(server.host()) {
        concerns.push(Concern::Loopback);
    }
    if !here && !callback.is_https() {
        concerns.push(Concern::ClearText);
    }
    concerns
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            let name = bare.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Concern, concerns};
    use mattermost_client::ServerUrl;

    #[test]
    fn this_machine_is_a_concern_for_other_servers_only_and_plain_http_for_other_machines_only() {
        let of = |callback: &str, server: &str| concerns(callback, &ServerUrl::parse(server).unwrap());
        let (here, there) = ("http://127.0.0.1:8065", "https://chat.example.com");
        for callback in [
            "http://localhost:1/c",
            "https://127.0.0.9/c",
            "http://[::1]:1/c",
            "http://gw.localhost/c",
            "http://LOCALHOST./c",
        ] {
            assert_eq!(of(callback, there), [Concern::Loopback], "{callback}");
            assert_eq!(of(callback, here), [], "{callback}");
        }
        for callback in
            ["http://gw.lan/c", "http://10.0.0.1:1/c", "http://[fd00::1]/c", "http://localhost.example.com/c"]
        {
            assert_eq!(of(callback, there), [Concern::ClearText], "{callback}");
        }
        assert_eq!(of("https://gw.example.com/c", there), []);
        assert_eq!(of("nonsense", there), []);
    }
}
