//! A seeded server and clients for it.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod integration;

use std::{sync::Once, time::Duration};

use futures_util::{SinkExt, StreamExt};
use mattermost_sim::{Options, Seed, Sim};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long a test waits for what must not come.
pub const QUIET: Duration = Duration::from_millis(150);

static TLS: Once = Once::new();

/// A seeded server with an HTTP client.
pub struct Lab {
    pub sim: Sim,
    pub seed: Seed,
    http: reqwest::Client,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The error id or the id of what was asked for.
    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_default()
    }

    /// Status and error id.
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.id())
    }
}

/// A client that speaks to no proxy.
pub fn http_client() -> reqwest::Client {
    TLS.call_once(|| {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Lab {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let seed = sim.seed().unwrap();
        Self { sim, seed, http: http_client() }
    }

    fn token<'a>(&'a self, who: &'a str) -> &'a str {
        match who {
            "admin" => &self.seed.admin.token,
            name => Some(self.seed.token(name)).filter(|token| !token.is_empty()).unwrap_or(name),
        }
    }

    /// One call of the API as somebody, by name or token.
    pub async fn call(&self, who: &str, method: &str, path: &str, body: Value) -> Answer {
        self.attempt(who, method, path, body).await.unwrap()
    }

    /// One call of the API that may go wrong.
    pub async fn attempt(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<Answer, reqwest::Error> {
        let url = format!("{}/api/v4{path}", self.sim.url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url).bearer_auth(self.token(who));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, headers, body })
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, "GET", path, Value::Null).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, "POST", path, body).await
    }

    pub async fn put(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, "PUT", path, body).await
    }

    pub async fn delete(&self, who: &str, path: &str) -> Answer {
        self.call(who, "DELETE", path, Value::Null).await
    }

    /// The texts that a channel's page has, newest first.
    pub async fn texts(&self, who: &str, path: &str) -> Vec<String> {
        let page = self.get(who, path).await.body;
        let order = page["order"].as_array().unwrap().iter();
        order.map(|id| page["posts"][id.as_str().unwrap()]["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Posts a message in a seeded channel.
    pub async fn say(&self, who: &str, channel: &str, message: &str) -> Answer {
        let body = json!({ "channel_id": self.seed.channel(channel), "message": message });
        self.post(who, "/posts", body).await
    }

    pub fn direct(&self, a: &str, b: &str) -> String {
        self.sim.direct_channel(self.seed.user_id(a), self.seed.user_id(b)).unwrap()
    }

    /// A WebSocket with the token of somebody in its header, or without one.
    pub async fn socket(&self, who: Option<&str>, query: &str) -> Socket {
        let url = format!("ws://{}/api/v4/websocket{query}", self.sim.addr());
        let mut request = url.into_client_request().unwrap();
        if let Some(who) = who {
            let value = format!("Bearer {}", self.token(who));
            request.headers_mut().insert("Authorization", HeaderValue::from_str(&value).unwrap());
        }
        let (stream, response) = connect_async(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 101);
        Socket { stream }
    }

    /// An authenticated WebSocket whose `hello` was read; the socket and the connection's id.
    pub async fn listen(&self, who: &str) -> (Socket, String) {
        let mut socket = self.socket(Some(who), "").await;
        let hello = socket.event("hello").await;
        (socket, hello["data"]["connection_id"].as_str().unwrap_or_default().to_owned())
    }
}

/// The client's side of a WebSocket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// How a WebSocket ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With a close frame.
    Closed,
    /// Without one.
    Dropped,
}

impl Socket {
    pub async fn send(&mut self, frame: Value) {
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or how the socket ended.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("nothing came in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(text.as_str()).unwrap()),
                Some(Ok(Message::Close(_))) => return Err(End::Closed),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(End::Dropped),
            }
        }
    }

    /// The next event of this name; others are passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await.expect("the socket ended");
            if frame["event"] == name {
                return frame;
            }
        }
    }

    /// The next reply; events are passed over.
    pub async fn reply(&mut self) -> Value {
        loop {
            let frame = self.next().await.expect("the socket ended");
            if frame.get("seq_reply").is_some() {
                return frame;
            }
        }
    }

    /// How the socket ends; frames are passed over.
    pub async fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.next().await {
                return end;
            }
        }
    }

    /// Whether nothing but presence comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        let wait = async {
            loop {
                if self.next().await.is_ok_and(|frame| frame["event"] == "status_change") {
                    continue;
                }
                return;
            }
        };
        tokio::time::timeout(QUIET, wait).await.is_err()
    }
}

/// The post in an event.
pub fn post_of(frame: &Value) -> Value {
    serde_json::from_str(frame["data"]["post"].as_str().unwrap()).unwrap()
}
