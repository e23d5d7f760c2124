//! `chaos`, `chaos-proxy` and `soak`: small runs of what proves that nothing is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use mattermost_sim::{Options, Sim};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use support::{Home, Said, libraries, said};

/// A run that takes seconds.
fn chaos(home: &Home, more: &[&str]) -> Command {
    let mut command = home.command(&["chaos", "--patience", "2"]);
    command.args(more).arg("--plugin").arg(libraries::mattermost());
    command.env("TMPDIR", home.path()).env("TEMP", home.path());
    command
}

fn left_behind(home: &Home) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("test-host-trial")).collect()
}

#[test]
fn the_table_has_a_row_for_each_fault_and_place_and_nothing_is_left() {
    let home = Home::new();
    let said = said(&mut chaos(&home, &["--seed", "7", "--messages", "8", "--faults", "cut,none"])).ok();
    let rows: Vec<Vec<&str>> =
        said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(rows[0].join(" "), "FAULT PLACE POSTED ANSWERED LOST DOUBLED OUT OF ORDER SLOWEST SECONDS");
    let places: Vec<String> = rows[1..7].iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(places, ["none DM", "none channel", "none thread", "cut DM", "cut channel", "cut thread"]);
    assert_eq!(rows[7][..6], ["all", "8", "8", "0", "0", "0"], "{}", said.stdout);
    assert!(said.stdout.contains("seed 7") && said.stdout.contains("No message was lost"), "{}", said.stdout);
    assert!(left_behind(&home).is_empty(), "{:?}", left_behind(&home));
}

#[test]
fn the_same_seed_does_the_same() {
    let run = |seed: &'static str| {
        std::thread::spawn(move || {
            let home = Home::new();
            let arguments = ["--json", "--seed", seed, "--messages", "6", "--faults", "none,reset"];
            said(&mut chaos(&home, &arguments)).ok().json()
        })
    };
    let documents: Vec<Value> = ["7", "7", "8"].map(run).into_iter().map(|run| run.join().unwrap()).collect();
    let plans =
        |document: &Value| (document["faults"][0]["plan"].clone(), document["faults"][1]["plan"].clone());
    assert_eq!(plans(&documents[0]), plans(&documents[1]));
    assert_ne!(plans(&documents[0]), plans(&documents[2]));
    let document = &documents[0];
    assert_eq!(
        (&document["ok"], &document["seed"], &document["total"]["answered"]),
        (&json!(true), &json!(7), &json!(6))
    );
    assert_eq!(document["rows"].as_array().unwrap().len(), 6);
    for key in ["fault", "place", "posted", "answered", "lost", "doubled", "out_of_order", "seconds"] {
        assert!(!document["rows"][0][key].is_null(), "no {key} in {document:#}");
    }
}

#[test]
#[cfg(unix)]
fn a_message_without_an_answer_is_seen_and_its_story_told() {
    let home = Home::new();
    // An agent that has nothing to say to the second message.
    let agent =
        r#"exec:number=$(grep -o 'm-[0-9]*' | head -n 1); [ "$number" = m-000002 ] || echo "echo: $number""#;
    let arguments = ["--json", "--seed", "7", "--messages", "4", "--faults", "none", "--agent", agent];
    let said = said(&mut chaos(&home, &arguments)).failed(&[
        "The first message that went wrong (seed 7)",
        "m-000002 was not answered where it was asked",
        "asked at ",
        "gateway started",
        "connected as @openclaw",
        "chaos --seed 7 --faults none --messages 4",
        "1 messages were lost",
    ]);
    let document = said.json();
    assert_eq!(document["faults"][0]["bad"], json!([{ "message": "m-000002", "wrong": "lost" }]));
    assert_eq!((&document["ok"], &document["total"]["lost"]), (&json!(false), &json!(1)));
}

#[test]
fn a_wrong_command_line_or_file_is_told_before_anything_begins() {
    let home = Home::new();
    let said = said(&mut chaos(&home, &["--faults", "none,half-opne"]));
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("did you mean half-open?"), "{}", said.stderr);
    let server = ["--server", "http://127.0.0.1:9"];
    let failed =
        |more: &[&str], words: &[&str]| -> Said { support::said(&mut chaos(&home, more)).failed(words) };
    failed(&server, &["--server needs --config FILE"]);
    let file = |text: &str| home.write("c.json5", text).to_str().unwrap().to_owned();
    let with = |text: &str, words: &[&str]| {
        let file = file(text);
        failed(&[&server[..], &["--config", file.as_str()]].concat(), words);
    };
    with("{}", &["channels.mattermost.botToken is missing", "hint: "]);
    with("{ channels: { mattermost: { botToken: 'secretsecret' } } }", &["chaos is missing"]);
    let whole =
        "{ channels: { mattermost: { botToken: 'b' } }, chaos: { people: [{ token: 'p' }], channel: 'c' } }";
    with(&whole.replace("'p'", "''"), &["chaos.people[0].token is empty"]);
    with(&whole.replace("'c'", "5"), &["chaos.channel is missing or no text"]);
    let file = file(whole);
    failed(&["--config", &file], &["no --server is named"]);
    failed(&["--server", "https://chat", "--config", &file], &["the proxy cannot stand before https"]);
    let of_sim = [&server[..], &["--config", &file, "--faults", "restart"]].concat();
    failed(&of_sim, &["restart is a fault of the embedded server"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_already_can_be_tried() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    // What was there before does not belong to the trial.
    let alice = seed.user_id("alice");
    sim.post_as(alice, seed.channel("general"), "@openclaw m-000001", "").unwrap();
    let home = Home::new();
    let file = home.write("seed.json", &json!(seed).to_string());
    let file = file.to_str().unwrap().to_owned();
    let own = json!({
        "channels": { "mattermost": { "botToken": seed.token("openclaw") } },
        "chaos": { "people": [{ "token": "wrongtokenwrongtokenwrongt" }], "channel": seed.channel("ops") },
    });
    let wrong = home.write("own.json", &own.to_string());
    let server = sim.url();
    let runs = tokio::task::spawn_blocking(move || {
        let common =
            ["--server", server.as_str(), "--seed", "3", "--messages", "6", "--faults", "cut", "--json"];
        let run = |file: &str| said(chaos(&home, &common).args(["--config", file]));
        (run(&file), run(wrong.to_str().unwrap()))
    });
    let (right, wrong) = runs.await.unwrap();
    let document = right.ok().json();
    assert_eq!((&document["total"]["posted"], &document["total"]["answered"]), (&json!(6), &json!(6)));
    let wrong = wrong.failed(&["chaos.people[0].token: the server refused", "401"]);
    assert!(!wrong.stderr.contains("wrongtoken"), "{}", wrong.stderr);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_answer_is_seen() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let (bot, ops) = (seed.user_id("openclaw").to_owned(), seed.channel("ops").to_owned());
    let home = Home::new();
    let own = json!({
        "channels": { "mattermost": { "botToken": seed.token("openclaw") } },
        "chaos": { "people": [{ "token": seed.token("alice") }], "channel": ops },
    });
    let file = home.write("own.json", &own.to_string()).to_str().unwrap().to_owned();
    let server = sim.url();
    let run = tokio::task::spawn_blocking(move || {
        let arguments =
            ["--server", &server, "--config", &file, "--seed", "3", "--messages", "4", "--faults", "none"];
        said(&mut chaos(&home, &arguments))
    });
    // What the bot says first in the channel it says again.
    let answered = |post: &mattermost_sim::PostRecord| post.user_id == bot && post.message.contains("m-0000");
    let first = sim.wait_for_post(&ops, answered, std::time::Duration::from_secs(30)).await.unwrap();
    sim.post_as(&bot, &ops, &first.message, &first.root_id).unwrap();
    let said = run
        .await
        .unwrap()
        .failed(&["was answered more than once", "0 messages were lost, 1 answered more than once"]);
    assert_eq!(said.stderr.matches("  answered at ").count(), 2, "{}", said.stderr);
    assert!(said.stdout.contains("NOT CLEAN"), "{}", said.stdout);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_passes_breaks_and_tells() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let home = Home::new();
    let upstream = sim.addr().to_string();
    let arguments = ["chaos-proxy", "--json", "--seed", "5", "--faults", "cut,stall", "--every", "1s"];
    let mut command = home.command(&arguments);
    command.args(["--upstream", &upstream]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = move || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    tokio::task::spawn_blocking(move || {
        let first = next();
        assert_eq!((&first["event"], &first["seed"]), (&json!("listening"), &json!(5)));
        let url = format!("{}/api/v4/system/ping", first["url"].as_str().unwrap());
        let curl =
            std::net::TcpStream::connect(url.strip_prefix("http://").unwrap().split('/').next().unwrap());
        let mut stream = curl.unwrap();
        stream
            .write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        // A fault may cut it off; what counts is that something came through.
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
        let fault = loop {
            let event = next();
            if event["event"] == "begin" {
                break event;
            }
        };
        assert!(fault["fault"] == "cut" || fault["fault"] == "stall", "{fault}");
        stdin.write_all(b"refuse on\nstats\n").unwrap();
        let mut events: Vec<String> = Vec::new();
        while !events.iter().any(|event| event == "stats") {
            events.push(next()["event"].as_str().unwrap().to_owned());
        }
        assert!(events.contains(&"command".to_owned()), "{events:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    })
    .await
    .unwrap();
    let other = Home::new();
    said(&mut other.command(&["chaos-proxy", "--upstream", "nowhere"])).failed(&["host:port", "hint: "]);
    said(&mut other.command(&["chaos-proxy", "--upstream", "h:1", "--faults", "flood"]))
        .failed(&["half-open"]);
}
