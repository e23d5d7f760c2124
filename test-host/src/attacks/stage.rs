//! What is attacked: the embedded server, and a gateway with the plugin in a process of its own.

use super::wire::{self, Answer};
use crate::chaos::{Diary, Gateway, Installed, Launch};
use crate::failure::Failure;
use crate::gateway::{self, Presence};
use crate::plugins;
use crate::scratch;
use crate::settings::Settings;
use host_sdk::host::{Instance, Library};
use host_sdk::protocol::{Init, Outbound, QueryRequest, Role};
use mattermost_sim::{Options, PostRecord, Seed, Sim, Version};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where clicks arrive.
pub const CLICKS: &str = "/mattermost/interactions/default";
/// How long an effect may take.
const EFFECT: Duration = Duration::from_secs(10);

/// The embedded server, the gateway, and who posts buttons for the bot.
pub struct Stage {
    /// The server.
    pub sim: Sim,
    /// Who is on it.
    pub seed: Seed,
    /// The gateway's process.
    pub gateway: Gateway,
    /// Where it listens.
    pub address: SocketAddr,
    state_dir: PathBuf,
    config: Value,
}

/// A post with buttons, and what a click on its first one carries: an attacker has seen it.
pub struct Offer {
    /// The post.
    pub post: PostRecord,
    /// The button's context, signature and all.
    pub context: Value,
}

impl Stage {
    /// Start everything.
    pub async fn new(installed: &Installed) -> Result<Self, Failure> {
        let sim = Sim::start(Options::version(Version::V11_6)).await.map_err(|error| embedded(&error))?;
        let seed = sim.seed().map_err(|error| embedded(&error))?;
        let mut config = scratch::config(&sim.url(), seed.token("openclaw"), None);
        config["channels"]["mattermost"]["commands"] = json!({ "native": true });
        let state_dir = installed.state_with("attacked", &config)?;
        sim.set_slash_permission(true);
        let launch = Launch {
            state_dir: state_dir.clone(),
            agent: "echo".to_owned(),
            survives_full_disk: false,
            clock: None,
        };
        let gateway = Gateway::new(launch, Diary::new());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut stage = Self { sim, seed, gateway, address, state_dir, config };
        stage.begin().await?;
        Ok(stage)
    }

    /// Start the gateway, and learn where it listens.
    pub async fn begin(&mut self) -> Result<(), Failure> {
        let before = self.gateway.connections();
        self.gateway.start(&[])?;
        self.gateway.connected(before).await?;
        let Presence::Running(file) = Presence::of(&self.state_dir) else {
            return Err(Failure::bare("the gateway does not say where it listens"));
        };
        let address = file.url.strip_prefix("http://").and_then(|address| address.parse().ok());
        self.address = address.ok_or_else(|| Failure::bare("the gateway's address is none"))?;
        self.config["channels"]["mattermost"]["interactions"] = json!({ "callbackBaseUrl": file.url });
        Ok(())
    }

    /// The bot's client: what it posts has buttons that lead to the gateway.
    fn bot(&self) -> Result<Instance, Failure> {
        let init = Init {
            role: Role::Client,
            config: self.config.clone(),
            ..gateway::init(crate::logging::Level::Warn)
        };
        let (instance, _events) = self.library()?.instance(&init, None).map_err(Failure::from)?;
        Ok(instance)
    }

    /// The bot asks with two buttons.
    pub async fn offer(&self, channel: &str) -> Result<Offer, Failure> {
        let channel_id = self.seed.channel(channel).to_owned();
        let message = Outbound {
            target: format!("channel:{channel_id}"),
            text: "Deploy?".to_owned(),
            buttons: Some(
                json!([[{ "text": "Yes", "callback_data": "yes" }, { "text": "No", "callback_data": "no" }]]),
            ),
            ..Outbound::default()
        };
        let bot = self.bot()?;
        let receipt = bot.send(&message).await.map_err(Failure::from)?;
        let _ = bot.shutdown(Duration::from_secs(2)).await;
        let post = self.post(&channel_id, &receipt.message_id)?;
        // Bots are not heard: the server shows what a click carries, and nothing has happened.
        self.sim.click(self.seed.user_id("alerts"), &post.id, "yes").await;
        let body = self.sim.callbacks().pop().map(|callback| callback.body).unwrap_or_default();
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        Ok(Offer { post, context: body["context"].clone() })
    }

    /// A context as a bot with this token signs it.
    pub fn sign(&self, token: &str, context: &Value) -> Result<Value, Failure> {
        let mut config = self.config.clone();
        config["channels"]["mattermost"]["botToken"] = json!(token);
        let question =
            QueryRequest::ButtonsSign { config, env: None, account_id: None, context: context.clone() };
        let signed = self.library()?.query(&question).map_err(Failure::from)?;
        Ok(signed["context"].clone())
    }

    fn library(&self) -> Result<Library, Failure> {
        plugins::channel(&Settings::of(&self.state_dir), "mattermost")
    }

    /// A post as it is now.
    pub fn post(&self, channel_id: &str, id: &str) -> Result<PostRecord, Failure> {
        let found = self.sim.posts(channel_id).into_iter().find(|post| post.id == id);
        found.ok_or_else(|| Failure::bare("a post of the bot is gone"))
    }

    /// Whether a post still has its buttons.
    pub fn has_buttons(&self, offer: &Offer) -> bool {
        let post = self.post(&offer.post.channel_id, &offer.post.id);
        post.is_ok_and(|post| {
            post.props.get("attachments").is_some_and(|cards| cards[0]["actions"].is_array())
        })
    }

    /// What a click of `user` on an offer looks like when it arrives.
    pub fn click_body(&self, user: &str, offer: &Offer, context: &Value) -> Value {
        json!({
            "user_id": user, "user_name": "alice", "channel_id": offer.post.channel_id, "team_id": "",
            "post_id": offer.post.id, "trigger_id": "", "type": "button", "data_source": "", "context": context,
        })
    }

    /// Send a body to where clicks arrive.
    pub async fn send(&self, body: &str) -> Result<Answer, Failure> {
        wire::send(self.address, &wire::post(CLICKS, &[("Content-Type", "application/json")], body)).await
    }

    /// The bot's answers to clicks, in all channels.
    pub fn answers(&self) -> usize {
        let bot = self.seed.user_id("openclaw");
        let channels = ["general", "ops"].map(|name| self.sim.posts(self.seed.channel(name)));
        let is_answer = |post: &&PostRecord| post.user_id == bot && post.message.contains("[Button click:");
        channels.iter().flatten().filter(is_answer).count()
    }

    /// Somebody who may clicks, and waits for its effect: the line in the post and the agent's answer. How long the click
    /// itself took.
    pub async fn valid_click(&self) -> Result<Duration, Failure> {
        let offer = self.offer("general").await?;
        let before = self.answers();
        let began = Instant::now();
        let outcome = self.sim.click(self.seed.user_id("alice"), &offer.post.id, "yes").await;
        let took = began.elapsed();
        if outcome.status != 200 {
            return Err(Failure::bare(format!("a valid click was answered {}", outcome.status)));
        }
        while self.answers() == before || self.has_buttons(&offer) {
            if began.elapsed() > EFFECT {
                return Err(Failure::bare("a valid click had no effect"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(took)
    }
}

impl Stage {
    /// The slash commands that the gateway registered: their triggers and tokens.
    pub async fn commands(&self) -> Result<Vec<(String, String)>, Failure> {
        let began = Instant::now();
        loop {
            let commands = self.sim.commands(&self.seed.team_id);
            // One after the other; the last one is there when nothing is added for a while.
            if commands.len() >= 2 {
                return Ok(commands.into_iter().map(|command| (command.trigger, command.token)).collect());
            }
            if began.elapsed() > EFFECT {
                return Err(Failure::bare("the gateway registered no slash commands"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn embedded(error: &mattermost_sim::SimError) -> Failure {
    Failure::system("the embedded Mattermost", error)
}
