//! What the agent and the people may do beyond writing: actions, commands, buttons.

use super::callback;
use super::node::Layers;
use serde_json::Value;

/// `commands`: the server's own slash commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// They are registered; `"auto"` means that they are not.
    pub native: bool,
    /// One more per skill.
    pub native_skills: bool,
    /// Where the host hears of them; begins with `/`.
    pub callback_path: String,
    /// The same as a whole URL, as the server reaches it.
    pub callback_url: Option<String>,
}

/// Where the host hears of slash commands unless configured otherwise.
const CALLBACK: &str = "/api/channels/mattermost/command";

impl Default for Commands {
    fn default() -> Self {
        Self { native: false, native_skills: false, callback_path: CALLBACK.to_owned(), callback_url: None }
    }
}

impl Commands {
    /// Why they cannot be registered as configured, with the way out. `None`: they can, or they are switched off.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if !self.native {
            return None;
        }
        // A path that is not served does no harm where the server is told another one.
        match &self.callback_url {
            Some(url) => callback::problem(url).map(|why| format!("commands.callbackUrl {why}")),
            None => {
                callback::path_problem(&self.callback_path).map(|why| format!("commands.callbackPath {why}"))
            }
        }
    }
}

impl Commands {
    pub(super) fn read(layers: &Layers<'_>) -> Self {
        let node = layers.merged.node("commands");
        let on = |key| node.get(key) == Some(&Value::Bool(true));
        let path = node.filled("callbackPath").unwrap_or_else(|| CALLBACK.to_owned());
        Self {
            native: on("native"),
            native_skills: on("nativeSkills"),
            callback_path: if path.starts_with('/') { path } else { format!("/{path}") },
            callback_url: node.filled("callbackUrl"),
        }
    }
}

/// `interactions`: where clicks on buttons arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interactions {
    /// The host's URL as the server reaches it, without slashes at its end.
    pub callback_base_url: Option<String>,
    /// Addresses and networks (CIDR) that clicks may come from.
    pub allowed_source_ips: Vec<String>,
}

impl Default for Interactions {
    fn default() -> Self {
        Self { callback_base_url: None, allowed_source_ips: vec!["127.0.0.1".to_owned(), "::1".to_owned()] }
    }
}

impl Interactions {
    /// Why the server can call no button, with the way out. `None`: it can, as far as the configuration says.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let base = self.callback_base_url.as_deref()?;
        callback::base_problem(base).map(|why| format!("interactions.callbackBaseUrl {why}"))
    }

    pub(super) fn read(layers: &Layers<'_>) -> Self {
        let node = layers.merged.node("interactions");
        let ips = node.texts("allowedSourceIps").unwrap_or_default();
        let ips: Vec<String> =
            ips.iter().map(|ip| ip.trim().to_owned()).filter(|ip| !ip.is_empty()).collect();
        Self {
            callback_base_url: node.filled("callbackBaseUrl").map(|url| url.trim_end_matches('/').to_owned()),
            allowed_source_ips: if ips.is_empty() { Self::default().allowed_source_ips } else { ips },
        }
    }
}
