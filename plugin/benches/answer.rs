//! What an answer costs beside what the server itself costs, measured side by side in one run.
//!
//! `cargo bench -p openclaw-mattermost --bench answer` prints medians and ratios:
//!
//! * two posts by plain HTTP: what a person's message and the bot's answer cost without any channel between them;
//! * message to answer: from the person's request to the bot's post in the person's client, through the
//!   loaded library;
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

async fn run(rounds: usize) {
    let mut world = World::new().await;
    let client = |name: &str| {
        let server = ServerUrl::parse(&world.sim.url()).unwrap();
        Client::new(server, Token::new(world.seed.token(name)).unwrap(), Options::default()).unwrap()
    };
    let (alice, bot) = (client("alice"), client("openclaw"));
    let (dm, plain) = (world.dm("alice"), world.channel("ops"));
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
    let (_socket, mut screen) = connection::spawn(alice.clone(), connection::Options::default());
    while !matches!(screen.recv().await, Some(ConnectionEvent::Connected { .. })) {}
    let (mut two_posts, mut answers) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let began = Instant::now();
        alice.create_post(&NewPost::new(&plain, format!("question {round}"))).await.unwrap();
        bot.create_post(&NewPost::new(&plain, format!("answer {round}"))).await.unwrap();
        two_posts.push(began.elapsed());

        let (text, began) = (format!("echo: round {round}"), Instant::now());
        let asked = NewPost::new(&dm, format!("round {round}"));
        let (posted, ()) = tokio::join!(alice.create_post(&asked), sees(&mut screen, &text));
        answers.push(began.elapsed());
        posted.unwrap();
    }
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
    host.abort();
    report(two_posts, answers, starts);
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
fn report(two_posts: Vec<Duration>, answers: Vec<Duration>, starts: Vec<Duration>) {
    let rounds = answers.len();
    let (plain, answer, start) = (median(two_posts), median(answers), median(starts));
    println!("medians of {rounds} rounds, side by side");
    println!("two posts by plain HTTP  {plain:8.3} ms");
    println!("message to answer        {answer:8.3} ms   {:.2} times two posts", answer / plain);
    println!("start to connected       {start:8.3} ms");
}
