//! The channel as a host has it: the shared library, loaded through the C ABI, against the embedded server.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::print_stderr
)]

mod callers;
mod desk;
mod http;
mod logs;
pub mod offers;
mod slash;
mod stream;
#[allow(unused_imports)]
pub use callers::{agent, operator};
#[allow(unused_imports)]
pub use desk::{about, approved, pending};
#[allow(unused_imports)]
pub use http::{Called, HttpHost};
pub use logs::Logs;
#[allow(unused_imports)]
pub use slash::{BUILT_IN, COMMANDS};
#[allow(unused_imports)]
pub use stream::{finally, mode, sign, tool};

use host_sdk::host::{Events, Instance, Library};
use host_sdk::protocol::{
    AccountStatus, Acknowledge, Event, GatewayFacts, HandleRequest, InboundMessage, Init, Outbound, Role,
};
use mattermost_sim::{Options, PostRecord, Seed, Sim};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Longer than anything here takes; a test that waits for it fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The library that cargo built together with this test.
pub fn library() -> Library {
    let exe = std::env::current_exe().unwrap();
    let name = format!("{}openclaw_mattermost{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    // target/<profile>/deps/<test>: the library lies beside or one level up, whichever is newer.
    let newest = exe
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .filter(|path| path.is_file())
        .max_by_key(|path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok());
    let path = newest.unwrap_or_else(|| panic!("{name} was not built; run the tests with cargo test"));
    Library::open(path).unwrap()
}

/// A started server with people, and a channel connected to it.
pub struct World {
    pub sim: Sim,
    pub seed: Seed,
    pub instance: Instance,
    pub events: Events,
    pub life: Life,
}

/// What an instance needs to begin again where another one ended.
#[derive(Default)]
pub struct Life {
    /// The whole configuration.
    pub config: Value,
    /// Gone with the world; `None`: nothing is kept.
    pub state: Option<tempfile::TempDir>,
    /// The host's HTTP server, where it has one.
    pub http: Option<HttpHost>,
    /// What its instances logged.
    pub logs: Logs,
}

/// `channels.mattermost` as given, in a whole configuration. A server of a test is on this machine: unless the section
/// says something about it, it may be.
pub fn config(mut section: Value) -> Value {
    let local = section.to_string().contains("://127.0.0.1");
    if let Some(section) = section.as_object_mut().filter(|_| local) {
        section.entry("network").or_insert_with(|| json!({ "dangerouslyAllowPrivateNetwork": true }));
    }
    json!({ "channels": { "mattermost": section } })
}

pub fn init(config: Value) -> Init {
    Init { config, env: Some(BTreeMap::new()), ..Init::default() }
}

/// A client-role instance: sends or asks, runs no account.
pub fn client(config: Value) -> (Instance, Events) {
    library().instance(&Init { role: Role::Client, ..init(config) }, None).unwrap()
}

/// A world without a host.
pub struct Stopped {
    pub sim: Sim,
    pub seed: Seed,
    pub life: Life,
}

impl Stopped {
    /// A new host on the same state directory, its accounts not started.
    pub fn open(self) -> World {
        let (instance, events) = self.life.instance();
        let Self { sim, seed, life } = self;
        World { sim, seed, instance, events, life }
    }

    /// A new host on the same state directory, connected.
    pub async fn start(self) -> World {
        let mut world = self.open();
        world.start().await;
        world
    }
}

/// What the echo agent answers.
pub fn answer(message: &InboundMessage) -> Outbound {
    Outbound {
        target: message.reply.target.clone(),
        thread_root_id: message.reply.thread_root_id.clone(),
        account_id: Some(message.account_id.clone()),
        event_id: Some(message.event_id.clone()),
        text: format!("echo: {}", message.text),
        ..Outbound::default()
    }
}

impl Life {
    pub fn instance(&self) -> (Instance, Events) {
        let state_dir = self.state.as_ref().map(|dir| dir.path().join("mattermost"));
        let gateway = GatewayFacts { port: self.http.as_ref().map(HttpHost::port) };
        let init = Init { state_dir, gateway, ..init(self.config.clone()) };
        let (instance, events) = library().instance(&init, Some(self.logs.hook())).unwrap();
        if let Some(http) = &self.http {
            http.attach(&instance);
        }
        (instance, events)
    }

    /// Nobody answers HTTP requests any more.
    fn detach(&self) {
        if let Some(http) = &self.http {
            http.detach();
        }
    }
}

impl World {
    /// The default world: the bot `openclaw`, everybody answered.
    pub async fn new() -> Self {
        Self::with(Options::default(), json!({})).await
    }

    /// The default world with a state directory.
    pub async fn lasting() -> Self {
        Self::begin(Options::default(), json!({}), json!({}), true).await
    }

    /// With keys of the section beyond token and server.
    pub async fn with(options: Options, more: Value) -> Self {
        Self::begin(options, more, json!({}), false).await
    }

    /// With keys of the section that name somebody or something of the server; a key that is null is left out.
    pub async fn knowing(keys: impl FnOnce(&Seed) -> Value) -> Self {
        Self::build(Options::default(), false, |seed| (keys(seed), json!({}))).await
    }

    /// With keys of the section, and of the configuration around it.
    pub async fn begin(options: Options, more: Value, around: Value, lasting: bool) -> Self {
        Self::build(options, lasting, |_| (more, around)).await
    }

    /// With keys of the section, and of the configuration around it, that name somebody or something of the server.
    pub async fn build(options: Options, lasting: bool, keys: impl FnOnce(&Seed) -> (Value, Value)) -> Self {
        let mut world = Self::opened(options, lasting, None, keys).await;
        world.start().await;
        world
    }

    /// The same, its accounts not started; with an HTTP server of the host, if there is one.
    pub async fn opened(
        options: Options,
        lasting: bool,
        http: Option<HttpHost>,
        keys: impl FnOnce(&Seed) -> (Value, Value),
    ) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let seed = sim.seed().unwrap();
        let (more, around) = keys(&seed);
        let mut section = json!({
            "enabled": true, "botToken": seed.token("openclaw"), "baseUrl": sim.url(),
            "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
        });
        for (key, value) in more.as_object().unwrap() {
            section[key] = value.clone();
        }
        section.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut config = config(section);
        for (key, value) in around.as_object().unwrap() {
            config[key] = value.clone();
        }
        let state = lasting.then(|| tempfile::tempdir().unwrap());
        let life = Life { config, state, http, logs: Logs::default() };
        let (instance, events) = life.instance();
        Self { sim, seed, instance, events, life }
    }

    /// Start the accounts and wait for the connection.
    pub async fn start(&mut self) {
        self.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
        self.until(|status| status.connected).await;
    }

    /// End the host in order; what it has not settled stays unsettled.
    pub async fn stop(self) -> Stopped {
        self.instance.shutdown(PATIENCE).await.unwrap();
        self.life.detach();
        let Self { sim, seed, life, .. } = self;
        Stopped { sim, seed, life }
    }

    /// The host's HTTP server.
    pub fn http(&self) -> HttpHost {
        self.life.http.clone().unwrap()
    }

    pub fn id(&self, name: &str) -> String {
        self.seed.user_id(name).to_owned()
    }

    pub fn dm(&self, name: &str) -> String {
        self.sim.direct_channel(self.seed.user_id(name), self.seed.user_id("openclaw")).unwrap()
    }

    pub fn channel(&self, name: &str) -> String {
        self.seed.channel(name).to_owned()
    }

    /// `who` writes `text`; `root` is empty outside of threads.
    pub fn says(&self, who: &str, channel: &str, text: &str, root: &str) -> PostRecord {
        self.sim.post_as(self.seed.user_id(who), channel, text, root).unwrap()
    }

    /// Read events until an account's status fits.
    pub async fn until(&mut self, fits: impl Fn(&AccountStatus) -> bool) -> AccountStatus {
        loop {
            if let Event::StatusChanged(status) = self.next().await
                && fits(&status)
            {
                return *status;
            }
        }
    }

    pub async fn next(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.events.next()).await.expect("an event in time").unwrap()
    }

    /// The next message, whatever statuses come before it.
    pub async fn hears(&mut self) -> InboundMessage {
        loop {
            if let Event::InboundMessage(message) = self.next().await {
                return *message;
            }
        }
    }

    /// Nothing is heard before `alice` says something in her direct channel: what came earlier was ignored.
    pub async fn hears_nothing(&mut self) {
        let dm = self.dm("alice");
        let mark = self.says("alice", &dm, "is anything left?", "");
        let heard = self.hears().await;
        assert_eq!(heard.message_id, mark.id, "heard {:?} before", heard.raw_text);
    }

    /// Answer like the echo agent, and settle the event.
    pub async fn echo(&self, message: &InboundMessage) -> String {
        let receipt = self.instance.send(&answer(message)).await.unwrap();
        self.settle(message).await;
        receipt.message_id
    }

    /// The host is done with a message.
    pub async fn settle(&self, message: &InboundMessage) {
        let ack = HandleRequest::InboundAck(Acknowledge { event_id: message.event_id.clone() });
        assert_eq!(self.instance.handle(&ack).await.unwrap()["settled"], true);
    }

    /// The bot's posts in a channel.
    pub fn answers(&self, channel: &str) -> Vec<PostRecord> {
        let bot = self.id("openclaw");
        self.sim.posts(channel).into_iter().filter(|post| post.user_id == bot).collect()
    }

    /// The bot's post with this text.
    pub async fn sees(&self, channel: &str, text: &str) -> PostRecord {
        let bot = self.id("openclaw");
        let fits = |post: &PostRecord| post.user_id == bot && post.message == text;
        self.sim.wait_for_post(channel, fits, PATIENCE).await.unwrap()
    }
}
