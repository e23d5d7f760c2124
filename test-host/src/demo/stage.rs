//! What the demo is played on.

use super::poster::Poster;
use crate::child::Child;
use crate::failure::Failure;
use crate::gateway::{GatewayStatus, Presence};
use crate::http::Local;
use crate::output;
use crate::scratch;
use crate::times;
use mattermost_sim::{Options, Seed, Sim, Version};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Connecting takes milliseconds; this is for a machine under load.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(3);

/// An embedded Mattermost, a state directory that goes with the demo, and a gateway.
pub struct Stage {
    /// The server.
    pub sim: Sim,
    /// Who and what is on it.
    pub seed: Seed,
    /// For requests to the server and to the gateway.
    pub http: Local,
    /// The demo prints one JSON document at its end.
    pub as_json: bool,
    gateway: Option<Child>,
    state: TempDir,
}

impl Stage {
    /// Start the server, and fill it.
    pub async fn new(as_json: bool) -> Result<Self, Failure> {
        let failed = |error: mattermost_sim::SimError| Failure::system("the embedded Mattermost", &error);
        let sim = Sim::start(Options::version(Version::V11_6)).await.map_err(failed)?;
        let seed = sim.seed().map_err(failed)?;
        let state = scratch::dir("test-host-demo-")?;
        let stage = Self { sim, seed, http: Local::new(), as_json, gateway: None, state };
        stage.tell(format!("Embedded Mattermost {} at {}", Version::V11_6.number(), stage.sim.url()));
        Ok(stage)
    }

    /// What is known of the server.
    pub fn server(&self) -> Value {
        json!({ "url": self.sim.url(), "version": Version::V11_6.number() })
    }

    /// Tell a person how far the demo is.
    pub fn tell(&self, text: impl AsRef<str>) {
        if !self.as_json {
            output::line(text);
        }
    }

    /// Install the plugin with the command that a user would give; `streaming` is what it shows of an answer that is being
    /// written.
    pub async fn install(&self, plugin: &Path, streaming: Option<&str>) -> Result<Value, Failure> {
        scratch::configure(self.state.path(), &self.sim.url(), self.seed.token("openclaw"), streaming)?;
        let answer = scratch::install(self.state.path(), plugin).await?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        self.tell(format!("Installed {} {} (ABI {})", text("id"), text("version"), text("abi")));
        Ok(answer)
    }

    /// Start the gateway with this agent and wait until it is connected; how long that took.
    pub async fn start_gateway(&mut self, agent: &str) -> Result<Duration, Failure> {
        let arguments = ["gateway", "run", "--agent", agent, "--port", "0", "--until-stdin-closes"];
        let start = Instant::now();
        let gateway = self.gateway.insert(Child::start(self.state.path(), &arguments, true)?);
        loop {
            if let Some(bot) = connected_as(&self.http, self.state.path()).await {
                let took = start.elapsed();
                self.tell(format!("Gateway connected as @{bot} after {}", times::took(took)));
                return Ok(took);
            }
            if gateway.has_ended() || start.elapsed() > CONNECT_LIMIT {
                // What it said last may still be on its way.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Err(self.failure("the gateway did not connect"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The gateway's process.
    pub fn gateway_pid(&self) -> u32 {
        self.gateway.as_ref().map(Child::id).unwrap_or_default()
    }

    /// A process that posts by plain HTTP as somebody.
    pub async fn poster(&self, who: &str, channel: &str) -> Result<Poster, Failure> {
        Poster::start(self.state.path(), &self.sim.url(), self.seed.token(who), channel).await
    }

    /// A failure with the gateway's log.
    pub fn failure(&self, what: &str) -> Failure {
        let log = self.gateway.as_ref().map(Child::log).unwrap_or_default();
        Failure::bare(format!("{what}; the gateway's log:\n{}", log.trim_end()))
    }

    /// End everything.
    pub async fn clear(mut self) {
        if let Some(gateway) = &mut self.gateway {
            gateway.end().await;
        }
        self.sim.stop().await;
        if let Err(error) = self.state.close() {
            output::note(format!("the demo's temporary directory could not be removed: {error}"));
        }
    }
}

/// The bot's name, once the gateway says that it is connected.
async fn connected_as(http: &Local, state_dir: &Path) -> Option<String> {
    let Presence::Running(file) = Presence::of(state_dir) else { return None };
    let url = format!("{}/status", file.url);
    let (_, body) = http.get(&url, &file.token, Duration::from_secs(2)).await.ok()?;
    let status: GatewayStatus = serde_json::from_value(body).ok()?;
    let accounts = status.channels.into_iter().flat_map(|channel| channel.status.accounts);
    let account = accounts.into_iter().find(|account| account.connected)?;
    Some(account.bot.map(|bot| bot.username).unwrap_or_default())
}
