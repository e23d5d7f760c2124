//! Slash commands as a host has them: an HTTP server before the channel, and a server that calls it.

use super::{Called, HttpHost, PATIENCE, World};
use mattermost_client::{Client, NetworkPolicy, Options as ClientOptions, ServerUrl, Token};
use mattermost_sim::{CommandOutcome, CommandRecord, Options};
use serde_json::{Value, json};
use std::time::Duration;

/// Where calls arrive unless configured otherwise.
pub const COMMANDS: &str = "/api/channels/mattermost/command";

/// How many commands the channel has without skills.
pub const BUILT_IN: usize = 9;

impl World {
    /// A world with slash commands, which the bot may register and has registered; the section's keys on top.
    pub async fn commanding(more: Value) -> Self {
        let mut world = Self::before_commanding(Options::default().own_commands(true), more).await;
        world.start().await;
        world.until_commands(BUILT_IN as u64).await;
        world
    }

    /// The same before its accounts start.
    pub async fn before_commanding(options: Options, more: Value) -> Self {
        let http = HttpHost::start().await;
        let mut keys = json!({ "commands": { "native": true } });
        for (key, value) in more.as_object().unwrap() {
            keys[key] = value.clone();
        }
        Self::opened(options, true, Some(http), |_| (keys, json!({}))).await
    }

    /// Wait until the first account answers so many commands.
    pub async fn until_commands(&self, count: u64) {
        let waiting = async {
            while self.status().await.slash.unwrap_or_default().commands != count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("not {count} commands: {:?}\n{}", self.status().await.slash, self.life.logs.everything());
        }
    }

    /// The commands that stand on the server in the seed's team.
    pub fn commands(&self) -> Vec<CommandRecord> {
        self.sim.commands(&self.seed.team_id)
    }

    /// The command with this trigger.
    pub fn command(&self, trigger: &str) -> CommandRecord {
        let found = self.commands().into_iter().find(|command| command.trigger == trigger);
        found.unwrap_or_else(|| panic!("no /{trigger}: {:?}", self.triggers()))
    }

    pub fn triggers(&self) -> Vec<String> {
        let mut triggers: Vec<String> = self.commands().into_iter().map(|command| command.trigger).collect();
        triggers.sort();
        triggers
    }

    /// Wait until these stand in the seed's team.
    pub async fn until_triggers(&self, fits: impl Fn(&[String]) -> bool) {
        let waiting = async {
            while !fits(&self.triggers()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("{:?}\n{}", self.triggers(), self.life.logs.everything());
        }
    }

    /// `who` gives a command; what only he sees.
    pub async fn gives(&self, who: &str, channel: &str, root: &str, command: &str) -> String {
        let CommandOutcome { status, body, .. } =
            self.sim.execute(&self.id(who), channel, root, command).await;
        assert_eq!(status, 200, "{body}\n{:?}\n{}", self.sim.callbacks().last(), self.life.logs.everything());
        assert_eq!(body["response_type"], "ephemeral", "{body}");
        body["text"].as_str().unwrap().to_owned()
    }

    /// The form that the server sends when `who` gives a command in a channel.
    pub fn form(&self, command: &CommandRecord, who: &str, channel: &str) -> String {
        format!(
            "channel_id={channel}&command=%2F{}&team_id={}&text=&token={}&trigger_id={}&user_id={}&user_name=x",
            command.trigger,
            command.team_id,
            command.token,
            fresh(),
            self.id(who),
        )
    }

    /// Send a form to where commands arrive.
    pub async fn calls(&self, form: &str) -> Called {
        self.http().form(COMMANDS, &[], form).await
    }

    /// A client of somebody's.
    pub fn rest(&self, who: &str) -> Client {
        let options = ClientOptions::default().network(NetworkPolicy::unrestricted());
        let token = if who == "admin" { &self.seed.admin.token } else { self.seed.token(who) };
        let token = Token::new(token).unwrap();
        Client::new(ServerUrl::parse(&self.sim.url()).unwrap(), token, options).unwrap()
    }
}

/// Something that no other call has.
fn fresh() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("trigger{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
