//! The server's own settings, where it shows them: only to system admins, and few bots are.

use super::findings::Findings;
use mattermost_client::{Client, Method, Route};
use serde_json::Value;

/// Look at what the server must allow, so that it calls this host.
pub(super) async fn look(client: &Client, callback_host: &str, private: bool, findings: &mut Findings) {
    let settings: Value = match client.json(Route::new(Method::Get, "config")).await {
        Ok(settings) => settings,
        Err(_) => {
            let internal = match private {
                true => format!(
                    ", and that ServiceSettings.AllowedUntrustedInternalConnections has {callback_host}"
                ),
                false => String::new(),
            };
            return findings.ok(
                "server settings",
                format!(
                    "the server shows them to admins only: if buttons or slash commands do nothing, let one check that \
                     ServiceSettings.EnablePostActionIntegration is true{internal}"
                ),
            );
        }
    };
    let service = &settings["ServiceSettings"];
    match service["EnablePostActionIntegration"].as_bool() {
        Some(false) => findings.error(
            "server settings",
            "EnablePostActionIntegration is false: clicks on buttons reach nobody".to_owned(),
            "set ServiceSettings.EnablePostActionIntegration to true (System Console, Integrations)",
        ),
        _ => findings.ok("server settings", "EnablePostActionIntegration is not switched off".to_owned()),
    }
    let allowed = service["AllowedUntrustedInternalConnections"].as_str().unwrap_or_default();
    if private && !names(allowed, callback_host) {
        findings.error(
            "server settings",
            format!("AllowedUntrustedInternalConnections does not name {callback_host}, which is in a private network"),
            "add the host to ServiceSettings.AllowedUntrustedInternalConnections: the host alone, not a URL",
        );
    }
}

/// Whether a list of hosts, addresses and networks, separated by blanks or commas, may mean a host.
fn names(list: &str, host: &str) -> bool {
    list.split([' ', ',']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        entry.eq_ignore_ascii_case(host)
            || host.parse().is_ok_and(|ip| crate::callbacks::is_allowed(&[entry.to_owned()], ip))
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_list_names_hosts_addresses_and_networks() {
        assert!(names("127.0.0.1 localhost", "localhost") && names("a.example,gw.lan", "GW.lan"));
        assert!(names("10.0.0.0/8", "10.1.2.3") && !names("10.0.0.0/8", "11.1.2.3"));
        assert!(!names("", "localhost") && !names("https://gw.lan", "gw.lan"));
    }
}
