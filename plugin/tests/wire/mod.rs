//! What the channel really sends to the server: what stands behind a button is shown to nobody afterwards.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used)]

use crate::support::{client, config};
use host_sdk::host::{Events, Instance};
use mattermost_sim::{Options, Seed, Sim};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server, a channel that only sends, and everything that goes from the one to the other.
pub struct Wire {
    pub sim: Sim,
    pub seed: Seed,
    pub instance: Instance,
    /// The whole configuration.
    pub config: Value,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    _events: Events,
}

impl Wire {
    /// With keys of the section, and of the configuration around it.
    pub async fn with(section: Value, around: Value) -> Self {
        Self::on(Options::default(), section, around).await
    }

    /// The same on another server.
    pub async fn on(server: Options, section: Value, around: Value) -> Self {
        let sim = Sim::start(server).await.unwrap();
        let seed = sim.seed().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let url = listen(sim.url().to_owned(), seen.clone()).await;
        let mut all = json!({ "enabled": true, "botToken": seed.token("openclaw"), "baseUrl": url });
        merge(&mut all, section);
        let mut config = config(all);
        merge(&mut config, around);
        let (instance, events) = client(config.clone());
        Self { sim, seed, instance, config, seen, _events: events }
    }

    pub async fn new() -> Self {
        Self::with(json!({}), json!({})).await
    }

    pub fn channel(&self, name: &str) -> String {
        self.seed.channel(name).to_owned()
    }

    /// The bodies of the posts that were made, in order.
    pub fn posted(&self) -> Vec<Value> {
        let seen = self.seen.lock().unwrap();
        seen.iter().flat_map(|bytes| bodies(bytes)).collect()
    }

    /// The actions of a post that was made.
    pub fn actions(&self, post: usize) -> Vec<Value> {
        let posted = self.posted();
        let actions = posted[post].pointer("/props/attachments/0/actions").cloned();
        actions.and_then(|actions| actions.as_array().cloned()).unwrap_or_default()
    }

    /// What the first button of the first post brings back.
    pub fn context(&self) -> Map<String, Value> {
        self.actions(0)[0].pointer("/integration/context").unwrap().as_object().unwrap().clone()
    }
}

pub fn merge(into: &mut Value, more: Value) {
    match more {
        Value::Object(more) => {
            for (key, value) in more {
                merge(&mut into[key], value);
            }
        }
        value => *into = value,
    }
}

async fn listen(upstream: String, seen: Arc<Mutex<Vec<Vec<u8>>>>) -> String {
    let upstream = upstream.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let index = {
                let mut seen = seen.lock().unwrap();
                seen.push(Vec::new());
                seen.len() - 1
            };
            let (upstream, seen) = (upstream.clone(), seen.clone());
            tokio::spawn(async move {
                let server = TcpStream::connect(upstream).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
                    seen.lock().unwrap()[index].extend_from_slice(&buffer[..read]);
                    if to_server.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    url
}

/// The bodies of the requests of a connection that make a post.
fn bodies(mut bytes: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, length)| length.trim().parse::<usize>().unwrap());
        let body = &bytes[end + 4..end + 4 + length];
        if head.starts_with("POST /api/v4/posts ") {
            found.push(serde_json::from_slice(body).unwrap());
        }
        bytes = &bytes[end + 4 + length..];
    }
    found
}
