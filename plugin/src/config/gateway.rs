//! The top-level `gateway`: where the host's HTTP server is, and whose word on a caller's address counts.
//!
//! <https://docs.openclaw.ai/gateway/configuration-reference>

use super::env::Env;
use super::node::Node;

/// The port of a gateway that says nothing else.
const PORT: u16 = 18_789;
/// Moves the port of a gateway: a number, or `host:port`.
const VARIABLE: &str = "OPENCLAW_GATEWAY_PORT";

/// The host's HTTP server, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Its port: `OPENCLAW_GATEWAY_PORT`, else `gateway.port`, else 18789.
    pub port: u16,
    /// The address it is bound to, `gateway.customBindHost`.
    pub bind_host: Option<String>,
    /// Addresses and networks of the reverse proxies before it, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// `X-Real-IP` of a trusted proxy is believed where it sends no `X-Forwarded-For`.
    pub allow_real_ip: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        Self { port: PORT, bind_host: None, trusted_proxies: Vec::new(), allow_real_ip: false }
    }
}

impl Gateway {
    pub(super) fn read(config: Node<'_>, env: &Env) -> Self {
        let node = config.node("gateway");
        let port = |port: u64| u16::try_from(port).ok().filter(|port| *port > 0);
        let moved = env.get(VARIABLE).and_then(|text| {
            let number = text.rsplit_once(':').map_or(text.as_str(), |(_, number)| number);
            port(number.parse().ok()?)
        });
        let proxies = node.texts("trustedProxies").unwrap_or_default();
        Self {
            port: moved.or_else(|| node.whole("port").and_then(port)).unwrap_or(PORT),
            bind_host: node.filled("customBindHost"),
            trusted_proxies: proxies
                .iter()
                .map(|proxy| proxy.trim().to_owned())
                .filter(|proxy| !proxy.is_empty())
                .collect(),
            allow_real_ip: node.flag("allowRealIpFallback") == Some(true),
        }
    }
}
