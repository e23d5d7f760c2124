//! Many accounts in one process: what each costs, and what hearing costs.
//!
//! `cargo bench -p openclaw-mattermost --bench scale` connects 1 000 accounts to the embedded server, which runs in
//! another process than they do, and posts 5 000 messages a second for ten seconds, one in a hundred of them for a bot.
//! It prints the memory per account, the CPU time per 1 000 frames, and how many messages were heard; it fails when one
//! was not.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use host_sdk::protocol::{Acknowledge, Event, HandleRequest, Init};
use mattermost_client::{Client, Method, Options, Route, ServerUrl, Token};
use mattermost_sim::{Seed, Sim};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the process that has the accounts: where its init object lies.
const INIT: &str = "SCALE_INIT";
/// One message in so many is for a bot.
const FOR_US: usize = 100;

/// How much is done.
struct Size {
    accounts: usize,
    per_second: usize,
    seconds: usize,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Ok(path) = std::env::var(INIT) {
        return runtime.block_on(gateway(&path));
    }
    // `cargo test` runs benchmarks once to see that they work; it passes no --bench.
    let full = std::env::args().any(|argument| argument == "--bench");
    let size = if full {
        Size { accounts: 1_000, per_second: 5_000, seconds: 10 }
    } else {
        Size { accounts: 5, per_second: 200, seconds: 1 }
    };
    runtime.block_on(run(&size));
}

/// A bot and the channel that it is in.
struct Bot {
    channel: String,
    name: String,
    token: String,
}

async fn run(size: &Size) {
    let sim = Sim::start(mattermost_sim::Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let bots = bots(&sim, &seed, size.accounts).await;
    let accounts: serde_json::Map<String, Value> =
        bots.iter().map(|bot| (bot.name.clone(), json!({ "botToken": bot.token }))).collect();
    let section = json!({ "baseUrl": sim.url(), "groupPolicy": "open", "accounts": accounts });
    let state = tempfile::tempdir().unwrap();
    let init =
        Init { state_dir: Some(state.path().join("mattermost")), ..support::init(support::config(section)) };
    let file = state.path().join("init.json");
    std::fs::write(&file, serde_json::to_vec(&init).unwrap()).unwrap();

    let mut gateway = Gateway::start(&file);
    let empty = gateway.figures();
    let began = Instant::now();
    gateway.say("connect");
    let connected = gateway.line();
    assert_eq!(connected, format!("connected {}", size.accounts));
    let took = began.elapsed();
    // Lists and readings of the start: they are repeated for half a minute.
    std::thread::sleep(if size.accounts > 100 { Duration::from_secs(35) } else { Duration::from_secs(1) });
    let cpu_of = |figures: &Value| figures["cpu_ms"].as_f64().unwrap();
    let idle_began = (cpu_of(&gateway.figures()), Instant::now());
    std::thread::sleep(Duration::from_secs(if size.accounts > 100 { 10 } else { 1 }));
    let before = gateway.figures();
    let idle = (cpu_of(&before) - idle_began.0) / idle_began.1.elapsed().as_secs_f64();
    let per_account =
        before["rss"].as_u64().unwrap().saturating_sub(empty["rss"].as_u64().unwrap()) / size.accounts as u64;
    println!(
        "{} accounts connected in {:.1} s, {} KiB each; {idle:.0} ms of CPU a second while nothing happens",
        size.accounts,
        took.as_secs_f64(),
        per_account / 1024
    );

    let began = Instant::now();
    let (posted, wanted, slow) = post(&sim, &seed, &bots, size).await;
    let deadline = Instant::now() + Duration::from_secs(60);
    let after = loop {
        let figures = gateway.figures();
        if figures["heard"].as_u64().unwrap() >= wanted as u64 || Instant::now() > deadline {
            break figures;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let cpu = cpu_of(&after) - cpu_of(&before) - idle * began.elapsed().as_secs_f64();
    println!(
        "{posted} posts in {slow:.1} s ({:.0} a second), {wanted} for a bot: {} heard, {} twice; {:.1} ms of CPU per 1 000 frames beyond that; {} MiB in all",
        posted as f64 / slow,
        after["heard"],
        after["twice"],
        cpu * 1000.0 / posted as f64,
        after["rss"].as_u64().unwrap() / 1024 / 1024,
    );
    assert_eq!(
        (after["heard"].as_u64(), after["twice"].as_u64()),
        (Some(wanted as u64), Some(0)),
        "lost or doubled"
    );
}

/// Bots, each in a channel of its own.
async fn bots(sim: &Sim, seed: &Seed, count: usize) -> Vec<Bot> {
    let server = ServerUrl::parse(&sim.url()).unwrap();
    let admin = Client::new(server, Token::new(&seed.admin.token).unwrap(), Options::default()).unwrap();
    let post =
        async |route: Route, body: Value| -> Value { admin.json(route.json(&body).unwrap()).await.unwrap() };
    let team = seed.team_id.clone();
    let mut bots = Vec::new();
    for number in 0..count {
        let name = format!("bot{number:04}");
        let bot = post(Route::new(Method::Post, "bots"), json!({ "username": name })).await;
        let id = bot["user_id"].as_str().unwrap().to_owned();
        let tokens = Route::new(Method::Post, "users").segment("user", &id).unwrap().literal("tokens");
        let token =
            post(tokens, json!({ "description": "scale" })).await["token"].as_str().unwrap().to_owned();
        let members = Route::new(Method::Post, "teams").segment("team", &team).unwrap().literal("members");
        post(members, json!({ "team_id": team, "user_id": id })).await;
        let channel =
            json!({ "team_id": team, "name": format!("room-{number}"), "display_name": name, "type": "O" });
        let channel =
            post(Route::new(Method::Post, "channels"), channel).await["id"].as_str().unwrap().to_owned();
        for user in [id.as_str(), seed.user_id("alice")] {
            let members =
                Route::new(Method::Post, "channels").segment("channel", &channel).unwrap().literal("members");
            post(members, json!({ "user_id": user })).await;
        }
        bots.push(Bot { channel, name, token });
    }
    bots
}

/// Post at the rate, over all channels. How many, how many of them for a bot, and the seconds that it took.
async fn post(sim: &Sim, seed: &Seed, bots: &[Bot], size: &Size) -> (usize, usize, f64) {
    let (alice, all) = (seed.user_id("alice"), size.per_second * size.seconds);
    let began = Instant::now();
    let mut wanted = 0;
    for number in 0..all {
        let bot = &bots[number % bots.len()];
        // Spread over the bots, whatever their number divides by.
        let ours = (number / bots.len() + number % bots.len()).is_multiple_of(FOR_US);
        wanted += usize::from(ours);
        let text = if ours { format!("@{} message {number}", bot.name) } else { format!("message {number}") };
        sim.post_as(alice, &bot.channel, &text, "").unwrap();
        let due = Duration::from_secs_f64(number as f64 / size.per_second as f64);
        if number % 50 == 0 && began.elapsed() < due {
            tokio::time::sleep(due - began.elapsed()).await;
        }
    }
    (all, wanted, began.elapsed().as_secs_f64())
}

/// The process with the accounts.
struct Gateway {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Gateway {
    fn start(init: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(INIT, init)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn say(&mut self, word: &str) {
        writeln!(self.input, "{word}").unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn figures(&mut self) -> Value {
        self.say("figures");
        serde_json::from_str(&self.line()).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process with the accounts: a host that acknowledges what it hears.
async fn gateway(path: &str) {
    let init: Init = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let accounts = init.config["channels"]["mattermost"]["accounts"].as_object().unwrap().len();
    let (instance, mut events) = support::library().instance(&init, None).unwrap();
    let (words, mut said) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if words.send(line).is_err() {
                return;
            }
        }
        std::process::exit(0);
    });
    let (mut connected, mut heard, mut twice) = (HashSet::new(), HashSet::new(), 0);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::StatusChanged(status)) if status.connected => {
                    if connected.insert(status.account_id) && connected.len() == accounts {
                        println!("connected {accounts}");
                    }
                }
                Some(Event::InboundMessage(message)) => {
                    let event_id = message.event_id;
                    let ack = HandleRequest::InboundAck(Acknowledge { event_id: event_id.clone() });
                    twice += usize::from(!heard.insert(event_id));
                    instance.handle(&ack).await.unwrap();
                }
                Some(_) => {}
                None => return,
            },
            Some(word) = said.recv() => if word == "connect" {
                instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
            } else {
                let (rss, cpu_ms) = (resident(), cpu_ms());
                println!("{}", json!({ "rss": rss, "cpu_ms": cpu_ms, "heard": heard.len(), "twice": twice }));
            },
        }
    }
}

/// Bytes of memory of this process. Linux only; elsewhere 0.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// Milliseconds of CPU time of this process. Linux only; elsewhere 0.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    // A tick is 10 ms on every Linux in use.
    (ticks(11) + ticks(12)) * 10.0
}
