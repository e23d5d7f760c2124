//! A gateway in a child process, and the server that it connects to.

use super::Home;
use mattermost_sim::{Options, PostRecord, Seed, Sim};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(15);

/// A Mattermost with people on it, and a state directory with the plugin and its configuration.
pub struct World {
    pub sim: Sim,
    pub seed: Seed,
    pub home: Home,
}

impl World {
    /// Everything set up, nothing running.
    pub async fn new() -> Self {
        let sim = Sim::start(Options::default()).await.unwrap();
        let seed = sim.seed().unwrap();
        let home = Home::new();
        home.place_mattermost();
        let world = Self { sim, seed, home };
        world.home.config(&world.config());
        world
    }

    /// A configuration that answers everybody.
    pub fn config(&self) -> Value {
        json!({ "channels": { "mattermost": {
            "baseUrl": self.sim.url(), "botToken": self.seed.token("openclaw"),
            "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
            "network": { "dangerouslyAllowPrivateNetwork": true },
        } } })
    }

    /// Start a gateway and wait until it is connected.
    pub async fn gateway(&self, arguments: &[&str]) -> Gateway {
        let mut gateway = Gateway::start(&self.home, arguments);
        gateway.line("connected as @openclaw").await;
        gateway
    }

    /// The direct channel of a person and the bot.
    pub fn direct(&self, name: &str) -> String {
        self.sim.direct_channel(self.seed.user_id(name), self.seed.user_id("openclaw")).unwrap()
    }

    /// Post as a person; the post's id.
    pub fn say(&self, name: &str, channel: &str, text: &str, root: &str) -> String {
        self.sim.post_as(self.seed.user_id(name), channel, text, root).unwrap().id
    }

    /// The bot's posts in a channel.
    pub fn said_by_bot(&self, channel: &str) -> Vec<PostRecord> {
        let bot = self.seed.user_id("openclaw");
        self.sim.posts(channel).into_iter().filter(|post| post.user_id == bot).collect()
    }

    /// Wait for the bot's post with this text.
    pub async fn hear(&self, channel: &str, text: &str) -> PostRecord {
        let bot = self.seed.user_id("openclaw").to_owned();
        let heard =
            self.sim.wait_for_post(channel, |post| post.user_id == bot && post.message == text, LIMIT).await;
        heard.unwrap_or_else(|_| panic!("no {text:?} from the bot, but {:?}", self.said_by_bot(channel)))
    }
}

/// `gateway run` in a child process; killed when dropped.
pub struct Gateway {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Start it on any free port.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::start_with(home, arguments, &[])
    }

    /// As [`Gateway::start`], with environment variables.
    pub fn start_with(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_at(home, 0, arguments, variables)
    }

    /// As [`Gateway::start_with`], on this port: buttons of an earlier one still lead here.
    pub fn start_at(home: &Home, port: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = home.command(&["gateway", "run", "--port", &port.to_string()]);
        command
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (child.stderr.take().unwrap(), log.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        Self { child, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Wait for a log line that contains this.
    pub async fn line(&mut self, words: &str) -> String {
        let start = Instant::now();
        loop {
            let found = self.log.lock().unwrap().iter().find(|line| line.contains(words)).cloned();
            if let Some(line) = found {
                return line;
            }
            assert!(start.elapsed() < LIMIT, "no {words:?} in the log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Close its stdin.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Send it a signal by name.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let sent =
            std::process::Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Wait for its end; fails after ten seconds.
    pub async fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "it does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the gateway's log:\n{}", self.log());
        }
    }
}
