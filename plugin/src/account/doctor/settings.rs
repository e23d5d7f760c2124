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
    judge(&settings["ServiceSettings"], callback_host, private, findings);
}

/// What follows from the settings of a server that shows them.
fn judge(service: &Value, callback_host: &str, private: bool, findings: &mut Findings) {
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
    use super::{judge, names};
    use crate::account::doctor::findings::Findings;
    use host_sdk::protocol::FindingLevel;
    use serde_json::{Value, json};

    /// What is an error with these settings, for a gateway in a private network.
    fn errors(service: &Value, host: &str, private: bool) -> Vec<String> {
        let mut findings = Findings::of("default");
        judge(service, host, private, &mut findings);
        let errors = findings.found.into_iter().filter(|finding| finding.level == FindingLevel::Error);
        errors.map(|finding| finding.message).collect()
    }

    #[test]
    fn a_server_that_shows_its_settings_is_told_which_of_them_are_in_the_way() {
        let on =
            json!({ "EnablePostActionIntegration": true, "AllowedUntrustedInternalConnections": "gw.lan" });
        assert!(errors(&on, "gw.lan", true).is_empty());
        assert!(errors(&on, "10.0.0.7", false).is_empty(), "public addresses need no entry");
        let missing = errors(&on, "10.0.0.7", true);
        assert!(
            missing[0].contains("AllowedUntrustedInternalConnections does not name 10.0.0.7"),
            "{missing:?}"
        );
        let off = json!({ "EnablePostActionIntegration": false, "AllowedUntrustedInternalConnections": "" });
        assert_eq!(errors(&off, "gw.lan", true).len(), 2);
        // What a server does not say is not held against it.
        assert!(errors(&Value::Null, "gateway.example.com", false).is_empty());
    }

    #[test]
    fn a_list_names_hosts_addresses_and_networks() {
        assert!(names("127.0.0.1 localhost", "localhost") && names("a.example,gw.lan", "GW.lan"));
        assert!(names("10.0.0.0/8", "10.1.2.3") && !names("10.0.0.0/8", "11.1.2.3"));
        assert!(!names("", "localhost") && !names("https://gw.lan", "gw.lan"));
    }
}
