//! The channel against `@openclaw/crabline`, a fake Mattermost by other people.
//!
//! It wants the authentication challenge as the very first frame, and answers 404 to most of what a client may ask
//! at start.

#![allow(clippy::unwrap_used, clippy::panic)]

mod judges;
mod support;

use host_sdk::protocol::HandleRequest;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{PATIENCE, World, config, init, library};

const VERSION: &str = "0.1.27";

/// A running crabline; killed when dropped.
struct Crabline {
    child: Child,
    manifest: Value,
    recorder: std::path::PathBuf,
}

impl Drop for Crabline {
    fn drop(&mut self) {
        // It may be gone already; either way nothing is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Crabline {
    fn start(folder: &Path, name: &str) -> Self {
        let (ready, recorder) =
            (folder.join(format!("{name}-ready.json")), folder.join(format!("{name}-recorder.jsonl")));
        for old in [&ready, &recorder] {
            let _ = std::fs::remove_file(old);
        }
        let child = Command::new("node")
            .arg(folder.join("node_modules/@openclaw/crabline/dist/src/bin/crabline.js"))
            .args(["--json", "serve", "mattermost", "--bot-username", "openclaw", "--ready-file"])
            .arg(&ready)
            .arg("--recorder")
            .arg(&recorder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + PATIENCE;
        let manifest = loop {
            let read = std::fs::read(&ready).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            if let Some(manifest) = read {
                break manifest;
            }
            assert!(Instant::now() < until, "crabline did not start");
            std::thread::sleep(Duration::from_millis(50));
        };
        Self { child, manifest, recorder }
    }

    fn text(&self, pointer: &str) -> String {
        self.manifest.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
    }

    /// Somebody writes something. Plain HTTP/1.0 by hand: one request needs no client.
    fn inbound(&self, message: &Value) {
        let url = self.text("/endpoints/adminInboundUrl");
        let rest = url.strip_prefix("http://").unwrap();
        let (address, path) = rest.split_once('/').unwrap();
        let body = message.to_string();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /{path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.text("/adminToken"),
            body.len(),
        )
        .unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.0 2"), "{answer}");
    }

    /// What it recorded, as text.
    async fn records(&self, wanted: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&self.recorder).unwrap_or_default();
            if text.contains(wanted) {
                return text;
            }
            assert!(Instant::now() < until, "crabline never saw {wanted:?}; it saw:\n{text}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_starts_on_crabline_hears_a_direct_message_and_a_mention_and_answers() {
    let Some(folder) = judges::npm("@openclaw/crabline", VERSION) else { return };
    let crabline = Crabline::start(&folder, "answers");
    let section = json!({
        "botToken": crabline.text("/botToken"), "baseUrl": crabline.text("/baseUrl"),
        "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open",
    });
    let (instance, events) = library().instance(&init(config(section)), None).unwrap();
    // The world's own server is not used here; it only lends its way of reading events.
    let sim = mattermost_sim::Sim::start(Default::default()).await.unwrap();
    let seed = sim.seed().unwrap();
    let mut world = World { sim, seed, instance, events, life: Default::default() };
    world.instance.handle(&HandleRequest::AccountStart(Default::default())).await.unwrap();
    let status = world.until(|status| status.connected).await;
    assert_eq!(status.bot.unwrap().username, "openclaw");

    let (sender, dm, town) =
        ("alicealicealicealicealicea", "directdirectdirectdirectdi", "towntowntowntowntowntownto");
    crabline.inbound(&json!({
        "channelId": dm, "senderId": sender, "senderName": "alice", "channelType": "D", "text": "hello crab",
    }));
    let heard = world.hears().await;
    assert_eq!(heard.text, "hello crab");
    world.echo(&heard).await;
    crabline.records("echo: hello crab").await;

    crabline.inbound(&json!({
        "channelId": town, "senderId": sender, "senderName": "alice", "channelType": "O",
        "channelName": "town", "channelDisplayName": "Town", "text": "@openclaw and here?",
    }));
    let heard = world.hears().await;
    assert_eq!(heard.text, "and here?");
    world.echo(&heard).await;
    crabline.records("echo: and here?").await;

    // It has no route to patch a post: the answer is a post of its own, and the preview is deleted.
    crabline.inbound(&json!({
        "channelId": dm, "senderId": sender, "senderName": "alice", "channelType": "D", "text": "slowly",
    }));
    let heard = world.hears().await;
    world.shows(&heard, "Half of").await;
    crabline.records("\"Half of\"").await;
    let receipt = world.instance.send(&support::finally(&heard, "Half of it is not enough.")).await.unwrap();
    assert_eq!(receipt.message_ids.len(), 1);
    world.settle(&heard).await;
    let recorded = crabline.records("Half of it is not enough.").await;
    let deleted = recorded.lines().filter(|line| line.contains("DELETE") && line.contains("/posts/")).count();
    assert_eq!(deleted, 1, "{recorded}");
}
