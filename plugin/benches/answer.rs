//! What an answer costs beside what the server itself costs, measured side by side in one run.
//!
//! `cargo bench -p openclaw-mattermost --bench answer` prints medians and ratios:
//!
//! * two posts by plain HTTP: what a person's message and the bot's answer cost without any channel between them;
//! * message to answer: from the person's request to the bot's post in the person's client, through the
//!   loaded library; once with a journal on the disk, once with one that is gone with the process, in turn, so that the
//!   difference is what being safe against a crash costs;
//! * start to connected: from creating an instance to the account being connected.

#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use host_sdk::protocol::{Acknowledge, Event, HandleRequest, Outbound};
use mattermost_client::connection::{self, ConnectionEvent};
use mattermost_client::{Client, NewPost, Options, ServerEvent, ServerUrl, Token};
use serde_json::json;
use std::time::{Duration, Instant};
use support::{World, config, init, library};

const ROUNDS: usize = 300;
const STARTS: usize = 30;

fn main() {
    // `cargo test` runs benchmarks once to see that they work; it passes no --bench.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 5 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(rounds));
}

/// A person who talks to the bot.
struct Talk {
    world: World,
    alice: Client,
    dm: String,
    screen: connection::Events,
    _socket: connection::Connection,
    host: tokio::task::JoinHandle<()>,
}

impl Talk {
    async fn begin(mut world: World) -> Self {
        let alice = client(&world, "alice");
        let dm = world.dm("alice");
        // The answering host: as short as a host can be.
        let instance = world.instance.clone();
        let mut events =
            std::mem::replace(&mut world.events, library().instance(&init(json!({})), None).unwrap().1);
        let host = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                let Event::InboundMessage(message) = event else { continue };
                let answer = Outbound {
                    target: message.reply.target,
                    text: format!("echo: {}", message.text),
                    event_id: Some(message.event_id.clone()),
                    ..Outbound::default()
                };
                instance.send(&answer).await.unwrap();
                let ack = HandleRequest::InboundAck(Acknowledge { event_id: message.event_id });
                instance.handle(&ack).await.unwrap();
            }
        });
        // What alice's own client shows.
        let (socket, mut screen) = connection::spawn(alice.clone(), connection::Options::default());
        while !matches!(screen.recv().await, Some(ConnectionEvent::Connected { .. })) {}
        Self { world, alice, dm, screen, _socket: socket, host }
    }

    async fn ask(&mut self, round: usize) -> Duration {
        let (text, began) = (format!("echo: round {round}"), Instant::now());
        let asked = NewPost::new(&self.dm, format!("round {round}"));
        let (posted, ()) = tokio::join!(self.alice.create_post(&asked), sees(&mut self.screen, &text));
        posted.unwrap();
        began.elapsed()
    }
}

fn client(world: &World, name: &str) -> Client {
    let server = ServerUrl::parse(&world.sim.url()).unwrap();
    Client::new(server, Token::new(world.seed.token(name)).unwrap(), Options::default()).unwrap()
}

async fn run(rounds: usize) {
    let mut on_disk = Talk::begin(World::lasting().await).await;
    let mut in_memory = Talk::begin(World::new().await).await;
    let world = &on_disk.world;
    let (alice, bot, plain) = (client(world, "alice"), client(world, "openclaw"), world.channel("ops"));
    let (mut two_posts, mut durable, mut forgetful) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let began = Instant::now();
        alice.create_post(&NewPost::new(&plain, format!("question {round}"))).await.unwrap();
        bot.create_post(&NewPost::new(&plain, format!("answer {round}"))).await.unwrap();
        two_posts.push(began.elapsed());
        durable.push(on_disk.ask(round).await);
        forgetful.push(in_memory.ask(round).await);
    }
    let world = &on_disk.world;
    let mut starts = Vec::new();
    let section = json!({ "botToken": world.seed.token("alerts"), "baseUrl": world.sim.url() });
    for _ in 0..STARTS.min(rounds) {
        let began = Instant::now();
        let (instance, mut events) = library().instance(&init(config(section.clone())), None).unwrap();
        instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
        while !matches!(events.next().await, Some(Event::StatusChanged(status)) if status.connected) {}
        starts.push(began.elapsed());
        instance.shutdown(Duration::from_secs(5)).await.unwrap();
    }
    on_disk.host.abort();
    in_memory.host.abort();
    report(two_posts, durable, forgetful, starts);
}

/// Wait until a post with this text is shown.
async fn sees(screen: &mut connection::Events, text: &str) {
    loop {
        let event = tokio::time::timeout(Duration::from_secs(10), screen.recv()).await.unwrap().unwrap();
        if let ConnectionEvent::Event(event) = event
            && let ServerEvent::Posted(posted) = *event
            && posted.post.message == text
        {
            return;
        }
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[allow(clippy::print_stdout)]
fn report(two_posts: Vec<Duration>, durable: Vec<Duration>, forgetful: Vec<Duration>, starts: Vec<Duration>) {
    let rounds = durable.len();
    let (plain, durable, forgetful) = (median(two_posts), median(durable), median(forgetful));
    println!("medians of {rounds} rounds, side by side");
    println!("two posts by plain HTTP             {plain:8.3} ms");
    println!("message to answer, journal on disk  {durable:8.3} ms   {:.2} times two posts", durable / plain);
    println!(
        "message to answer, nothing kept     {forgetful:8.3} ms   {:.2} times two posts",
        forgetful / plain
    );
    println!(
        "a journal on the disk costs         {:8.3} ms   {:.2} times",
        durable - forgetful,
        durable / forgetful
    );
    println!("start to connected                  {:8.3} ms", median(starts));
}
