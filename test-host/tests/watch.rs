//! `watch`: what a client of the server sees of its posts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use mattermost_sim::{Options, Sim};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::Home;

/// A `watch` in work, killed when dropped, and its lines.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        // It says so when it is connected.
        let mut ready = String::new();
        BufReader::new(stderr).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("watching http"), "{ready}");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_a_post_is_a_line_when_it_happens() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let home = Home::new();
    let (general, ops) = (seed.channel("general"), seed.channel("ops"));
    let mut command = home.command(&["watch", "--url", &sim.url(), "--channel", general]);
    let watch = Watch::start(command.env("MATTERMOST_BOT_TOKEN", seed.token("openclaw")));
    let mut command = home.command(&["watch", "--json", "--token", seed.token("bob")]);
    let all = Watch::start(command.env("MATTERMOST_URL", sim.url()));

    let alice = seed.user_id("alice");
    sim.post_as(alice, ops, "elsewhere", "").unwrap();
    let post = sim.post_as(alice, general, "one", "").unwrap();
    tokio::time::sleep(Duration::from_millis(120)).await;
    sim.edit_as(alice, &post.id, "one\ntwo").unwrap();
    sim.delete_as(alice, &post.id).unwrap();

    let lines: Vec<String> = (0..3).map(|_| watch.line()).collect();
    assert!(lines[0].contains("t+0.00 s  posted   @alice") && lines[0].ends_with("one"), "{lines:?}");
    assert!(lines[1].contains("edited   @alice") && lines[1].ends_with("one⏎two"), "{lines:?}");
    assert!(lines[2].contains("deleted  @alice"), "{lines:?}");
    let documents: Vec<Value> = (0..4).map(|_| serde_json::from_str(&all.line()).unwrap()).collect();
    let events: Vec<&str> = documents.iter().map(|change| change["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["posted", "posted", "edited", "deleted"]);
    assert_eq!((&documents[0]["text"], &documents[0]["channel_id"]), (&"elsewhere".into(), &ops.into()));
    assert_eq!((&documents[2]["text"], &documents[2]["post_id"]), (&"one\ntwo".into(), &post.id.into()));
    assert!(documents[2]["at_ms"].as_u64().unwrap() >= 100, "{documents:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_look_is_told_why() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let home = Home::new();
    let watch = |url: &str, token: &str| home.run(&["watch", "--url", url, "--token", token]);
    let said = watch(&sim.url(), "n0t-4-t0ken-0f-4nyb0dy").failed(&["cannot watch", "hint: "]);
    assert!(!said.stderr.contains("n0t-4"), "{}", said.stderr);
    watch("nonsense", "x").failed(&["cannot watch nonsense", "hint: "]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    watch(&nobody, "x").failed(&["cannot watch", "hint: "]);
}

#[test]
fn what_cannot_be_a_channel_is_refused_at_once() {
    let home = Home::new();
    let options = ["watch", "--url", "http://127.0.0.1:9", "--token", "t", "--channel", "#general"];
    let said = home.run(&options);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("26 lower-case letters") && said.stderr.contains("`directory groups list`"));
}
