//! Where the gateway listens, as configured.
//!
//! The keys are those of OpenClaw's page "Configuration reference", `gateway`.

use crate::failure::Failure;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// OpenClaw's own port, so that people find it where they expect it.
pub const USUAL_PORT: u16 = 18_789;
/// Moves the port: a number, or `host:port`.
pub const PORT_VARIABLE: &str = "OPENCLAW_GATEWAY_PORT";

/// Which of the machine's addresses it listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Only those who are on this machine reach it.
    Loopback,
    /// Everybody who reaches the machine.
    Lan,
    /// `gateway.customBindHost`.
    Custom,
    /// This address, which the command line names.
    Address(IpAddr),
}

impl FromStr for Bind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            // OpenClaw's `auto` prefers loopback, which every machine has.
            "loopback" | "auto" => Ok(Self::Loopback),
            "lan" => Ok(Self::Lan),
            "custom" => Ok(Self::Custom),
            _ => address(text).map(Self::Address).ok_or_else(|| {
                "use loopback, lan, custom (with gateway.customBindHost) or an IP address".to_owned()
            }),
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub ip: IpAddr,
    /// The port that was asked for, and what asked for it.
    pub port: Option<(u16, &'static str)>,
}

impl Wanted {
    /// From the command line, else from the environment, else from the configuration.
    pub fn new(
        bind: Option<Bind>,
        port: Option<u16>,
        variable: Option<&str>,
        config: &Value,
    ) -> Result<Self, Failure> {
        let gateway = &config["gateway"];
        let bind = match (bind, &gateway["bind"]) {
            (Some(bind), _) => bind,
            (None, Value::Null) => Bind::Loopback,
            (None, named) => configured_bind(named)?,
        };
        let ip = match bind {
            Bind::Loopback => Ipv4Addr::LOCALHOST.into(),
            Bind::Lan => Ipv4Addr::UNSPECIFIED.into(),
            Bind::Address(ip) => ip,
            Bind::Custom => custom_host(&gateway["customBindHost"])?,
        };
        let port = match (port, variable) {
            (Some(port), _) => Some((port, "--port")),
            (None, Some(variable)) => Some((variable_port(variable)?, PORT_VARIABLE)),
            (None, None) => configured_port(&gateway["port"])?.map(|port| (port, "gateway.port")),
        };
        Ok(Self { ip, port })
    }
}

fn configured_bind(named: &Value) -> Result<Bind, Failure> {
    let bind = named.as_str().and_then(|text| text.parse().ok());
    // A plain address stands in a key of its own.
    bind.filter(|bind| !matches!(bind, Bind::Address(_))).ok_or_else(|| {
        Failure::new(
            format!("gateway.bind is {}, which this host does not know", kind(named)),
            "set gateway.bind to loopback or lan, or to custom with the address in gateway.customBindHost",
        )
    })
}

fn custom_host(host: &Value) -> Result<IpAddr, Failure> {
    host.as_str().and_then(|host| address(host.trim())).ok_or_else(|| {
        Failure::new(
            format!(
                "gateway.bind is custom, and gateway.customBindHost is {}, not an IP address",
                kind(host)
            ),
            "set gateway.customBindHost to an address of this machine, for example 192.168.1.5",
        )
    })
}

fn configured_port(port: &Value) -> Result<Option<u16>, Failure> {
    if port.is_null() {
        return Ok(None);
    }
    let number = port.as_u64().and_then(|port| u16::try_from(port).ok());
    number.map(Some).ok_or_else(|| {
        let what = format!("gateway.port is {}, not a port", kind(port));
        Failure::new(what, "set gateway.port to a number from 1 to 65535, or leave it out")
    })
}

fn variable_port(text: &str) -> Result<u16, Failure> {
    let number = text.trim().rsplit_once(':').map_or(text.trim(), |(_, number)| number);
    number.parse().map_err(|_| {
        let what = format!("the environment variable {PORT_VARIABLE} is not a port");
        Failure::new(what, "set it to a number, or to host:port, or leave it out")
    })
}

/// An IP address, in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if bare.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    bare.parse().ok()
}

/// What a value is, without the value: anything may stand in the wrong place.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "missing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(config: &Value) -> Result<Wanted, Failure> {
        Wanted::new(None, None, None, &json!({ "gateway": config }))
    }

    fn ip(config: &Value) -> String {
        wanted(config).unwrap().ip.to_string()
    }

    #[test]
    fn it_listens_on_this_machine_unless_told_otherwise() {
        assert_eq!(ip(&json!(null)), "127.0.0.1");
        assert_eq!(ip(&json!({ "bind": "loopback", "customBindHost": "10.0.0.1" })), "127.0.0.1");
        assert_eq!(ip(&json!({ "bind": "auto" })), "127.0.0.1");
        assert_eq!(ip(&json!({ "bind": "lan" })), "0.0.0.0");
        assert_eq!(ip(&json!({ "bind": "custom", "customBindHost": " 10.0.0.1 " })), "10.0.0.1");
        assert_eq!(ip(&json!({ "bind": "custom", "customBindHost": "[::1]" })), "::1");
        let lan = json!({ "gateway": { "bind": "lan" } });
        let said = Wanted::new(Some("10.0.0.7".parse().unwrap()), None, None, &lan).unwrap();
        assert_eq!(said.ip.to_string(), "10.0.0.7");
    }

    #[test]
    fn a_wrong_bind_is_no_guess() {
        for (config, word) in [
            (json!({ "bind": "tailnet" }), "gateway.bind is another text"),
            (json!({ "bind": "10.0.0.1" }), "gateway.bind is another text"),
            (json!({ "bind": true }), "gateway.bind is a boolean"),
            (json!({ "bind": "custom" }), "gateway.customBindHost is missing"),
            (
                json!({ "bind": "custom", "customBindHost": "gw.lan" }),
                "gateway.customBindHost is another text",
            ),
            (json!({ "port": 65_536 }), "gateway.port is a number"),
            (json!({ "port": "80" }), "gateway.port is another text"),
        ] {
            let failure = wanted(&config).unwrap_err();
            assert!(failure.what.contains(word) && failure.hint.is_some(), "{failure:?}");
        }
        assert!("somewhere".parse::<Bind>().unwrap_err().contains("loopback, lan, custom"));
    }

    #[test]
    fn the_command_line_goes_before_the_environment_and_the_environment_before_the_file() {
        let config = json!({ "gateway": { "port": 3 } });
        let port = |port, variable| Wanted::new(None, port, variable, &config).unwrap().port;
        assert_eq!(port(Some(1), Some("2")), Some((1, "--port")));
        assert_eq!(port(None, Some("2")), Some((2, PORT_VARIABLE)));
        assert_eq!(port(None, Some("0.0.0.0:2")), Some((2, PORT_VARIABLE)));
        assert_eq!(port(None, None), Some((3, "gateway.port")));
        assert_eq!(wanted(&json!({})).unwrap().port, None);
        assert!(Wanted::new(None, None, Some("two"), &config).unwrap_err().what.contains(PORT_VARIABLE));
    }
}
